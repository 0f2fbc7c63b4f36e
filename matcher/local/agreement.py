"""
Which keypoints say the same about where a reference lies: the compiled loops of voting and alignment.

A pair of keypoints, by places, scales and angles, already fixes a similarity; `best_pair` lets every pair propose one
and every other judge it. `look_up` goes the other way: given a transform, it looks each reference keypoint up where the
transform puts it.

Invariant: exhaustive and deterministic; nothing is drawn at random. All run outside the interpreter lock.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.compiled import compiled

Floats = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

MAX_OCTAVES_APART: Final = 0.65
MAX_RADIANS_APART: Final = 0.65
MAX_BITS: Final = 84
"""Descriptors further apart do not speak for a transform, even where it expects them."""

_NEAR_PX = 6.0
_NEAR_SHARE = 0.4
"""Wide enough for a picture squeezed to half its width, which no similarity describes."""

_NOWHERE_PX = float(1 << 30)
"""
Places further off, and NaN, are no places: what has grown that much is of no octave a keypoint can have, and numbers
beyond the integers cannot be turned into a cell.
"""


class Places(NamedTuple):
    """
    Keypoints as the compiled loops take them.

    Args:
        xy: float32, shape (n, 2). Pixels.

        octave: float32, shape (n,). log2 of the scale.

        angle: float32, shape (n,). Radians.
    """

    xy: Floats
    octave: Floats
    angle: Floats


class Cells(NamedTuple):
    """
    Where keypoints lie, cell by cell.

    Args:
        starts: int32, one more than there are cells, row after row. Where each begins in `rows`.

        rows: int32, shape (n,). Rows of keypoints.

        across: Cells in a row.

        side_px: Side of a cell.
    """

    starts: Rows
    rows: Rows
    across: int
    side_px: int


@compiled
def best_pair(query: Places, reference: Places, weights: Floats) -> tuple[int, float]:
    """
    Return the pair whose similarity most others agree with, and the sum of the weights of those that do.

    Bounds: a row of the n pairs; 0, and a sum of -1, where there are none. Both sides and the weights have n rows
    (`some_of` sees to that); no number in them becomes an index.

    Args:
        query: One keypoint a pair.

        reference: Its counterpart.

        weights: float32, shape (n,). What a pair's agreement is worth.
    """
    best, best_sum = 0, -1.0
    for i in range(len(weights)):
        grown, turned = query.octave[i] - reference.octave[i], query.angle[i] - reference.angle[i]
        scale = 2.0**grown
        cos, sin = scale * np.cos(turned), scale * np.sin(turned)
        total = 0.0
        for j in range(len(weights)):
            if abs(query.octave[j] - reference.octave[j] - grown) > MAX_OCTAVES_APART:
                continue
            turn = query.angle[j] - reference.angle[j] - turned
            if abs(turn - 2 * np.pi * np.rint(turn / (2 * np.pi))) > MAX_RADIANS_APART:
                continue
            dx, dy = reference.xy[j, 0] - reference.xy[i, 0], reference.xy[j, 1] - reference.xy[i, 1]
            miss_x = query.xy[j, 0] - query.xy[i, 0] - cos * dx + sin * dy
            miss_y = query.xy[j, 1] - query.xy[i, 1] - sin * dx - cos * dy
            # The proposed angle and scale are rough: what is far from the proposer may miss by more.
            allowed = scale * (_NEAR_PX + _NEAR_SHARE * np.sqrt(dx * dx + dy * dy))
            if miss_x * miss_x + miss_y * miss_y <= allowed * allowed:
                total += weights[j]
        if total > best_sum:
            best, best_sum = i, total
    return best, best_sum


@compiled
def best_pairs(
    starts: npt.NDArray[np.int64], query: Places, reference: Places, weights: Floats
) -> npt.NDArray[np.float32]:
    """
    Return `best_pair`'s sum for each of many groups of pairs; 0 for a group of one.

    Bounds: one sum a group. `starts` has an entry or more, ascends from 0 to n, and all else has n rows.

    Args:
        starts: int64, one more than there are groups. Where each begins.

        query: One keypoint a pair, group after group.

        reference: Its counterpart.

        weights: As for `best_pair`.
    """
    sums = np.zeros(len(starts) - 1, np.float32)
    for group in range(len(sums)):
        a, b = starts[group], starts[group + 1]
        if b - a > 1:
            _, sums[group] = best_pair(
                Places(query.xy[a:b], query.octave[a:b], query.angle[a:b]),
                Places(reference.xy[a:b], reference.octave[a:b], reference.angle[a:b]),
                weights[a:b],
            )
    return sums


@compiled
def look_up(
    query: Places,
    query_bits: Words,
    cells: Cells,
    reference: Places,
    bits: Words,
    matrix: Floats,
    pivot: Floats,
    tolerance_px: float,
    slack: float,
) -> tuple[Rows, Rows]:
    """
    Find for each reference keypoint the query keypoint most like it where the transform puts it.

    Bounds: one answer a reference keypoint. Keypoints and descriptors of a side are as many (`from_bytes` of both kinds
    of features sees to that), and `view` makes cells of at least one row and column, from rows of the query. Numbers
    may be anything: a matrix can put a keypoint at infinity.

    Args:
        query: All its keypoints.

        query_bits: uint64, shape (n, 4). Their descriptors.

        cells: Where they lie.

        reference: All its keypoints.

        bits: uint64, shape (m, 4). Their descriptors.

        matrix: From the reference to the query.

        pivot: Where in the reference the transform is surest, x and y.

        tolerance_px: How far off a keypoint may be, in pixels of the reference, at its finest scale.

        slack: By how much more for each pixel away from the pivot.

    Returns:
        Shape (m,): rows of the query's keypoints, -1 where there is none, and the bits by which descriptors differ.
    """
    found = np.full(len(bits), -1, np.int32)
    distances = np.full(len(bits), MAX_BITS + 1, np.int32)
    down = (len(cells.starts) - 1) // cells.across
    for i in range(len(bits)):
        x, y = reference.xy[i, 0], reference.xy[i, 1]
        depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        if depth <= 0:
            continue
        at_x = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth
        at_y = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth
        # The transform's derivative here: how a small step in the reference moves in the query.
        x_by_x, x_by_y = (matrix[0, 0] - at_x * matrix[2, 0]) / depth, (matrix[0, 1] - at_x * matrix[2, 1]) / depth
        y_by_x, y_by_y = (matrix[1, 0] - at_y * matrix[2, 0]) / depth, (matrix[1, 1] - at_y * matrix[2, 1]) / depth
        grown = np.sqrt(max(x_by_x * y_by_y - x_by_y * y_by_x, 1e-9))
        octave = reference.octave[i] + np.log2(grown)
        cos, sin = np.cos(reference.angle[i]), np.sin(reference.angle[i])
        heading = np.arctan2(y_by_x * cos + y_by_y * sin, x_by_x * cos + x_by_y * sin)
        far = np.sqrt((x - pivot[0]) ** 2 + (y - pivot[1]) ** 2)
        allowed = grown * (tolerance_px * 2 ** (0.5 * reference.octave[i]) + slack * far)
        if not (abs(at_x) < _NOWHERE_PX and abs(at_y) < _NOWHERE_PX and allowed < _NOWHERE_PX):
            continue
        left = max(int((at_x - allowed) // cells.side_px), 0)
        right = min(int((at_x + allowed) // cells.side_px), cells.across - 1)
        top = max(int((at_y - allowed) // cells.side_px), 0)
        bottom = min(int((at_y + allowed) // cells.side_px), down - 1)
        if left > right:
            continue
        for row in range(top, bottom + 1):
            first, last = row * cells.across + left, row * cells.across + right
            for j in cells.rows[cells.starts[first] : cells.starts[last + 1]]:
                if abs(query.xy[j, 0] - at_x) > allowed or abs(query.xy[j, 1] - at_y) > allowed:
                    continue
                if abs(query.octave[j] - octave) > MAX_OCTAVES_APART:
                    continue
                turn = query.angle[j] - heading
                if abs(turn - 2 * np.pi * np.rint(turn / (2 * np.pi))) > MAX_RADIANS_APART:
                    continue
                distance = 0
                for k in range(4):
                    distance += ones(query_bits[j, k] ^ bits[i, k])
                if distance < distances[i]:
                    distances[i], found[i] = distance, j
    return found, distances


@compiled
def most_alike(descriptors: Words, columns: Words) -> tuple[Rows, Rows]:
    """
    Find for each descriptor the one most like it among others, the first of equals.

    Bounds: one answer a descriptor, a column of m; m is at least 1 and fits int32.

    Args:
        descriptors: uint64, shape (n, 4).

        columns: uint64, shape (4, m), the others word by word: so a processor compares several at once.

    Returns:
        Shape (n,): which, and the bits by which they differ.
    """
    nearest, least = np.zeros(len(descriptors), np.int32), np.empty(len(descriptors), np.int32)
    bits = np.empty(columns.shape[1], np.int32)
    for i in range(len(descriptors)):
        a, b, c, d = descriptors[i, 0], descriptors[i, 1], descriptors[i, 2], descriptors[i, 3]
        for j in range(len(bits)):
            first_half = ones(a ^ columns[0, j]) + ones(b ^ columns[1, j])
            bits[j] = np.int32(first_half + ones(c ^ columns[2, j]) + ones(d ^ columns[3, j]))
        nearest[i] = bits.argmin()
        least[i] = bits[nearest[i]]
    return nearest, least


@compiled
def ones(value: np.uint64) -> int:
    """Count the bits that are set; LLVM knows the pattern and takes the processor's own instruction. Bounds: 0..64."""
    value -= (value >> np.uint64(1)) & np.uint64(0x5555555555555555)
    value = (value & np.uint64(0x3333333333333333)) + ((value >> np.uint64(2)) & np.uint64(0x3333333333333333))
    value = (value + (value >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((value * np.uint64(0x0101010101010101)) >> np.uint64(56))
