"""
The sentence a person reads about a copy, made from what the matcher found.

The matcher compares a query with a reference and knows nothing of what they are for. Here the query is an upload and
the reference is removed media, and the sentence says so. It is stored with the match, as it was when it was found.

Invariant: pure; the same comparison always gives the same sentence.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from matcher.comparing.comparison import Comparison
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence
from matcher.moments.timeline import Seconds
from matcher.signals import signal_type
from matcher.signals.base import Worth
from matcher.signals.turning.orientations import AS_IS

_SAME_SPEED: Final = 0.04
"""A video that is faster or slower by no more than this share is not called so."""

_RE_ENCODED: Final = "same picture, re-encoded"


def explain(found: Comparison) -> str:
    """Write the sentence: ``"mirrored, re-encoded"``, ``"0:06–0:09 of this upload shows the removed picture"``."""
    said = _said_by(found)
    if found.shared_by:
        said += f"; {found.shared_by} different removed videos have these frames in common"
    return said


def _said_by(found: Comparison) -> str:
    for one in found.grounds:
        if isinstance(one, VideoEvidence):
            return _of_video(one)
        if isinstance(one, LocalEvidence):
            return _RE_ENCODED if one.transformation == AS_IS else one.transformation
    return _of_hashes(tuple(one for one in found.grounds if isinstance(one, HashEvidence)))


@lru_cache(maxsize=8192)
def _of_hashes(evidence: tuple[HashEvidence, ...]) -> str:
    agreeing = [one for one in evidence if one.agrees]
    if any(one.worth is Worth.PROOF for one in agreeing):
        return "identical file"
    if not agreeing:
        return "no signal agrees"
    transformation = agreeing[0].transformation
    what = _RE_ENCODED if transformation == AS_IS else f"{transformation}, re-encoded"
    if any(one.is_poor for one in evidence):
        what += "; too plain to be sure"
    counted = [one for one in agreeing if one.opinions]
    if not counted:
        what += f"; only {_labels(agreeing)}, too little to be sure"
    elif len(counted) == 1 and sum(one.worth is not Worth.HINT for one in evidence) > 1:
        what += f"; only {_labels(counted)} agrees"
    return what


def _labels(evidence: Sequence[HashEvidence]) -> str:
    return " and ".join(signal_type(one.signal).label for one in evidence)


def _of_video(one: VideoEvidence) -> str:
    """Say which seconds: ``"0:12–0:17 of this upload is 0:00–0:05 of the removed video, mirrored"``."""
    if one.query_span_s is None:
        what = f"the picture is at {_span(one.reference_span_s)} of the removed video"
    elif one.reference_span_s is None:
        what = f"{_span(one.query_span_s)} of this upload shows the removed picture"
    else:
        what = f"{_span(one.query_span_s)} of this upload is {_span(one.reference_span_s)} of the removed video"
    if one.transformation != AS_IS:
        what += f", {one.transformation}"
    if abs(one.speed - 1) > _SAME_SPEED:
        what += f", {1 / one.speed:.2g} times as long"
    if one.stretches > 1:
        what += f"; {one.stretches - 1} more such {'stretch' if one.stretches == 2 else 'stretches'}"
    return what


def _span(seconds: Seconds | None) -> str:
    begin, end = seconds or (0.0, 0.0)
    return _clock(begin) if end - begin < 1 else f"{_clock(begin)}–{_clock(end)}"


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)  # half up: 5.5 to 6.5 s is a second long
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
