"""
Transform + pixels -> agreement: the query is laid back onto the reference's thumbnail and compared block by block.

Invariant: a caption, a sticker or a censor bar spoils the blocks it covers and no other, so what is asked is how many
blocks agree and how well, not how well the whole correlates. Brightness and contrast of each block are taken out.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from matcher.local.alignment import Alignment
from matcher.local.transforms import Matrix, growth, scaling, transformed
from matcher.local.warps.mesh import Bend
from matcher.signals.local import LocalFeatures, QueryFeatures
from matcher.signals.points.keypoints import Grey

BLOCK_PX: Final = 8
"""Side of a block, in pixels of the thumbnail: some 60 blocks a picture."""

AGREES: Final = 0.7
"""Correlation. Of look-alikes' blocks 9 in 10 stay below it, of copies' blocks 9 in 10 exceed it."""

EQUAL: Final = 0.9
"""Correlation of blocks that show the same, recompressed. Things of one make, photographed twice, rarely reach it."""

PLAIN: Final = 4.0
"""Standard deviation in grey levels below which a block shows nothing to compare."""

REPEATS_FROM: Final = 0.8
"""Correlation of a picture's middle with another place of it: of 167 photographs none reaches 0.72, bricks 0.94."""

_SEEN_ENOUGH = 0.5
_ENOUGH_INSIDE = 9
_SHADES_TO_SHOW = 0.5
_TOO_FINE = 1.3
"""Pixels of the query to one of the thumbnail: from here on the query is reduced first, or its texture would alias."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """
    How the pixels of a query and a reference compare where both are seen.

    Args:
        correlations: float32, shape (rows, columns) of blocks of the thumbnail, each -1..1; NaN where a block is not
            seen, or shows too little to compare.

        seen: float32, same shape: share of each block that lies inside the query, 0..1.

        query: uint8, of the thumbnail's shape: the query laid back, brightness as in the reference.

        inside: bool, same shape: which of its pixels the query has.
    """

    correlations: npt.NDArray[np.float32]
    seen: npt.NDArray[np.float32]
    query: Grey
    inside: npt.NDArray[np.bool_]

    @property
    def compared(self) -> int:
        """Blocks that could be compared."""
        return int(np.count_nonzero(~np.isnan(self.correlations)))

    @property
    def agreeing(self) -> int:
        """Blocks that agree."""
        return int(np.count_nonzero(self.correlations >= AGREES))

    @property
    def equal(self) -> int:
        """Blocks that agree so well that only pixels of one picture do."""
        return int(np.count_nonzero(self.correlations >= EQUAL))

    @property
    def agreement(self) -> float:
        """Share (0..1) of the blocks compared that agree."""
        return self.agreeing / max(self.compared, 1)

    @property
    def inner_agreement(self) -> float:
        """The same but for the outermost blocks, where frames, bars and logos lie; 1 where there are too few inside."""
        inner = self.correlations[1:-1, 1:-1]
        compared = np.count_nonzero(~np.isnan(inner))
        return float(np.count_nonzero(inner >= AGREES) / compared) if compared >= _ENOUGH_INSIDE else 1.0

    @property
    def inner_correlation(self) -> float:
        """Mean correlation of the same blocks, or of all where there are too few inside; 0 where none is compared."""
        inner = self.correlations[1:-1, 1:-1]
        enough = np.count_nonzero(~np.isnan(inner)) >= _ENOUGH_INSIDE
        of = inner if enough else self.correlations
        shown = of[~np.isnan(of)]
        return float(shown.mean()) if shown.size else 0.0

    @property
    def changed(self) -> float:
        """Share (0..1) of the blocks but for the outermost that the largest patch of those that differ takes."""
        inner = self.correlations[1:-1, 1:-1]
        if not inner.size:
            return 0.0
        _, _, boxes, _ = cv2.connectedComponentsWithStats((inner < AGREES).astype(np.uint8), connectivity=4)
        return float(boxes[1:, cv2.CC_STAT_AREA].max(initial=0) / inner.size)

    def agreement_outside(self, blocks: npt.NDArray[np.bool_]) -> float:
        """Share (0..1) of the blocks compared outside of some that agree; 0 where none is compared."""
        outside = self.correlations[~blocks]
        compared = int(np.count_nonzero(~np.isnan(outside)))
        return int(np.count_nonzero(outside >= AGREES)) / max(compared, 1)

    def without(self, blocks: npt.NDArray[np.bool_]) -> "Overlap":
        """Return it as if some blocks had not been seen."""
        return replace(self, correlations=np.where(blocks, np.float32(np.nan), self.correlations))

    @property
    def coverage(self) -> float:
        """Share (0..1) of the reference that is seen."""
        return float(self.inside.mean())


def overlay(query: QueryFeatures, reference: LocalFeatures, alignment: Alignment) -> Overlap:
    """Lay the query back onto the thumbnail and compare."""
    laid_back, inside = lay_back(query, reference, alignment.matrix, alignment.bend)
    if alignment.form.is_inverted:
        laid_back = 255 - laid_back
    return compare_blocks(reference.thumbnail, laid_back, inside)


def repeats(thumbnail: Grey) -> bool:
    """
    Tell whether a picture is a pattern that repeats: bricks, tiles, keys. Laid onto another of the kind it agrees
    everywhere, and that says nothing.
    """
    height, width = thumbnail.shape
    if min(height, width) < 2 * BLOCK_PX:
        return False
    grey = thumbnail.astype(np.float32)
    fine = (grey - cv2.GaussianBlur(grey, (0, 0), 2.5)).astype(np.float32)
    if float(fine.std()) < 1:
        return False
    top, left = height // 4, width // 4
    middle = fine[top : top + height // 2, left : left + width // 2]
    match = cv2.matchTemplate(fine, middle, cv2.TM_CCOEFF_NORMED)
    rows, columns = np.mgrid[: match.shape[0], : match.shape[1]]
    elsewhere = np.hypot(rows - top, columns - left) >= 3
    return bool(match[elsewhere].max() >= REPEATS_FROM)


def shape_in_blocks(thumbnail: Grey) -> tuple[int, int]:
    """Return how many rows and columns of blocks a thumbnail has."""
    height, width = thumbnail.shape
    return max(1, round(height / BLOCK_PX)), max(1, round(width / BLOCK_PX))


def blocks_of_points(
    xy: npt.NDArray[np.floating[Any]], width: int, height: int, shape: tuple[int, int]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """
    Tell in which block of a picture each of some places lies.

    Args:
        xy: Shape (n, 2), in pixels of the picture.

        width: Of the picture.

        height: Of the picture.

        shape: Rows and columns of blocks.

    Returns:
        Rows and columns, shape (n,) each.
    """
    rows, columns = shape
    row = np.clip((xy[:, 1] + 0.5) * (rows / height), 0, rows - 1).astype(np.intp)
    column = np.clip((xy[:, 0] + 0.5) * (columns / width), 0, columns - 1).astype(np.intp)
    return row, column


def lay_back(
    query: QueryFeatures, reference: LocalFeatures, matrix: Matrix, bend: Bend | None = None
) -> tuple[Grey, npt.NDArray[np.bool_]]:
    """Return the query as seen in the thumbnail's frame, and which pixels of that lie inside it."""
    grey = query.grey
    height, width = reference.thumbnail.shape
    to_reference = scaling(width, height, reference.width, reference.height)
    onto = scaling(query.width, query.height, grey.shape[1], grey.shape[0]) @ matrix
    finest = growth(onto @ to_reference, width, height)
    if finest > _TOO_FINE:
        size = (max(2, round(grey.shape[1] / finest)), max(2, round(grey.shape[0] / finest)))
        onto = scaling(grey.shape[1], grey.shape[0], *size) @ onto
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    rows, columns = np.mgrid[0:height, 0:width]
    places = np.stack([columns.ravel(), rows.ravel()], axis=1)
    if bend is None:
        at = transformed(onto @ to_reference, places)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        laid_back = cv2.warpPerspective(
            grey, onto @ to_reference, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
    else:
        at = transformed(onto, bend.applied(transformed(to_reference, places)))
        x, y = at.astype(np.float32).reshape(height, width, 2).transpose(2, 0, 1)
        laid_back = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = ((at > -0.5) & (at < [grey.shape[1] - 0.5, grey.shape[0] - 0.5])).all(axis=1)
    return laid_back.astype(np.uint8, copy=False), inside.reshape(height, width)


def compare_blocks(reference: Grey, laid_back: Grey, inside: npt.NDArray[np.bool_]) -> Overlap:
    """
    Correlate two pictures of one shape block by block, over the pixels that are inside.

    Args:
        reference: uint8, shape (height, width).

        laid_back: uint8, same shape.

        inside: bool, same shape.
    """
    height, width = reference.shape
    rows, columns = shape_in_blocks(reference)
    row, column = np.arange(height) * rows // height, np.arange(width) * columns // width
    block = (row[:, None] * columns + column[None]).ravel()
    pixels = np.bincount(block, minlength=rows * columns)
    block, a, b = block[inside.ravel()], reference[inside].astype(np.float64), laid_back[inside].astype(np.float64)
    count = np.bincount(block, minlength=rows * columns)

    def mean(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.bincount(block, values, rows * columns) / np.maximum(count, 1)

    mean_a, mean_b = mean(a), mean(b)
    variance_a, variance_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    # One grey level of noise keeps a plain block from agreeing or disagreeing with anything.
    correlations = covariance / np.sqrt((np.maximum(variance_a, 0) + 1) * (np.maximum(variance_b, 0) + 1))
    seen = count / pixels
    plain = (variance_a < PLAIN**2) & (variance_b < PLAIN**2)
    # A stored thumbnail has 16 shades: what varies by less than one of them is rounding.
    rounding = variance_a < (_SHADES_TO_SHOW * (float(reference.max()) - float(reference.min())) / 15) ** 2
    correlations[(seen < _SEEN_ENOUGH) | plain | rounding] = np.nan
    shape = (rows, columns)
    return Overlap(
        correlations.astype(np.float32).reshape(shape), seen.astype(np.float32).reshape(shape), laid_back, inside
    )
