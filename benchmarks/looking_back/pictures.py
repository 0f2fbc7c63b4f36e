"""
What a library of uploads has of local features: those of strangers, and of copies of photos that will be taken down.

Strangers' are synthesised from other photos (`benchmarks/copies/scale.py`), so that lists fill as photos fill them and
no stranger is a copy.

Invariant: the same photos and seed give the same features.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from benchmarks.copies.edits.base import Surroundings
from benchmarks.copies.edits.geometry import crop
from benchmarks.copies.photos import Photo, read, save
from benchmarks.copies.scale import Rows, synthesised
from index.local.part import LocalPart, NewReference
from matcher.reading.decode import Limits, decode
from matcher.signals import signal_type
from matcher.signals.base import Signal
from matcher.signals.local import LocalFeatures, extract_reference

_ROUNDS: Final = 20
_CROPPED: Final = 0.5
_QUALITY: Final = 60
_HEAD, _XY, _TURN, _BITS = 12, 4, 2, 32
"""Bytes of a stored value: before its keypoints; of the place, of octave and angle, and of the descriptor of each."""


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """
    Features of some uploads, in their order.

    Args:
        rows: As `LocalPart.of_rows` takes them; items are to be set.

        values: As the record keeps them.
    """

    rows: Rows
    values: Sequence[bytes]

    @classmethod
    def of(cls, values: Sequence[bytes]) -> Self:
        """Read stored values."""
        features = [LocalFeatures.from_bytes(one) for one in values]
        part = LocalPart.build([NewReference(n, n, one) for n, one in enumerate(features, start=1)])
        return cls(part.without(np.empty(0, np.int64)), values)

    def first(self, count: int) -> "Portion":
        """Return the first ones alone."""
        references, points, bits, lists = self.rows
        end = int(references["rows"][:count].sum())
        return Portion((references[:count], points[:end], bits[:end], lists[:end]), self.values[:count])


class Strangers:
    """
    Features of pictures that are no copies.

    Args:
        photos: What they are synthesised from.

        seed: Decides them.
    """

    def __init__(self, photos: Sequence[Photo], seed: int) -> None:
        self._real = Portion.of([extract_reference(photo.pixels()).to_bytes() for photo in photos])
        self._rng = np.random.default_rng(seed)

    def portions(self, count: int) -> Iterator[Portion]:
        """Yield so many, some thousands at a time."""
        left = count
        while left > 0:
            rounds = min(_ROUNDS, -(-left // len(self._real.values)))
            rows = synthesised(self._real.rows, rounds, self._rng)
            yield Portion(rows, self._written(rows)).first(left)
            left -= rounds * len(self._real.values)

    def _written(self, rows: Rows) -> list[bytes]:
        """Write rows as values: each is a real one's with other places and descriptors."""
        references, points, bits, _ = rows
        places = np.stack([points["x"], points["y"]], axis=1)
        found, begin = [], 0
        for number, count in enumerate(references["rows"].tolist()):
            real, end = self._real.values[number % len(self._real.values)], begin + count
            turns = real[_HEAD + _XY * count : _HEAD + (_XY + _TURN) * count]
            thumbnail = real[_HEAD + (_XY + _TURN + _BITS) * count :]
            found.append(
                b"".join((real[:_HEAD], places[begin:end].tobytes(), turns, bits[begin:end].tobytes(), thumbnail))
            )
            begin = end
        return found


@dataclass(frozen=True, slots=True)
class Copy:
    """
    An upload that is a copy.

    Args:
        of: Number of the photo.

        signals: `pdq/1`, `phash/1` and `local/1`; the first two of a part are another picture's.
    """

    of: int
    signals: tuple[Signal, ...]


def copies(photos: Sequence[Photo], *, whole: int, parts: int, seed: int) -> list[Copy]:
    """
    Make copies of each photo.

    Args:
        photos: Which.

        whole: Of each so many that were saved again, up to seven bits of each hash away.

        parts: And so many of half its area, which only its features tell.

        seed: Decides them.

    Returns:
        All, in no order.
    """
    rng = np.random.default_rng(seed)
    found = []
    for number, photo in enumerate(photos):
        again = save(photo.pixels(), _QUALITY)
        image = decode(again, limits=Limits())
        hashes = [signal_type(name).of_image(image) for name in ("pdq/1", "phash/1")]
        features = Signal("local/1", extract_reference(image.pixels).to_bytes())
        found += [Copy(number, (*(_near(one, rng) for one in hashes), features)) for _ in range(whole)]
        for _ in range(parts):
            part = read(save(crop(photo.pixels(), Surroundings(rng, []), area=_CROPPED), _QUALITY))
            others = [Signal(one.type, rng.bytes(len(one.value)), one.quality) for one in hashes]
            found.append(Copy(number, (*others, Signal("local/1", extract_reference(part).to_bytes()))))
    return [found[place] for place in rng.permutation(len(found))]


def _near(hash_: Signal, rng: np.random.Generator) -> Signal:
    width = 8 * len(hash_.value)
    flips = sum(1 << int(place) for place in rng.choice(width, int(rng.integers(8)), replace=False))
    return Signal(hash_.type, (int.from_bytes(hash_.value) ^ flips).to_bytes(len(hash_.value)), hash_.quality)
