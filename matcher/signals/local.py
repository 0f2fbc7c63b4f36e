"""
`local/1`: what is left of a picture when it was cropped, framed, written on or put among others.

Keypoints spread over the picture, a 256-bit descriptor of each, and a grey thumbnail of about 4,096 pixels in 16
shades to verify a match against. A reference is at most 640 pixels long, a query at most 800; longer ones, up to 1,280,
cost more and found no more. As stored, in little-endian order, 12,000 bytes at most:

    0   1   2       4        6     8        9      10        11          12     +4n      +n      +n      +32n
    | 1 | 0 | width | height | n | across | down | darkest | brightest | x, y | octave | angle | bits | thumbnail |
    |   |   |  u16  |   u16  |u16|   u8   |  u8  |   u8    |    u8     | u16  |   u8   |   u8  |      |  4 bits   |

x and y count 1/64 of a pixel, octave 1/16 of an octave of scale, angle 1/256 of a turn; across and down are the
thumbnail's sides, whose 16 shades lie evenly between darkest and brightest.

Invariant: a stored value is read the same for ever; what would change it is `local/2`. The thumbnail shows what the
picture shows, so these bytes must be kept as safely as the picture.
"""

import io
import struct
import zipfile
from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
import numpy.typing as npt

from matcher.array_files import read_arrays
from matcher.errors import SignalValueError
from matcher.media import Image
from matcher.signals.base import Searched, Signal, SignalType
from matcher.signals.hexadecimal import parse_whole
from matcher.signals.points.descriptors import Descriptors, describe
from matcher.signals.points.keypoints import MINIMUM_SIDE, STEP, Grey, Keypoints, Level, detect, pyramid
from matcher.signals.points.screens import descreened
from matcher.signals.points.sheets import is_sheet
from matcher.thresholds import NEAR_DESCRIPTOR_BITS

NAME: Final = "local/1"

REFERENCE_SIDE_PX: Final = 640
QUERY_SIDE_PX: Final = 800
REFERENCE_KEYPOINTS: Final = 256
QUERY_KEYPOINTS: Final = 1400
LEAST_SHEET_PX: Final = 320
SHEET_KEYPOINTS: Final = 3 * QUERY_KEYPOINTS
SHEET_GROWN: Final = 1.5
THUMBNAIL_PIXELS: Final = 4096
MAX_VALUE_BYTES: Final = 12_000

POINT: Final = np.dtype([("x", "<u2"), ("y", "<u2"), ("octave", "u1"), ("angle", "u1")])
"""A keypoint in six bytes, counted as in the stored value."""

