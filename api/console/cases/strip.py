"""
The seconds in which two videos agree, as bars: the removed one above, the uploaded one below, what agrees joined.

Of a video nothing is kept but nine small frames, which the drawings show; when something happens, these bars show.
Invariant: pure; numbers are in a drawing of `WIDTH` by `HEIGHT`, and times are those of the files.
"""

from dataclasses import dataclass
from typing import Final

from casework.domain.media import Media
from casework.domain.takedowns.upload import Match
from matcher.moments.evidence import VideoEvidence
from matcher.moments.timeline import Seconds

WIDTH: Final = 1000
HEIGHT: Final = 100
BAR: Final = 26
_LEAST: Final = 4.0
"""Of a moment in hours of video something is still seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One side.

    Args:
        name: ``"Removed"`` or ``"Uploaded"``.

        top: Where the bar begins, from above.

        left: Where what agrees begins.

        width: How wide that is.

        span: From when to when it agrees.

        length: How long the video is.
    """

    name: str
    top: int
    left: float
    width: float
    span: str
    length: str


@dataclass(frozen=True, slots=True)
class Strip:
    """
    Both sides.

    Args:
        bars: The removed one, then the uploaded one.

        joined: Corners of the area between both stretches, as SVG writes them.

        words: The same as a sentence.
    """

    bars: tuple[Bar, Bar]
    joined: str
    words: str


def strip_of(match: Match | None, original: Media | None, copy: Media | None) -> Strip | None:
    """
    Show the stretch in which two videos agree.

    Args:
        match: What says that they do.

        original: The removed media.

        copy: What was uploaded.

    Returns:
        None where one of them is no video, or nothing is known of when they agree.
    """
    if match is None or original is None or copy is None or not original.duration_s or not copy.duration_s:
        return None
    for one in match.evidence:
        if isinstance(one, VideoEvidence) and one.query_span_s is not None and one.reference_span_s is not None:
            removed = _bar("Removed", 0, one.reference_span_s, original.duration_s)
            uploaded = _bar("Uploaded", HEIGHT - BAR, one.query_span_s, copy.duration_s)
            words = f"{uploaded.span} of what was uploaded are {removed.span} of what was removed"
            further = one.stretches - 1
            words += f", and {further} more such stretch{'es' if further > 1 else ''}" if further > 0 else ""
            return Strip((removed, uploaded), _joined(removed, uploaded), words)
    return None


def clock(seconds: float) -> str:
    """Write a moment of a video: ``"1:02:03"``, ``"0:07"``."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _bar(name: str, top: int, span_s: Seconds, length_s: float) -> Bar:
    begin, end = (min(max(at / length_s, 0.0), 1.0) * WIDTH for at in span_s)
    width = max(end - begin, _LEAST)
    left = min(begin, WIDTH - width)
    return Bar(name, top, round(left, 1), round(width, 1), f"{clock(span_s[0])} to {clock(span_s[1])}", clock(length_s))


def _joined(above: Bar, below: Bar) -> str:
    upper, lower = above.top + BAR, below.top
    corners = (
        (above.left, upper),
        (above.left + above.width, upper),
        (below.left + below.width, lower),
        (below.left, lower),
    )
    return " ".join(f"{x:g},{y:g}" for x, y in corners)
