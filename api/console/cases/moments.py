"""
The frames of the seconds in which two videos agree: drawn where files are decoded, and held for some minutes.

Invariant: a drawing shows no photo, and whoever is shown one is written into the audit log first, as for the drawings
of a case (`api/steps/drawings.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.console.cases.strip import clock
from api.service import Service
from api.steps.drawings import DrawingCache, Sides, looked_at
from casework.domain.actor import Actor
from casework.domain.media import Media
from matcher.comparing.moment_drawings import PlainClip, draw_moments
from matcher.moments.evidence import VideoEvidence
from matcher.moments.timeline import Seconds
from matcher.signals.video import NAME as VIDEO

PREFIX: Final = "moment-"
"""What the names of these drawings begin with."""

_TIMES: Final = "times"
_SIDES: Final = ("removed", "uploaded")

_cache: Final = DrawingCache()


@dataclass(frozen=True, slots=True)
class Frame:
    """
    One frame.

    Args:
        side: ``"Removed"`` or ``"Uploaded"``.

        at: When it is shown, as players write it; None where no frame of that moment is kept.

        drawing: Name of its drawing.
    """

    side: str
    at: str | None
    drawing: str


def moments_of(case_id: str, actor: Actor, service: Service) -> list[tuple[Frame, Frame]]:
    """
    Show the frames of the seconds in which two videos agree, the removed one and the uploaded one of each moment.

    Returns:
        Empty where a side is no video, or nothing of it is kept.

    Raises:
        NotFoundError: If nothing of the case can be drawn.
        MatcherError: If a preview cannot be read.
    """
    drawn = moment_drawings_of(case_id, actor, service)
    times: list[list[float]] = json.loads(drawn.get(_TIMES, b"[]"))
    return [
        (_frame(number, 0, removed_s), _frame(number, 1, uploaded_s))
        for number, (removed_s, uploaded_s) in enumerate(times)
    ]


def moment_drawings_of(case_id: str, actor: Actor, service: Service) -> Mapping[str, bytes]:
    """
    Draw these frames.

    Returns:
        PNG files by the names of `Frame.drawing`, and when they are shown.

    Raises:
        NotFoundError, MatcherError: As `moments_of` does.
    """
    sides, copy, original = looked_at(case_id, actor, service)
    key = (sides.copy or "", sides.original or "")
    drawn = _cache.get(key)
    if drawn is None:
        clips = None if original is None else _clips(sides, original, copy, service)
        drawn = {} if clips is None else _named(service.sandbox.run(draw_moments, *clips))
        _cache.put(key, drawn)
    return drawn


def _frame(number: int, place: int, at_s: float) -> Frame:
    name = _SIDES[place]
    return Frame(
        name.capitalize(), None if at_s < 0 else f"{clock(at_s)}.{int(at_s * 10) % 10}", f"{PREFIX}{number}-{name}"
    )


def _named(moments: tuple[tuple[tuple[float, bytes], tuple[float, bytes]], ...]) -> dict[str, bytes]:
    times = [[at_s for at_s, _ in pair] for pair in moments]
    drawings = {
        f"{PREFIX}{number}-{_SIDES[place]}": drawing
        for number, pair in enumerate(moments)
        for place, (_, drawing) in enumerate(pair)
        if drawing
    }
    return {_TIMES: json.dumps(times).encode(), **drawings}


def _clips(sides: Sides, original: bytes, copy: bytes, service: Service) -> tuple[PlainClip, PlainClip] | None:
    spans = _spans(sides)
    if spans is None or sides.copy is None or sides.original is None:
        return None
    with service.reading() as uow:
        media = uow.media.many([sides.copy, sides.original])
    removed = _clip(media.get(sides.original), original, spans[0])
    uploaded = _clip(media.get(sides.copy), copy, spans[1])
    return None if removed is None or uploaded is None else (removed, uploaded)


def _spans(sides: Sides) -> tuple[Seconds, Seconds] | None:
    """Return from when to when the removed video agrees, and the uploaded one."""
    for one in () if sides.match is None else sides.match.evidence:
        if isinstance(one, VideoEvidence) and one.query_span_s is not None and one.reference_span_s is not None:
            return one.reference_span_s, one.query_span_s
    return None


def _clip(media: Media | None, preview: bytes, span_s: Seconds) -> PlainClip | None:
    frames = None if media is None else next((one.value for one in media.signals if one.type == VIDEO), None)
    if media is None or frames is None or not media.width or not media.height:
        return None
    return preview, media.width, media.height, frames, *span_s
