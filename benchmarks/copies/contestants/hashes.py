"""
Hashes as others use them: PDQ as python-threatexchange does, with its 8 orientations, and imagehash's.

Invariant: a hash whose field publishes a threshold (PDQ, 31) is held to it; for the others the runner takes the largest
threshold that keeps to the false-positive rate, which is kinder to them than any fixed one.
"""

import io
from collections.abc import Callable
from typing import ClassVar

import imagehash
import numpy as np
import numpy.typing as npt
import pdqhash
from PIL import Image

from benchmarks.copies.contestants.base import Finding

PDQ_MAX_DISTANCE = 31
_PDQ_SIDE_PX = 512

Bits = npt.NDArray[np.uint8]
"""uint8, shape (forms, bytes): one row for each form of a picture."""


def _picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _pdq_pixels(data: bytes) -> npt.NDArray[np.uint8]:
    picture = _picture(data)
    picture.thumbnail((_PDQ_SIDE_PX, _PDQ_SIDE_PX))
    return np.asarray(picture)


def pdq(data: bytes) -> Bits:
    """One PDQ hash."""
    return np.packbits(pdqhash.compute(_pdq_pixels(data))[0])[None]


def pdq_turned(data: bytes) -> Bits:
    """The PDQ hashes of all 8 orientations."""
    return np.packbits(np.stack(pdqhash.compute_dihedral(_pdq_pixels(data))[0]), axis=1)


def phash(data: bytes) -> Bits:
    """Return imagehash's pHash, 64 bits."""
    return np.packbits(imagehash.phash(_picture(data)).hash.ravel())[None]


def dhash(data: bytes) -> Bits:
    """Return imagehash's dHash, 64 bits."""
    return np.packbits(imagehash.dhash(_picture(data)).hash.ravel())[None]


class HashContestant:
    """One hash of each reference, some forms of each query, the smallest distance."""

    name: ClassVar[str]
    tuned: ClassVar[bool] = True
    every: ClassVar[int] = 5
    unites: ClassVar[tuple[str, ...]] = ()
    of_reference: ClassVar[Callable[[bytes], Bits]]
    of_query: ClassVar[Callable[[bytes], Bits]]

    def __init__(self) -> None:
        """Begin without references."""
        self._kept: list[Bits] = []
        self._codes = np.empty((0, 0), np.uint8)

    def add(self, data: bytes) -> None:
        """Keep one hash."""
        self._kept.append(type(self).of_reference(data))

    def ready(self) -> None:
        """Lay the hashes side by side."""
        self._codes = np.concatenate(self._kept)

    def find(self, data: bytes) -> list[Finding]:
        """Name the nearest reference; with a fixed threshold, only within it."""
        forms = type(self).of_query(data)
        distances = np.bitwise_count(forms[:, None] ^ self._codes[None]).sum(axis=2).min(axis=0)
        number = int(distances.argmin())
        if self.tuned:
            return [Finding(number, float(distances[number]))]
        within = np.flatnonzero(distances <= PDQ_MAX_DISTANCE).tolist()
        return sorted((Finding(n, float(distances[n]), "near") for n in within), key=lambda found: found.distance)

    def bytes_per_reference(self) -> float:
        """Return the width of a hash."""
        return float(self._codes.shape[1])


class Pdq31(HashContestant):
    """PDQ within 31 bits of 256, as python-threatexchange's `PdqSignal`."""

    name: ClassVar[str] = "pdq_31"
    tuned: ClassVar[bool] = False
    of_reference: ClassVar[Callable[[bytes], Bits]] = staticmethod(pdq)
    of_query: ClassVar[Callable[[bytes], Bits]] = staticmethod(pdq)


class PdqTurned(HashContestant):
    """PDQ within 31 bits, each query in its 8 orientations."""

    name: ClassVar[str] = "pdq_31_dihedral"
    tuned: ClassVar[bool] = False
    of_reference: ClassVar[Callable[[bytes], Bits]] = staticmethod(pdq)
    of_query: ClassVar[Callable[[bytes], Bits]] = staticmethod(pdq_turned)


class PHash64(HashContestant):
    """imagehash's pHash."""

    name: ClassVar[str] = "imagehash_phash"
    of_reference: ClassVar[Callable[[bytes], Bits]] = staticmethod(phash)
    of_query: ClassVar[Callable[[bytes], Bits]] = staticmethod(phash)


class DHash64(HashContestant):
    """imagehash's dHash."""

    name: ClassVar[str] = "imagehash_dhash"
    of_reference: ClassVar[Callable[[bytes], Bits]] = staticmethod(dhash)
    of_query: ClassVar[Callable[[bytes], Bits]] = staticmethod(dhash)


class CropResistant:
    """imagehash's crop-resistant hash: one hash a segment; distance is minus the number of segments in common."""

    name: ClassVar[str] = "imagehash_crop_resistant"
    tuned: ClassVar[bool] = True
    every: ClassVar[int] = 50
    unites: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        """Begin without references."""
        self._codes: list[Bits] = []
        self._owner: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._all = np.empty((0, 8), np.uint8)

    def add(self, data: bytes) -> None:
        """Keep a hash a segment."""
        self._codes.append(self._segments(data))

    def ready(self) -> None:
        """Lay the segments side by side."""
        self._owner = np.repeat(np.arange(len(self._codes)), [len(codes) for codes in self._codes])
        self._all = np.concatenate(self._codes)

    def find(self, data: bytes) -> list[Finding]:
        """Name the reference with most segments within 8 of 64 bits, nearer ones counting more."""
        distances = np.bitwise_count(self._segments(data)[:, None] ^ self._all[None]).sum(axis=2).min(axis=0)
        shared = np.bincount(self._owner, np.maximum(0, 9 - distances.astype(np.float64)), len(self._codes))
        number = int(shared.argmax())
        return [Finding(number, -float(shared[number]))]

    def bytes_per_reference(self) -> float:
        """8 bytes a segment."""
        return self._all.size / max(len(self._codes), 1)

    def _segments(self, data: bytes) -> Bits:
        found = imagehash.crop_resistant_hash(_picture(data), min_segment_size=500, segmentation_image_size=300)
        return np.packbits(np.stack([each.hash.ravel() for each in found.segment_hashes]), axis=1)
