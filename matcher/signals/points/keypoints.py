"""
Where to look in a picture: blobs of many sizes, spread over the whole of it, each with the direction of its brightness.

A keypoint is a local maximum of the determinant of the Hessian (Lindeberg 1998; Bay et al., "SURF", 2006) on a
pyramid whose levels lie a third of an octave apart. Its angle points to the intensity centroid of a disc around it
(Rosin 1999, as in ORB). Keypoints are not taken by response alone: text and foliage would take them all. Each level
has a quota, and within it the cells of a grid take turns: the strongest of each cell, then the second of each.

Invariant: mirroring a picture mirrors its keypoints, and inverting it leaves their places and turns each angle by
180°; `descriptors.py` rests on both. Used by `signals/local.py` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from matcher.compiled import compiled

Grey = npt.NDArray[np.uint8]
"""A grey picture: uint8, shape (height, width)."""

LEVELS_PER_OCTAVE = 3
STEP = 2 ** (1 / LEVELS_PER_OCTAVE)
MINIMUM_SIDE = 32
"""Pixels; a level with a shorter side than this is not searched for keypoints."""

MAXIMUM_SIDE = 1 << 14
"""Pixels; up to here a float32 tells the last place to sample at from the last pixel."""

_MARGIN = 7
_DISC_RADIUS = 9
_SIGMA = 1.2
_CELLS_ACROSS = 8
_MINIMUM_RESPONSE = 12.0
_FLAT = np.float32(-1e-6)
_CHOICES = 24
"""How many of the strongest to each place there is: what is weaker is noise, even in a cell of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """
    Places in one picture, all arrays of length n.

    Args:
        xy: float32, shape (n, 2). Pixels of the picture they were found in, (0, 0) the middle of its first pixel.

        scale: float32. Pixels of that picture to one pixel of the level, at least 1.

        angle: float32. Radians in -pi..pi, from x towards y.
    """

    xy: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]
    angle: npt.NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of keypoints."""
        return len(self.scale)

    def some(self, kept: npt.NDArray[np.bool_]) -> "Keypoints":
        """Return some of them: bool, shape (n,)."""
        return Keypoints(self.xy[kept], self.scale[kept], self.angle[kept])


class Level(NamedTuple):
    """
    One level of the pyramid.

    Args:
        pixels: The picture reduced and a little blurred.

        scale: Pixels of the picture to one of the level.
    """

    pixels: Grey
    scale: float


def pyramid(grey: Grey) -> list[Level]:
    """
    Reduce a picture step by step until its shorter side falls below `MINIMUM_SIDE`, and one octave further.

    The further octave holds no keypoints; the outer samples of descriptors are read from it. So from a level that is
    searched there are three more up the pyramid, and the third has sides of at least half of `MINIMUM_SIDE`.

    Raises:
        ValueError: If the picture has no pixel or a side above `MAXIMUM_SIDE`.
    """
    if not 0 < min(grey.shape) <= max(grey.shape) <= MAXIMUM_SIDE:
        raise ValueError(
            f"keypoints are found in pictures of 1 to {MAXIMUM_SIDE} px a side, not {grey.shape}; reduce it first"
        )
    levels: list[Level] = []
    octave = [grey, *(_reduce(grey, STEP**-step) for step in range(1, LEVELS_PER_OCTAVE))]
    further = LEVELS_PER_OCTAVE
    while further:
        for pixels in octave[:further]:
            soft = cv2.GaussianBlur(pixels, (5, 5), _SIGMA).astype(np.uint8, copy=False)
            levels.append(Level(soft, grey.shape[1] / pixels.shape[1]))
            further -= min(pixels.shape) < MINIMUM_SIDE
        octave = [_reduce(pixels, 0.5) for pixels in octave]
    return levels


def detect(levels: Sequence[Level], quotas: Sequence[int]) -> list[Keypoints]:
    """
    Find up to `quotas[i]` keypoints on level i, spread over it.

    Returns:
        One entry a level, places in pixels of the picture. A level without contrast gives none.
    """
    found = []
    for level, quota in zip(levels, quotas, strict=True):
        places, responses = _maxima(level.pixels, _MINIMUM_RESPONSE, _MARGIN) if quota > 0 else _NOTHING
        order = _strongest(responses, quota * _CHOICES)
        chosen = order[_spread(places[order], level.pixels.shape[1], level.pixels.shape[0], quota, _CELLS_ACROSS)]
        places = places[chosen]
        angles = _angles(level.pixels, places, _DISC_RADIUS)
        xy = (places + 0.5) * np.float32(level.scale) - np.float32(0.5)
        found.append(Keypoints(xy, np.full(len(places), level.scale, np.float32), angles))
    return found


def _strongest(responses: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.int64]:
    """Return the rows of the `count` largest, largest first, ties in order of place; all that tie with the last."""
    # A response is a whole number of sixteenths below 2**23: with its place behind it, it is sorted as one number.
    keys = (-(responses * 16).astype(np.int64) << _PLACE_BITS) + np.arange(len(responses))
    keys.sort()
    if len(keys) > count:
        last = keys[count - 1] >> _PLACE_BITS
        keys = keys[: np.searchsorted(keys, (last + 1) << _PLACE_BITS)]
    return keys & ((1 << _PLACE_BITS) - 1)


_PLACE_BITS = 30
"""More than a picture of `MAXIMUM_SIDE` has maxima."""

_NOTHING = (np.empty((0, 2), np.float32), np.empty(0, np.float32))


def _reduce(grey: Grey, factor: float) -> Grey:
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA if factor <= 0.5 else cv2.INTER_LINEAR).astype(
        np.uint8, copy=False
    )


@compiled
def _maxima(pixels: Grey, minimum: float, margin: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """
    Return local maxima of the Hessian's determinant, placed between pixels by a parabola along each axis.

    Bounds: no two maxima are neighbours. A maximum is more than the four before it (left, and the row above) and no
    less than the four after it; of two neighbours one comes before the other, and were both maxima, the first would be
    no less than the second and the second more than the first. So a square of 2 × 2 pixels holds one at most, and the
    h × w pixels searched hold ⌈h/2⌉ · ⌈w/2⌉, which dots two pixels apart reach. Places are within half a pixel of the
    maximum, as no neighbour is higher. The caller gives a margin of at least 1;
    any size of picture will do. The determinant is an integer below 2**23, exact in float32.
    """
    height, width = pixels.shape
    response = _responses(pixels)
    down, across = max(height - 2 * margin, 0), max(width - 2 * margin, 0)
    most = ((down + 1) // 2) * ((across + 1) // 2)
    places = np.empty((most, 2), np.float32)  # memory that is not written to is not taken
    strengths = np.empty(len(places), np.float32)
    least, is_maximum = np.float32(minimum), np.zeros(across, np.bool_)
    first, last = margin - 1, margin + 1
    count = 0
    for y in range(margin, margin + down):
        above, row, below = response[y - 1], response[y], response[y + 1]
        left_above, right_above, over = above[first:], above[last:], above[margin:]
        left, right, here = row[first:], row[last:], row[margin:]
        left_below, right_below, under = below[first:], below[last:], below[margin:]
        for x in range(across):  # without a branch: many pixels at once
            before = max(max(left[x], left_above[x]), max(over[x], right_above[x]))
            after = max(max(right[x], left_below[x]), max(under[x], max(right_below[x], least)))
            is_maximum[x] = (here[x] > before) & (here[x] >= after)
        for x in range(across):
            if is_maximum[x]:
                twice = 2 * here[x]
                places[count, 0] = x + margin + 0.5 * (left[x] - right[x]) / min(left[x] + right[x] - twice, _FLAT)
                places[count, 1] = y + 0.5 * (over[x] - under[x]) / min(over[x] + under[x] - twice, _FLAT)
                strengths[count] = here[x]
                count += 1
    return places[:count], strengths[:count]


@compiled
def _responses(pixels: Grey) -> npt.NDArray[np.float32]:
    """
    Return the Hessian's determinant at each pixel, 0 at the edges.

    Bounds: one number a pixel, of any size of picture. Every step is a whole number below 2**23, exact in float32.
    """
    height, width = pixels.shape
    response = np.zeros((height, width), np.float32)
    if height < 3 or width < 3:
        return response
    for y in range(1, height - 1):
        above, row, below, found = pixels[y - 1], pixels[y], pixels[y + 1], response[y, 1:]
        over, right_above, here, right = above[1:], above[2:], row[1:], row[2:]
        under, right_below = below[1:], below[2:]
        for x in range(width - 2):
            middle = np.float32(2) * np.float32(here[x])
            dxx = np.float32(row[x]) + np.float32(right[x]) - middle
            dyy = np.float32(over[x]) + np.float32(under[x]) - middle
            falling = np.float32(above[x]) + np.float32(right_below[x])
            dxy = falling - np.float32(right_above[x]) - np.float32(below[x])
            found[x] = (np.float32(16) * dxx * dyy - dxy * dxy) * np.float32(0.0625)
    return response


@compiled
def _spread(places: npt.NDArray[np.float32], width: int, height: int, quota: int, across: int) -> npt.NDArray[np.int64]:
    """
    Return rows of `places` (strongest first): cells of a grid take turns until the quota is full.

    Bounds: at most `quota` rows. Places are from `_maxima`, so inside the picture: x / cell < across, y / cell < down.
    There are at most as many turns as places; `goes_to` says where the next row of each turn goes.
    """
    cell = max(width, height) / across
    turn = np.empty(len(places), np.int64)
    used = np.zeros((across + 1) * (across + 1), np.int64)
    goes_to = np.zeros(len(places) + 1, np.int64)
    for i in range(len(places)):
        at = int(places[i, 1] / cell) * (across + 1) + int(places[i, 0] / cell)
        turn[i] = used[at]
        used[at] += 1
        goes_to[turn[i] + 1] += 1
    for i in range(len(places)):
        goes_to[i + 1] += goes_to[i]
    rows = np.empty(min(quota, len(places)), np.int64)
    for i in range(len(places)):
        at = goes_to[turn[i]]
        goes_to[turn[i]] += 1
        if at < len(rows):
            rows[at] = i
    return rows


@compiled
def _angles(pixels: Grey, places: npt.NDArray[np.float32], radius: int) -> npt.NDArray[np.float32]:
    """
    Return the direction from each place to the intensity centroid of the disc around it.

    Bounds: one angle a place. Places are finite, of a picture of at least a pixel; what the disc has outside is read at
    the nearest pixel inside. Moments stay below 255 · radius³ · 4.
    """
    height, width = pixels.shape
    angles = np.empty(len(places), np.float32)
    for i in range(len(places)):
        middle_x, middle_y = int(np.rint(places[i, 0])), int(np.rint(places[i, 1]))
        moment_x, moment_y = 0, 0
        for dy in range(-radius, radius + 1):
            y = min(max(middle_y + dy, 0), height - 1)
            half = int(np.sqrt(radius * radius - dy * dy))
            for dx in range(-half, half + 1):
                value = int(pixels[y, min(max(middle_x + dx, 0), width - 1)])
                moment_x += dx * value
                moment_y += dy * value
        angles[i] = np.arctan2(moment_y, moment_x)
    return angles
