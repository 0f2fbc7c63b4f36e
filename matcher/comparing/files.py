"""
Two files, compared by every signal: what `staydown compare` shows.

Invariant: judged by the same functions as any query and any stored reference. What takes the bytes of a file runs
inside the sandbox.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage

from matcher.comparing.comparison import Comparison, compare, with_local
from matcher.comparing.part_search import find_parts
from matcher.comparing.parts import PartEvidence
from matcher.hashing.pictures import HashedImage
from matcher.hashing.query import Query
from matcher.hashing.videos import HashedVideo
from matcher.local.evidence import compare_local
from matcher.local.showing.drawing import draw_comparison
from matcher.media import Pixels
from matcher.reading.decode import Limits, decode
from matcher.signals import shows_parts
from matcher.signals.base import Signal
from matcher.signals.local import QUERY_SIDE_PX, extract_query, extract_reference, readings
from matcher.thresholds import MINIMUM_INLIERS


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """
    What two pictures or videos have in common.

    Args:
        comparison: As a service would judge it.

        local: What local features say, even where that is too little to count; None where they see nothing.

        too_plain: Whether one shows too little to be recognised by its parts: tiny, of one colour, or a mere line.
    """

    comparison: Comparison
    local: PartEvidence | None
    too_plain: bool


def compare_hashed(known: HashedImage | HashedVideo, asked: HashedImage | HashedVideo) -> Compared:
    """
    Compare what may be a copy with what is known.

    Args:
        known: Hashed with `Features.STORED`.

        asked: What may be a copy, hashed with `Features.ASKED`.
    """
    evidence = find_parts(asked.query, known.signals)
    comparison = with_local(compare(asked.query, known.signals), evidence)
    return Compared(comparison, evidence, too_plain=too_plain(asked.query, known.signals))


def too_plain(query: Query, reference: Sequence[Signal]) -> bool:
    """
    Tell whether one of two pictures or videos shows too little to be recognised by its parts.

    Args:
        query: One of them, hashed with `Features.ASKED`.

        reference: The stored signals of the other.
    """
    stored = any(shows_parts(signal.type) for signal in reference)
    return not stored or all(len(part.keypoints) < MINIMUM_INLIERS for part in query.parts)


def beside(left: bytes, right: bytes) -> Pixels:
    """
    Put two previews beside each other.

    Args:
        left: A JPEG, whole.

        right: A JPEG, whole.

    Returns:
        uint8, shape (height of the higher, both widths, 3), RGB, white where there is nothing.
    """
    pictures = [np.asarray(PillowImage.open(io.BytesIO(data)).convert("RGB")) for data in (left, right)]
    sheet = np.full((max(one.shape[0] for one in pictures), sum(one.shape[1] for one in pictures), 3), 255, np.uint8)
    at = 0
    for one in pictures:
        sheet[: one.shape[0], at : at + one.shape[1]] = one
        at += one.shape[1]
    return sheet


def rehearse(picture: bytes) -> None:
    """Load what drawing needs, as `sandbox/rehearsal.py` asks."""
    draw_pictures(picture, picture, limits=Limits())
    beside(picture, picture)


def draw_pictures(original: bytes, other: bytes, *, limits: Limits) -> Pixels:
    """
    Draw two pictures, with what matched, the overlay and the difference.

    Args:
        original: The whole file.

        other: The whole file of what may be a copy.

        limits: What decoding each may cost.

    Returns:
        As `draw_comparison` says.

    Raises:
        MediaError: As `decode` says.
    """
    reference, query = (decode(data, limits=limits, working_side_px=QUERY_SIDE_PX).pixels for data in (original, other))
    known = extract_reference(reference)
    found = [(one, compare_local(one, known)) for one in readings(extract_query(query))]
    asked, laid = max(found, key=lambda one: -np.inf if one[1] is None else one[1].evidence.score)
    return draw_comparison(query, reference, (asked, known), laid)
