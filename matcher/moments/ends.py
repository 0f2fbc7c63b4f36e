"""
How far a stretch reaches beyond the frames that voted for it, and where something else interrupts it.

To say that a frame shows this very moment takes far less than to find the moment: a neighbour of the stretch belongs to
it where, of all frames of the reference around, the one most like it is the one that the line leads to. Plain frames
belong to it where the line leads to plain ones. The reference cannot be seen before it begins or after it ends.

Invariant: a stretch is lengthened here, never made; frames that lengthen it are no evidence and are not counted.
"""

from itertools import pairwise
from typing import Final

import numpy as np

from matcher.moments.timeline import CLAIMED_S, TOLERANCE_S, Line, Rows, Timeline, Unlike

_AROUND_S: Final = 30.0
"""How far from where the line leads a neighbour is compared, on either side."""

_INTERRUPTED_S: Final = 2.0
"""Seconds of something else, without a break, that make a stretch two: fewer may be a flash, or hard to tell."""

_STEPPED_OVER: Final = 1
"""Frames in a row that say nothing and do not end a stretch, which may go on after them: a blurred one, a flash."""


def ends(rows: Rows, line: Line, query: Timeline, reference: Timeline, unlike: Unlike | None) -> tuple[float, float]:
    """
    Say where a stretch begins and ends in the query, seconds.

    Between a frame that belongs to it and its neighbour that does not lies the border, and the middle is the best
    guess.

    Args:
        rows: Of the query's frames that voted, in order.

        line: They lie on.

        query: Times of the query's frames.

        reference: Times of the reference's frames.

        unlike: Asked of the neighbours; None if only those that voted, and plain ones, belong to it.
    """
    first = _reached(int(rows[0]), -1, line, query, reference, unlike)
    last = _reached(int(rows[-1]), 1, line, query, reference, unlike)
    begin = query.border_before(first) if first > 0 else float(query.start_s[first])
    end = query.border_after(last) if last + 1 < len(query.start_s) else _last(line, query, reference)
    begin = max(begin, min(line.back(0.0), float(query.start_s[first])))
    end = min(end, max(line.back(reference.end_s), float(query.start_s[last])))
    return begin, end


def interruptions(rows: Rows, line: Line, query: Timeline, reference: Timeline, unlike: Unlike | None) -> list[int]:
    """
    Say where seconds of something else lie between frames that voted: what lies on one line may be two stretches.

    Args:
        rows: As for `ends`.

        line: As for `ends`.

        query: As for `ends`.

        reference: As for `ends`.

        unlike: As for `ends`; None if nothing is known of the frames between.

    Returns:
        Places in `rows` at which another stretch begins. None between scenes: most of a video lies between them.
    """
    if unlike is None or query.moments or reference.moments:
        return []
    return [
        place
        for place, (row, after) in enumerate(pairwise(rows.tolist()), start=1)
        if _strange_s(range(row + 1, after), line, query, reference, unlike) >= _INTERRUPTED_S
    ]


def _strange_s(between: range, line: Line, query: Timeline, reference: Timeline, unlike: Unlike) -> float:
    """Return for how many seconds without a break the query shows what the reference does not."""
    longest = since = 0.0
    for row in between:
        belongs = _both_plain(row, line, query, reference) or _in_place(row, line, query, reference, unlike)
        since = 0.0 if belongs else since + float(query.until_s[row] - query.start_s[row])
        longest = max(longest, since)
    return longest


def _last(line: Line, query: Timeline, reference: Timeline) -> float:
    """Return where a stretch ends that the query's last frame belongs to."""
    until = float(query.until_s[-1])
    if query.moments and abs(line.at(until) - reference.end_s) > CLAIMED_S:
        return min(until, float(query.start_s[-1]) + CLAIMED_S)
    return until


def _reached(row: int, step: int, line: Line, query: Timeline, reference: Timeline, unlike: Unlike | None) -> int:
    """Return the last frame of a stretch, walking from one that voted: back (-1) or on (1)."""
    reached, skipped, row = row, 0, row + step
    while 0 <= row < len(query.start_s) and skipped <= _STEPPED_OVER:
        is_plain = skipped == 0 and _both_plain(row, line, query, reference)
        belongs = is_plain or (unlike is not None and _in_place(row, line, query, reference, unlike))
        reached, skipped, row = row if belongs else reached, 0 if belongs else skipped + 1, row + step
    return _outermost(reached, step, line, query, reference)


def _both_plain(row: int, line: Line, query: Timeline, reference: Timeline) -> bool:
    """Tell whether a frame of the query is plain and so is one of the reference's at that time."""
    if not query.plain[row]:
        return False
    return bool(reference.plain[reference.shown(line.at(float(query.start_s[row])))].any())


def _in_place(row: int, line: Line, query: Timeline, reference: Timeline, unlike: Unlike) -> bool:
    """Tell whether none of the reference's frames around is more like a frame than those shown at its time."""
    at = line.at(float(query.start_s[row]))
    around = np.flatnonzero(reference.shown(at, within_s=_AROUND_S))
    shown = reference.shown(at, around)
    if not shown.any():
        return False
    differing = unlike(row, around)
    least = float(differing[shown].min())
    return bool(np.isfinite(least)) and least <= float(differing.min())


def _outermost(row: int, step: int, line: Line, query: Timeline, reference: Timeline) -> int:
    """
    Go on to the very end of the query where the reference ends at the same moment and is plain until then.

    What was written over a fade-out makes it unlike the plain frames it was, and plain frames show nothing else.
    """
    edge, other = (float(query.start_s[0]), 0.0) if step < 0 else (float(query.until_s[-1]), reference.end_s)
    if abs(line.at(edge) - other) > TOLERANCE_S:
        return row
    if reference.moments:  # plain scenes are not stored: at the end, they are known from how long the video is
        goes_on = step < 0 or bool((reference.start_s > line.at(float(query.until_s[row]))).any())
        return row if goes_on or reference.end_s <= float(reference.until_s.max()) else len(query.start_s) - 1
    middle = (reference.start_s + reference.until_s) / 2
    rest = middle < line.at(float(query.start_s[row])) if step < 0 else middle > line.at(float(query.until_s[row]))
    outermost = 0 if step < 0 else len(query.start_s) - 1
    return outermost if rest.any() and reference.plain[rest].all() else row
