"""
What a picture looks like around a keypoint, as 256 yes-or-no comparisons, in the manner of BRIEF, ORB and FREAK.

Samples lie on rings around the keypoint, turned by its angle; bit i asks whether the first sample of pair i is darker
than the second. Where we differ from those three: the set of pairs is closed under mirroring and under half a turn.

Invariant: so the descriptor of the mirrored picture, and of its negative, are the picture's own bits in another order,
some of them flipped (`mirrored`, `inverted`). One extraction serves all four forms of a query.

The pairs were chosen by `benchmarks/training/descriptors.py` from 300 photos in the public domain: greedily, those that
best set apart the same place in an edited copy from another place. Changing one makes every stored descriptor void.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.compiled import compiled
from matcher.signals.points.descriptor_pairs import PAIRS
from matcher.signals.points.keypoints import LEVELS_PER_OCTAVE, Grey, Keypoints, Level

Descriptors = npt.NDArray[np.uint8]
"""uint8, shape (n, 32): 256 bits, most significant bit first."""

Floats = npt.NDArray[np.float32]

RINGS: Final = (
    (0.0, 1, 0),
    (2.2, 8, 0),
    (3.8, 8, 0),
    (5.6, 8, 0),
    (7.8, 12, 0),
    (10.5, 12, 0),
    (13.5, 16, 0),
    (17.5, 16, 1),
    (22.0, 16, 1),
)
"""Radius in pixels of the level, samples, and whether they are read an octave further up (blurred more)."""


def _samples() -> npt.NDArray[np.float32]:
    rows = [
        (radius * np.cos(2 * np.pi * i / count), radius * np.sin(2 * np.pi * i / count), octave)
        for radius, count, octave in RINGS
        for i in range(count)
    ]
    return np.array(rows, np.float32)


SAMPLES: Final = _samples()
"""float32, shape (97, 3): x along the keypoint's angle, y, octave."""


def _moved(sign_x: int, sign_y: int) -> npt.NDArray[np.int64]:
    """Return, for each sample, which sample lies at (sign_x · x, sign_y · y)."""
    there = SAMPLES[:, :2] * [sign_x, sign_y]
    gaps = np.abs(there[:, None] - SAMPLES[None, :, :2]).max(2) + np.abs(SAMPLES[:, None, 2] - SAMPLES[None, :, 2])
    return np.asarray(gaps.argmin(1))


MIRRORED_SAMPLES: Final = _moved(1, -1)
TURNED_SAMPLES: Final = _moved(-1, -1)


def describe(levels: list[Level], level: int, keypoints: Keypoints) -> Descriptors:
    """Describe the keypoints found on one level of a picture."""
    return np.packbits(_compare(sample(levels, level, keypoints), _PAIRS), axis=1)


def sample(levels: list[Level], level: int, keypoints: Keypoints) -> npt.NDArray[np.float32]:
    """Return the brightness, float32 0..255, at the samples around each keypoint: shape (n, 97)."""
    near, far = levels[level], levels[min(level + LEVELS_PER_OCTAVE, len(levels) - 1)]
    places = (keypoints.xy + np.float32(0.5)) / np.float32(near.scale) - np.float32(0.5)
    return _sample(near.pixels, far.pixels, np.float32(near.scale / far.scale), places, keypoints.angle, SAMPLES)


def mirrored(descriptors: Descriptors) -> Descriptors:
    """Return the descriptors the same places have in the mirrored picture."""
    return _rearrange(descriptors, *_MIRROR)


def inverted(descriptors: Descriptors) -> Descriptors:
    """Return the descriptors the same places have in the negative (but for samples exactly as bright)."""
    return _rearrange(descriptors, *_INVERT)


def _rearrange(descriptors: Descriptors, order: npt.NDArray[np.int64], flip: npt.NDArray[np.uint8]) -> Descriptors:
    return np.packbits(np.unpackbits(descriptors, axis=1)[:, order] ^ flip, axis=1)


def orbit(first: int, second: int) -> list[tuple[int, int]]:
    """Return the pairs that a pair of samples becomes when mirrored, turned, and both, each once."""
    pairs: list[tuple[int, int]] = []
    mirror, turn = MIRRORED_SAMPLES, TURNED_SAMPLES
    for a, b in (
        (first, second),
        (mirror[first], mirror[second]),
        (turn[first], turn[second]),
        (turn[mirror[first]], turn[mirror[second]]),
    ):
        if (a, b) not in pairs and (b, a) not in pairs:
            pairs.append((int(a), int(b)))
    return pairs


def _order(
    pairs: npt.NDArray[np.int64], moved: npt.NDArray[np.int64], flip: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    at = {(int(a), int(b)): i for i, (a, b) in enumerate(pairs)}
    order = np.empty(len(pairs), np.int64)
    flips = np.empty(len(pairs), np.uint8)
    for i, (a, b) in enumerate(moved[pairs]):
        same = (int(a), int(b)) in at
        order[i] = at[(int(a), int(b)) if same else (int(b), int(a))]
        flips[i] = flip ^ (0 if same else 1)
    return order, flips


@compiled
def _sample(near: Grey, far: Grey, ratio: np.float32, places: Floats, angles: Floats, samples: Floats) -> Floats:
    """
    Read the picture between its pixels, at each sample around each place.

    Bounds: a row a place, a column a sample. Where there are places, both levels have sides of 2 to 16,384 (`pyramid`
    sees to that), so a place held below side - 1.001 has a pixel after it. Places and angles are finite, one a place.
    """
    values = np.empty((len(places), len(samples)), np.float32)
    for i in range(len(places)):
        cos, sin = np.cos(angles[i]), np.sin(angles[i])
        for j in range(len(samples)):
            x = places[i, 0] + cos * samples[j, 0] - sin * samples[j, 1]
            y = places[i, 1] + sin * samples[j, 0] + cos * samples[j, 1]
            pixels = near
            if samples[j, 2] > 0:
                pixels = far
                x = (x + np.float32(0.5)) * ratio - np.float32(0.5)
                y = (y + np.float32(0.5)) * ratio - np.float32(0.5)
            x = min(max(x, np.float32(0)), np.float32(pixels.shape[1] - 1.001))
            y = min(max(y, np.float32(0)), np.float32(pixels.shape[0] - 1.001))
            left, top = int(x), int(y)
            right_share, low_share = x - left, y - top
            upper = pixels[top, left] * (1 - right_share) + pixels[top, left + 1] * right_share
            lower = pixels[top + 1, left] * (1 - right_share) + pixels[top + 1, left + 1] * right_share
            values[i, j] = upper * (1 - low_share) + lower * low_share
    return values


@compiled
def _compare(values: Floats, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """
    Say for each pair of samples whether the first is darker.

    Bounds: a row a keypoint, a column a pair. Pairs are rows of `SAMPLES`, and so columns of `values`.
    """
    bits = np.empty((len(values), len(pairs)), np.uint8)
    for i in range(len(values)):
        for j in range(len(pairs)):
            bits[i, j] = values[i, pairs[j, 0]] < values[i, pairs[j, 1]]
    return bits


_PAIRS: Final = np.array([pair for first, second in PAIRS for pair in orbit(first, second)], np.int64).reshape(-1, 2)
_MIRROR: Final = _order(_PAIRS, MIRRORED_SAMPLES, 0)
_INVERT: Final = _order(_PAIRS, TURNED_SAMPLES, 1)
