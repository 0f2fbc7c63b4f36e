"""
Parts of a reference that strangers' pictures have too: a logo, an app's frame, a caption card. They do not vote.

    shared_with   a stranger's picture laid onto the reference: which blocks are the same, where the rest is another
    distinct      strangers that differ from each other, too
    common        blocks that enough of them have
    without_common  a reference that is searched for, without them

A stranger says that a part is common only by showing something else beside it: a patch of at least a quarter of what is
compared (`COMMON_LEAST_HOLE`) whose blocks have texture and do not agree. So neither a copy that was written on,
censored, cropped, mirrored or set into a collage makes any part of its reference common, nor a plain box laid over it;
nor do five posts of one altered copy, for these are alike in the patch. And what most of a reference would be left
without is not common (`COMMON_MOST`): a picture that is everywhere, whole, is for people to judge.

Invariant: pure. Common parts only ever weaken what is found by parts of a picture, and only where nothing else of the
reference agrees; hashes of whole pictures are not asked here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import cv2
import numpy as np
import numpy.typing as npt

from matcher.local.evidence import compare_local
from matcher.local.overlap import AGREES, blocks_of_points, compare_blocks, shape_in_blocks
from matcher.signals.local import LocalFeatures, QueryFeatures
from matcher.signals.points.keypoints import Grey
from matcher.thresholds import COMMON_LEAST_HOLE, COMMON_MOST, LOCAL_WEAK

Blocks = npt.NDArray[np.bool_]
"""Blocks of a reference's thumbnail: bool, shape (rows, columns)."""

_DIFFERS: Final = 0.5
"""Correlation below which a block shows something else: between this and `AGREES` it may be a copy, badly kept."""

_FEWEST_IN_HOLE: Final = 9
"""Blocks of something else that a stranger must show at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """
    What a stranger's picture shares with a reference.

    Args:
        blocks: Where both are the same.

        hole: Where the stranger shows something else.

        seen: uint8, of the thumbnail's shape: the stranger laid onto it.

        inside: bool, same shape: which pixels of that the stranger has.
    """

    blocks: Blocks
    hole: Blocks
    seen: Grey
    inside: npt.NDArray[np.bool_]

    def is_like(self, other: Self) -> bool:
        """Tell whether two strangers show the same in the hole they have in common."""
        both = self.hole & other.hole
        again = compare_blocks(self.seen, other.seen, self.inside & other.inside).correlations
        compared = both & ~np.isnan(again)
        alike = np.count_nonzero(again[compared] >= AGREES)
        return bool(2 * alike >= np.count_nonzero(compared)) if compared.any() else False


def shared_with(stranger: LocalFeatures, reference: LocalFeatures) -> Shared | None:
    """
    Lay a picture onto a reference, and say which part both have.

    Args:
        stranger: Features as stored, of a picture that is no copy of the reference.

        reference: As stored.

    Returns:
        None where they have nothing in common, or it cannot be told from a copy: see above.
    """
    found = compare_local(QueryFeatures.of_stored(stranger), replace(reference, common=None))
    if found is None or found.evidence.score < LOCAL_WEAK:
        return None
    correlations = found.overlap.correlations
    same, compared = correlations >= AGREES, ~np.isnan(correlations)
    other = (correlations < _DIFFERS) & _textured(found.overlap.query, found.overlap.inside)
    hole = _largest(~same & (found.overlap.seen > 0)) & other
    size = int(np.count_nonzero(hole))
    if not same.any() or size < max(_FEWEST_IN_HOLE, COMMON_LEAST_HOLE * np.count_nonzero(compared)):
        return None
    return Shared(same, hole, found.overlap.query, found.overlap.inside)


def distinct(shared: Sequence[Shared]) -> list[int]:
    """Return the places of those that differ from each other in what they show beside the part they share."""
    kept: list[int] = []
    for place, one in enumerate(shared):
        if not any(one.is_like(shared[other]) for other in kept):
            kept.append(place)
    return kept


def common(reference: LocalFeatures, counts: npt.NDArray[np.integer], least: int) -> Blocks | None:
    """
    Say which blocks of a reference are common.

    Args:
        reference: As stored.

        counts: Shape (rows, columns) of blocks: how many strangers have each.

        least: How many it takes.

    Returns:
        None where none is, or so many that the reference has too little of its own.
    """
    if counts.shape != shape_in_blocks(reference.thumbnail):
        return None
    found = counts >= least
    shown = _textured(reference.thumbnail, np.ones(reference.thumbnail.shape, np.bool_))
    own, shared = np.count_nonzero(shown & ~found), np.count_nonzero(shown & found)
    return found if 0 < shared <= COMMON_MOST * (own + shared) else None


def without_common(query: QueryFeatures, blocks: Blocks) -> QueryFeatures:
    """Leave out keypoints in common parts of a reference that is asked for by what is stored of it."""
    kept = ~blocks[blocks_of_points(query.keypoints.xy, query.width, query.height, blocks.shape)]
    return replace(query, keypoints=query.keypoints.some(kept), descriptors=query.descriptors[kept])


def pack(blocks: Blocks) -> bytes:
    """Write blocks as rows, columns and a bit each."""
    rows, columns = blocks.shape
    return bytes((rows, columns)) + np.packbits(blocks).tobytes()


def unpack(data: bytes) -> Blocks:
    """Read what `pack` wrote."""
    rows, columns = data[0], data[1]
    return (
        np.unpackbits(np.frombuffer(data, np.uint8, offset=2), count=rows * columns).astype(bool).reshape(rows, columns)
    )


def _textured(grey: Grey, inside: npt.NDArray[np.bool_]) -> Blocks:
    """Tell which blocks of a picture show anything: a plain box is laid over a copy, it is no other picture."""
    return ~np.isnan(compare_blocks(grey, np.zeros_like(grey), inside).correlations)


def _largest(blocks: Blocks) -> Blocks:
    """Return the largest patch of connected blocks."""
    count, patches, boxes, _ = cv2.connectedComponentsWithStats(blocks.astype(np.uint8), connectivity=4)
    if count < 2:
        return np.zeros_like(blocks)
    return np.asarray(patches == 1 + int(boxes[1:, cv2.CC_STAT_AREA].argmax()))