_HEADER = struct.Struct("<BxHHHBBBB")
_FORMAT = 1
_XY_STEPS, _OCTAVE_STEPS, _ANGLE_STEPS = 64, 16, 256


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """
    What is kept of a reference.

    Args:
        width: Pixels of the picture the keypoints were found in, at most 640.

        height: Pixels of that picture.

        keypoints: Places in that picture.

        descriptors: uint8, shape (n, 32), a row a keypoint.

        thumbnail: uint8, shape (h, w), the whole picture in grey.

        common: bool, a block of the thumbnail each: parts that strangers have too (`matcher/local/common.py`). It is
            learned, no part of the stored value; None where nothing is.
    """

    width: int
    height: int
    keypoints: Keypoints
    descriptors: Descriptors
    thumbnail: Grey
    common: npt.NDArray[np.bool_] | None = None

    def to_bytes(self) -> bytes:
        """Write them as drawn above. Numbers lose what the format does not hold."""
        points, (down, across) = pack_points(self.keypoints), self.thumbnail.shape
        low, high = int(self.thumbnail.min()), int(self.thumbnail.max())
        shades = np.rint((self.thumbnail.astype(np.float64) - low) * (15 / max(high - low, 1))).astype(np.uint8).ravel()
        shades = np.append(shades, np.zeros(len(shades) % 2, np.uint8))
        return b"".join(
            (
                _HEADER.pack(_FORMAT, self.width, self.height, len(points), across, down, low, high),
                np.stack([points["x"], points["y"]], axis=1).tobytes(),
                points["octave"].tobytes(),
                points["angle"].tobytes(),
                self.descriptors.tobytes(),
                (shades[0::2] << 4 | shades[1::2]).tobytes(),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """
        Read what `to_bytes` wrote.

        Raises:
            SignalValueError: If it is cut short, too long or of a later format.
        """
        if not _HEADER.size <= len(data) <= MAX_VALUE_BYTES or data[0] != _FORMAT:
            raise SignalValueError(f"{len(data)} bytes are no {NAME} value; hash the picture again")
        _, width, height, count, across, down, low, high = _HEADER.unpack_from(data)
        sizes = [4 * count, count, count, 32 * count, (across * down + 1) // 2]
        if len(data) != _HEADER.size + sum(sizes):
            raise SignalValueError(
                f"a {NAME} value of {count} keypoints has {_HEADER.size + sum(sizes)} bytes, this one {len(data)}; "
                "it was cut or altered: hash the picture again"
            )
        if not width or not height or not across or not down or max(width, height) > REFERENCE_SIDE_PX:
            raise SignalValueError(
                f"a {NAME} value is of a picture of up to {REFERENCE_SIDE_PX} px, not {width}x{height}"
            )
        raw = np.frombuffer(data, np.uint8, offset=_HEADER.size)
        xy, octave, angle, bits, packed = np.split(raw, np.cumsum(sizes)[:-1])
        points = np.empty(count, POINT)
        points["x"], points["y"] = xy.view("<u2").reshape(-1, 2).T
        points["octave"], points["angle"] = octave, angle
        shades = np.stack([packed >> 4, packed & 15], axis=1).ravel()[: across * down].astype(np.float64)
        thumbnail = np.rint(low + shades * ((high - low) / 15)).astype(np.uint8).reshape(down, across)
        return cls(width, height, unpack_points(points), bits.reshape(count, 32), thumbnail)


def pack_points(keypoints: Keypoints) -> npt.NDArray[np.void]:
    """Return keypoints as they are stored: dtype `POINT`, shape (n,)."""
    points = np.empty(len(keypoints), POINT)
    points["x"], points["y"] = np.rint(np.clip(keypoints.xy.T * _XY_STEPS, 0, 65535))
    points["octave"] = np.rint(np.log2(keypoints.scale) * _OCTAVE_STEPS)
    points["angle"] = np.rint(keypoints.angle * (_ANGLE_STEPS / (2 * np.pi))).astype(np.int64) % _ANGLE_STEPS
    return points


def unpack_points(points: npt.NDArray[np.void]) -> Keypoints:
    """Return stored keypoints as numbers."""
    turns = points["angle"].astype(np.float32) / _ANGLE_STEPS
    return Keypoints(
        np.stack([points["x"], points["y"]], axis=1).astype(np.float32) / np.float32(_XY_STEPS),
        np.exp2(points["octave"].astype(np.float32) / _OCTAVE_STEPS),
        (2 * np.pi * (turns - (turns > 0.5))).astype(np.float32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class QueryFeatures:
    """
    What is asked of a picture that may hold a copy. Stored only, encrypted, until an unfinished search is done.

    Args:
        width: Pixels of the picture the keypoints were found in, at most 800.

        height: Pixels of that picture.

        keypoints: Places in that picture.

        descriptors: uint8, shape (n, 32).

        grey: The picture, at most 640 pixels long: what matches are verified on.
    """

    width: int
    height: int
    keypoints: Keypoints
    descriptors: Descriptors
    grey: Grey

    @classmethod
    def of_stored(cls, features: LocalFeatures) -> Self:
        """Ask for a picture of which only `local/1` is left: fewer keypoints, and its thumbnail to verify on."""
        return cls(features.width, features.height, features.keypoints, features.descriptors, features.thumbnail)

    def to_bytes(self) -> bytes:
        """Write them, to be read by `from_bytes` of the same version; what is stored for long is `LocalFeatures`."""
        points, file = pack_points(self.keypoints), io.BytesIO()
        np.savez_compressed(
            file, size=np.array([self.width, self.height]), points=points, bits=self.descriptors, grey=self.grey
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """
        Read what `to_bytes` wrote.

        Raises:
            SignalValueError: If another version wrote it, or what it holds does not fit together.
        """
        try:
            size, points, bits, grey = read_arrays(io.BytesIO(data), "size", "points", "bits", "grey")
            width, height = (int(side) for side in size)
        except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
            raise SignalValueError(f"{len(data)} bytes are no question by local features: {error}") from error
        for name, array, dtype, shape in (
            ("points", points, POINT, (points.size,)),
            ("bits", bits, np.dtype(np.uint8), (points.size, 32)),
            ("grey", grey, np.dtype(np.uint8), (*grey.shape, 1, 1)[:2]),
        ):
            if array.dtype != dtype or array.shape != shape:
                raise SignalValueError(
                    f"a question by local features has {name} of {dtype} and shape {shape}, not {array.dtype} and "
                    f"{array.shape}; hash the picture again"
                )
        sides = (width, height, *grey.shape)
        if not 0 < min(sides) <= max(sides) <= QUERY_SIDE_PX:
            raise SignalValueError(
                f"a question by local features is of a picture of 1 to {QUERY_SIDE_PX} px a side, not {sides}; "
                "hash the picture again"
            )
        return cls(width, height, unpack_points(points), bits, grey)


class Local(SignalType):
    """A row of `SIGNAL_TYPES`. Its threshold is that of one descriptor; no two whole values have a distance."""

    name = NAME
    bits = MAX_VALUE_BYTES * 8
    threshold = NEAR_DESCRIPTOR_BITS
    label = "Parts of the picture (local features)"
    searched = Searched.RANKED
    minimum_quality = 0

    def of_image(self, image: Image) -> Signal:
        """Take what is kept of a picture; `image.pixels` should have at least `REFERENCE_SIDE_PX`."""
        return Signal(self.name, extract_reference(image.pixels).to_bytes())

    def parse(self, text: str) -> bytes:
        """
        Read hex of a whole value.

        Raises:
            SignalValueError: If it is anything else.
        """
        value = parse_whole(text, name=NAME)
        LocalFeatures.from_bytes(value)
        return value


def extract_reference(pixels: npt.NDArray[np.uint8]) -> LocalFeatures:
    """
    Take what is kept of a reference.

    Args:
        pixels: uint8, shape (height, width, 3) RGB or (height, width) grey, of any size.

    Returns:
        Its features; no keypoints among them where the picture is tiny or of one colour.
    """
    grey = fit(to_grey(pixels), REFERENCE_SIDE_PX)
    points, bits = extract_points(grey, REFERENCE_KEYPOINTS)
    height, width = grey.shape
    shrink = min(1.0, float(np.sqrt(THUMBNAIL_PIXELS / (width * height))))
    across, down = (min(255, max(1, round(side * shrink))) for side in (width, height))
    thumbnail = cv2.resize(grey, (across, down), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return LocalFeatures(width, height, points, bits, thumbnail)


def extract_query(pixels: npt.NDArray[np.uint8], *, keypoints: int = QUERY_KEYPOINTS) -> QueryFeatures:
    """Take what is asked of a picture, by up to so many keypoints. `pixels` are those of `extract_reference`."""
    return _asked_of(fit(to_grey(pixels), QUERY_SIDE_PX), keypoints)


def readings(query: QueryFeatures) -> tuple[QueryFeatures, ...]:
    """
    Return what a picture is asked by: itself and, where it was printed in dots, once more without them, where it is a
    sheet of several pictures, once more with as many keypoints as these need.

    The reference may be the photo that was printed, or the print itself, which only its dots show. The second reading
    is of the picture at its 640 pixels, and places in it are counted in its own.
    """
    plain = descreened(query.grey)
    if plain is not query.grey:
        return (query, _asked_of(plain, QUERY_KEYPOINTS))
    if max(query.grey.shape) >= LEAST_SHEET_PX and is_sheet(query.grey):
        return (query, _asked_tile_by_tile(query.grey))
    return (query,)


def _asked_tile_by_tile(grey: Grey) -> QueryFeatures:
    """Find in a sheet as many keypoints as its tiles need, finer ones than the sheet by itself has."""
    size = (round(grey.shape[1] * SHEET_GROWN), round(grey.shape[0] * SHEET_GROWN))
    large = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    points, bits = extract_points(large, SHEET_KEYPOINTS)
    return QueryFeatures(large.shape[1], large.shape[0], points, bits, grey)


def _asked_of(grey: Grey, keypoints: int) -> QueryFeatures:
    points, bits = extract_points(grey, keypoints)
    return QueryFeatures(grey.shape[1], grey.shape[0], points, bits, fit(grey, REFERENCE_SIDE_PX))


def to_grey(pixels: npt.NDArray[np.uint8]) -> Grey:
    """Return the brightness of an RGB picture; a grey one as it is."""
    if pixels.ndim == 2:
        return pixels
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def fit(grey: Grey, side_px: int) -> Grey:
    """Reduce a picture to a longest side of `side_px`; never enlarge it."""
    shrink = side_px / max(grey.shape)
    if shrink >= 1:
        return grey
    while shrink <= 0.5:
        grey, shrink = _resize(grey, 0.5, cv2.INTER_AREA), 2 * shrink
    # Averaging is fast over whole pixels only; a soft picture sampled in between them is as good.
    soft = cv2.GaussianBlur(grey, (3, 3), 0.6).astype(np.uint8, copy=False) if shrink < 1 else grey
    return _resize(soft, side_px / max(soft.shape), cv2.INTER_LINEAR)


def _resize(grey: Grey, factor: float, method: int) -> Grey:
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return cv2.resize(grey, size, interpolation=method).astype(np.uint8, copy=False)


def extract_points(grey: Grey, count: int) -> tuple[Keypoints, Descriptors]:
    """
    Find and describe up to `count` keypoints, in an order of which every beginning is spread over all levels.

    Args:
        grey: Of any size; it is not reduced.

        count: How many at most.
    """
    levels = pyramid(grey)
    found = detect(levels, _quotas(levels, count))
    bits = np.concatenate([describe(levels, number, points) for number, points in enumerate(found)])
    order = np.argsort(
        np.concatenate([np.arange(len(points)) / max(len(points), 1) for points in found]), kind="stable"
    )
    points = Keypoints(
        np.concatenate([points.xy for points in found])[order],
        np.concatenate([points.scale for points in found])[order],
        np.concatenate([points.angle for points in found])[order],
    )
    return points, bits[order]


def _quotas(levels: list[Level], count: int) -> list[int]:
    """Share the keypoints out: each level gets 0.8 of the one below it, none where its picture is too small."""
    shares = [STEP**-number if min(level.pixels.shape) >= MINIMUM_SIDE else 0.0 for number, level in enumerate(levels)]
    total = sum(shares)
    return [round(count * share / total) if total else 0 for share in shares]
