"""
Frames that several references have in common: a title, a test card, the end card of an app.

Such a stretch says that somebody used the same app, not that the query is a copy of any of them. Within one comparison
`moments/alignment.py` gives common frames less weight; this does so across the references one query was compared with.

    shared    a small part of the query is a small part of `SHARED_BY` videos or more, no two of them copies
    then      none of these agreements is worth more than `weak`, and each says how many videos share it

Videos that are copies of each other count once: one film that is three times among the references stays as it is. So
does a clip that three compilations hold: what is mostly that clip is a copy of a part of each.

Invariant: pure. Only agreements in time between small parts of both sides are touched; exact files, pictures and whole
videos keep their strength.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matcher.comparing.comparison import Comparison
from matcher.distance import Codes
from matcher.moments.evidence import VideoEvidence
from matcher.near_codes import near_codes
from matcher.signals.base import Signal
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import VideoFrames
from matcher.strength import Strength
from matcher.thresholds import MINIMUM_QUALITY, PDQ_MAX_DISTANCE, SHARED_BY, SMALL_SHARE

_LOOKED_AT: Final = 8
"""Videos that are compared with each other at most; each costs a millisecond or two."""

_SAMPLED: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class FoundIn:
    """
    A reference in which a query was looked for.

    Args:
        comparison: What was found.

        reference: The stored signals of the reference.
    """

    comparison: Comparison
    reference: Sequence[Signal]


def without_shared_frames(found_in: Sequence[FoundIn]) -> list[Comparison]:
    """
    Weaken agreements that rest on frames several references have in common.

    Args:
        found_in: What was found of one query in each of its candidates.

    Returns:
        The comparisons, in order.
    """
    if len(found_in) < SHARED_BY:
        return [one.comparison for one in found_in]
    partly = {place: found for place, one in enumerate(found_in) if (found := small_part(one.comparison)) is not None}
    judged = [one.comparison for one in found_in]
    if len(partly) < SHARED_BY:
        return judged
    for place, found in partly.items():
        together = [other for other, beside in partly.items() if _same_stretch(found, beside)]
        different = _different([found_in[other].reference for other in together]) if len(together) >= SHARED_BY else 0
        if different >= SHARED_BY:
            judged[place] = _weakened(judged[place], different)
    return judged


def small_part(found: Comparison) -> VideoEvidence | None:
    """Return the evidence in time, where an agreement rests on it and it covers a small part of both sides."""
    moving = next((one for one in found.evidence if isinstance(one, VideoEvidence)), None)
    if moving is None or found.shared_by or found.strength is Strength.EXACT or found.grounds != (moving,):
        return None
    if moving.query_share is None or moving.reference_share is None:
        return None
    return moving if max(moving.query_share, moving.reference_share) < SMALL_SHARE else None


def _same_stretch(one: VideoEvidence, other: VideoEvidence) -> bool:
    """Tell whether two agreements are about the same part of the query."""
    (begin, end), (other_begin, other_end) = one.query_span_s or (0.0, 0.0), other.query_span_s or (0.0, 0.0)
    both = min(end, other_end) - max(begin, other_begin)
    return both > 0 and 2 * both >= end - begin


def _different(references: Sequence[Sequence[Signal]]) -> int:
    """Count the videos among references that are no copies of each other; without frames each counts as one."""
    kept: list[Codes] = []
    values = [signal.value for reference in references for signal in reference if signal.type == VIDEO]
    for value in values[:_LOOKED_AT]:
        frames = VideoFrames.from_bytes(value)
        telling = frames.pdq[frames.qualities >= MINIMUM_QUALITY]
        if not any(_copies(telling, other) for other in kept):
            kept.append(telling)
    return len(kept)


def _copies(one: Codes, other: Codes) -> bool:
    """Tell whether most of either video is in the other."""
    return _found(one, other) >= SMALL_SHARE or _found(other, one) >= SMALL_SHARE


def _found(some: Codes, among: Codes) -> float:
    """Return the share of a video's frames, evenly sampled, that another video has too."""
    if not len(some) or not len(among):
        return 0.0
    sampled = some[np.linspace(0, len(some) - 1, min(len(some), _SAMPLED)).round().astype(int)]
    rows, _, _ = near_codes(sampled, among, radius=PDQ_MAX_DISTANCE, most=len(sampled) * len(among))
    return len(np.unique(rows)) / len(sampled)


def _weakened(comparison: Comparison, different: int) -> Comparison:
    return replace(comparison, strength=Strength.WEAK, shared_by=different)
