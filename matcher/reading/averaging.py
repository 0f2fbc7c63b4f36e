"""
A picture reduced by averaging areas, as OpenCV's `INTER_AREA` does it, bit for bit and in less than half its time.

Hash signals are made from what this gives, so it may never give another value: each sum is taken in OpenCV's order, in
its float32 (modules/imgproc/src/resize.cpp, `computeResizeAreaTab` and `ResizeArea_Invoker`). OpenCV itself is asked
where it is as fast: whole ratios, and layouts other than RGB.

Invariant: the values are those of `cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)`.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from matcher.compiled import compiled
from matcher.media import Pixels

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

_SLIVER = 1e-3
"""OpenCV leaves out a pixel of which no more than this belongs to the area."""


def average_areas(pixels: npt.NDArray[np.uint8], size: tuple[int, int]) -> Pixels:
    """
    Reduce a picture by averaging areas.

    Args:
        pixels: uint8, shape (h, w, 3) or any other that OpenCV takes.

        size: Width and height wanted, pixels.

    Returns:
        uint8, shape (height, width, 3).
    """
    height, width = pixels.shape[:2]
    ratios = 1.0 / (size[0] / width), 1.0 / (size[1] / height)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or min(ratios) < 1 or all(ratio.is_integer() for ratio in ratios):
        return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    across, down = shares(width, size[0]), shares(height, size[1])
    return _average(np.ascontiguousarray(pixels), across.first, across.share, down.first, down.pixels, down.share)


class Shares(NamedTuple):
    """
    Which pixels of an axis make up each of the reduced ones.

    Args:
        first: int64, shape (n,): the first of them.

        pixels: int64, shape (n,): how many they are.

        share: float32, shape (n, most): the share of each; 0 behind the last. `most` is a multiple of 3.
    """

    first: Places
    pixels: Places
    share: Floats


@compiled
def shares(length: int, reduced: int) -> Shares:
    """
    Share the pixels of an axis out, as `computeResizeAreaTab` does.

    Bounds: 1 <= reduced <= length. From the pixel in which an area of `ratio` pixels begins to the one in which it ends
    there are at most ceil(ratio) + 1, and the last is held below `length`.
    """
    ratio = 1.0 / (reduced / length)
    first, count = np.zeros(reduced, np.int64), np.zeros(reduced, np.int64)
    most = math.ceil(ratio) + 1
    share = np.zeros((reduced, most + -most % 3), np.float32)
    for place in range(reduced):
        begin = place * ratio
        end = begin + ratio
        area = min(ratio, length - begin)
        last = min(math.floor(end), length - 1)
        whole = min(math.ceil(begin), last)
        first[place] = whole
        n = 0
        if whole - begin > _SLIVER:
            first[place] = whole - 1
            share[place, 0] = (whole - begin) / area
            n = 1
        for _ in range(whole, last):
            share[place, n] = 1.0 / area
            n += 1
        if end - last > _SLIVER:
            share[place, n] = min(end - last, 1.0, area) / area
            n += 1
        count[place] = n
    return Shares(first, count, share)


@compiled
def _average(
    pixels: Pixels, first_across: Places, share_across: Floats, first_down: Places, count_down: Places,
    share_down: Floats,
) -> Pixels:  # fmt: skip
    """
    Average along each row, then over the rows.

    Bounds: a row and a column for each of `first_down` and `first_across`, of which there is at least one. Each names a
    pixel of its axis, and `shares` sees to it that `count_down` rows from there are in the picture. Along a row all of
    `share_across` are read: there are as many places behind the last pixel, with a share of 0. A share is at most 1,
    and those of one place add up to 1, but for rounding: sums stay below 255.5.
    """
    width, most = pixels.shape[1], share_across.shape[1]
    across, down = len(first_across), len(first_down)
    reduced = np.empty((down, across, 3), np.uint8)
    row, averaged = np.zeros(3 * (width + most), np.float32), np.zeros(3 * across, np.float32)
    total = np.zeros(3 * across, np.float32)
    at = -1
    for y in range(down):
        for below in range(count_down[y]):
            if at != first_down[y] + below:  # the last row of one place is often the first of the next
                at = first_down[y] + below
                flat = pixels[at].reshape(3 * width)
                for i in range(3 * width):
                    row[i] = flat[i]
                averaged[:] = 0
                for group in range(0, most, 3):  # by threes, written out, it takes half the time
                    for x in range(across):
                        place, begin = 3 * x, 3 * (first_across[x] + group)
                        left, middle = share_across[x, group], share_across[x, group + 1]
                        right = share_across[x, group + 2]
                        for k in range(3):
                            part = averaged[place + k] + row[begin + k] * left
                            averaged[place + k] = part + row[begin + 3 + k] * middle + row[begin + 6 + k] * right
            weight = share_down[y, below]
            if below == 0:
                for i in range(3 * across):
                    total[i] = weight * averaged[i]
            else:
                for i in range(3 * across):
                    total[i] += weight * averaged[i]
        shown = reduced[y].reshape(3 * across)
        for i in range(3 * across):
            shown[i] = np.uint8(np.int32(np.rint(total[i])))
    return reduced
