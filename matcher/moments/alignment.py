"""
Frame hits -> which span of a query is which span of a reference, at what speed.

A copy plays the reference along a line: reference time = speed × query time + offset. Every pair of frames that look
alike is a point; the line with most votes is found among speeds from 0.5 to 2, refined, and only the pairs near it
count. Time runs forward on both sides, so order is kept by construction. What the line explains is taken out and the
next one sought: a clip may hold several pieces of a reference, or one piece twice.

The rarer a frame, the more its vote counts. One that looks like much of the other video (a still scene, a title card)
says little about when: its vote is divided by the time it looks like. Plain frames do not vote at all.

Invariant: pure and deterministic; nothing is drawn at random.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.distance import Codes
from matcher.moments.ends import ends, interruptions
from matcher.moments.timeline import Floats, Line, Mask, Rows, Timeline, Unlike
from matcher.near_codes import near_codes
from matcher.thresholds import MINIMUM_QUALITY, PDQ_MAX_DISTANCE

SLOWEST: Final = 0.5
FASTEST: Final = 2.0
_SPEED_STEPS: Final = 61
"""Speeds tried, evenly spaced by ratio: 2.3 % apart."""

_BIN_S: Final = 0.5

_MOST_PAIRS: Final = 40_000
_MOST_SPANS: Final = 8
_HALF_VOTE_BITS: Final = 8.0
"""Bits that halve a vote: frames next to each other are alike, and the right one differs least."""

_PREFER_RECORDED: Final = 1.15
"""How many times more votes another speed than 1 needs: a few frames fit many speeds nearly as well."""

_PREFER_EARLIER: Final = 1.02
_SPEED_PAIRS: Final = 4
_SPEED_S: Final = 2.0
"""Pairs, and seconds they span, from which a speed can be fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """
    Frames that look alike.

    Args:
        query: int64, shape (p,), rows of the query.

        reference: int64, shape (p,), rows of the reference.

        distance: int64, shape (p,), bits.
    """

    query: Rows
    reference: Rows
    distance: Rows

    def __len__(self) -> int:
        return len(self.query)

    def where(self, mask: Mask | Rows) -> "Pairs":
        """Return only these rows: a mask, or row numbers."""
        return Pairs(self.query[mask], self.reference[mask], self.distance[mask])

    def swapped(self) -> "Pairs":
        """Exchange query and reference."""
        return Pairs(self.reference, self.query, self.distance)


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """
    A stretch of the query that is a stretch of the reference.

    Args:
        query_s: Where it begins and ends in the query, seconds.

        reference_s: Where in the reference.

        speed: Seconds of the reference that pass in a second of the query.

        pairs: The pairs that voted for it: each row of the query once, in order.

        votes: How much they say together: each frame at most 1, less the more it differs and the commoner it is.
    """

    query_s: tuple[float, float]
    reference_s: tuple[float, float]
    speed: float
    pairs: Pairs
    votes: float

    def swapped(self) -> "Span":
        """Exchange query and reference."""
        return Span(self.reference_s, self.query_s, 1 / self.speed, self.pairs.swapped(), self.votes)


def alike(query: Codes, reference: Codes, *, query_quality: Codes, reference_quality: Codes) -> Pairs:
    """
    Pair the frames that look alike and are not too plain to tell.

    Args:
        query: uint8, shape (n, 32).

        reference: uint8, shape (m, 32).

        query_quality: uint8, shape (n,), 0..100.

        reference_quality: uint8, shape (m,).
    """
    asked = np.flatnonzero(query_quality >= MINIMUM_QUALITY)
    known = np.flatnonzero(reference_quality >= MINIMUM_QUALITY)
    rows, columns, bits = near_codes(query[asked], reference[known], radius=PDQ_MAX_DISTANCE, most=_MOST_PAIRS)
    return Pairs(asked[rows], known[columns], bits)


def spans(pairs: Pairs, query: Timeline, reference: Timeline, *, unlike: Unlike | None = None) -> list[Span]:
    """
    Find the stretches that pairs agree on, the most voted first.

    Args:
        pairs: From `alike`.

        query: Times of the query's frames.

        reference: Times of the reference's frames.

        unlike: Asked of the neighbours of a stretch, to say how far it reaches; None if only pairs say so.
    """
    found: list[Span] = []
    while len(pairs) and len(found) < _MOST_SPANS:
        span = _best(pairs, query, reference, unlike)
        if span is None:
            break
        found.append(span)
        begin, end = span.query_s
        inside = (query.start_s[pairs.query] >= begin) & (query.start_s[pairs.query] <= end)
        pairs = pairs.where(~inside & ~np.isin(pairs.query, span.pairs.query))
    return found


def _best(pairs: Pairs, query: Timeline, reference: Timeline, unlike: Unlike | None) -> Span | None:
    weights = _rarity(pairs, query, reference) * np.exp2(-pairs.distance / _HALF_VOTE_BITS)
    found = _along(_vote(pairs, weights, query, reference), pairs, weights, query, reference)
    if found is None:
        return None
    line, kept, votes = found
    if reference.moments:
        # Moments are too far apart to tell a speed from another that passes as near to as many.
        middle = float(query.start_s[kept.query].mean())
        recorded = _along(Line(1.0, line.at(middle) - middle), pairs, weights, query, reference, at_speed=True)
        if recorded is not None and recorded[2].sum() * _PREFER_RECORDED >= votes.sum():
            line, kept, votes = recorded
    parts = np.split(np.arange(len(kept)), interruptions(kept.query, line, query, reference, unlike))
    surest = max(parts, key=lambda part: float(votes[part].sum()))
    kept, votes = kept.where(surest), votes[surest]
    begin, end = ends(kept.query, line, query, reference, unlike)
    from_s, to_s = (float(np.clip(line.at(at), 0.0, reference.end_s)) for at in (begin, end))
    return Span((begin, end), (from_s, to_s), line.speed, kept, float(votes.sum()))


def _along(
    line: Line, pairs: Pairs, weights: Floats, query: Timeline, reference: Timeline, *, at_speed: bool = False
) -> tuple[Line, Pairs, Floats] | None:
    """Fit a line to the pairs near it; return it, of each frame the best pair near it, and what each says."""
    near = _near(pairs, line, query, reference)
    for _ in range(3):
        if not near.any():
            return None
        line = _refined(pairs.where(near), weights[near], line, query, reference, at_speed=at_speed)
        near = _near(pairs, line, query, reference)
    if not near.any():
        return None
    kept, kept_weights = _one_each(pairs.where(near), weights[near])
    return line, kept, kept_weights


def _rarity(pairs: Pairs, query: Timeline, reference: Timeline) -> Floats:
    """Weigh each pair by how little time of the other video its two frames look like: 1 where it is under a second."""
    return (
        1.0
        / (1.0 + np.maximum(_spread(pairs.query, pairs.reference, reference), 0.0))
        / (1.0 + _spread(pairs.reference, pairs.query, query))
    )


def _spread(rows: Rows, others: Rows, times: Timeline) -> Floats:
    """Return, for each pair, the seconds beyond one of the other video that the frame `rows` looks like."""
    size = int(rows.max()) + 1
    length = np.bincount(rows, weights=times.until_s[others] - times.start_s[others], minlength=size)
    spread: Floats = np.maximum(length - 1.0, 0.0)[rows]
    return spread


def _vote(pairs: Pairs, weights: Floats, query: Timeline, reference: Timeline) -> Line:
    """Return the line with most votes; a frame of the query votes once in each bin."""
    speeds = np.geomspace(SLOWEST, FASTEST, _SPEED_STEPS)
    speeds = speeds[np.argsort(np.abs(np.log(speeds)), kind="stable")]
    middle = (query.start_s[pairs.query], reference.start_s[pairs.reference])
    best = (0.0, 1.0, 0.0)
    for speed in speeds.tolist():
        offsets = middle[1] - speed * middle[0]
        for shift in (0.0, 0.5):
            bins = np.floor(offsets / _BIN_S + shift).astype(np.int64)
            votes, at = _votes_a_bin(bins, pairs.query, weights)
            top = int(votes.argmax())
            lead = _PREFER_RECORDED if best[1] == 1.0 != speed else _PREFER_EARLIER
            if votes[top] > best[0] * lead:
                best = float(votes[top]), speed, float((at[top] + 0.5 - shift) * _BIN_S)
    return Line(best[1], best[2])


def _votes_a_bin(bins: Rows, rows: Rows, weights: Floats) -> tuple[Floats, Rows]:
    """Sum, in each bin, the largest weight of each row."""
    order = np.lexsort((weights, rows, bins))
    b, r, w = bins[order], rows[order], weights[order]
    last = np.append((b[1:] != b[:-1]) | (r[1:] != r[:-1]), True)
    at, inverse = np.unique(b[last], return_inverse=True)
    votes = np.bincount(inverse, weights=w[last]).astype(np.float64)
    return votes, at


def _near(pairs: Pairs, line: Line, query: Timeline, reference: Timeline) -> Mask:
    """Tell which pairs lie on the line: when the query's frame appears, the reference's is shown, or nearly."""
    return reference.shown(line.speed * query.start_s[pairs.query] + line.offset_s, pairs.reference)


def _refined(
    pairs: Pairs, weights: Floats, line: Line, query: Timeline, reference: Timeline, *, at_speed: bool
) -> Line:
    """Fit the line to the pairs near it; its speed, too, where they reach far enough to tell it from another."""
    speed, q = line.speed, query.start_s[pairs.query]
    r = reference.nearest(speed * q + line.offset_s, pairs.reference)
    weights = weights / (1.0 + pairs.distance)
    middle_q, middle_r = float(np.average(q, weights=weights)), float(np.average(r, weights=weights))
    spread = float((weights * (q - middle_q) ** 2).sum())
    reach_far = len(np.unique(pairs.query)) >= _SPEED_PAIRS and np.ptp(q) >= _SPEED_S and spread > 0
    if reach_far and not at_speed:
        fitted = float((weights * (q - middle_q) * (r - middle_r)).sum()) / spread
        if SLOWEST * 0.95 <= fitted <= FASTEST * 1.05:
            speed = fitted
    return Line(speed, middle_r - speed * middle_q)


def _one_each(pairs: Pairs, weights: Floats) -> tuple[Pairs, Floats]:
    """Keep, of each frame of the query, the pair that differs least."""
    order = np.lexsort((pairs.distance, pairs.query))
    rows = pairs.query[order]
    first = order[np.append(True, rows[1:] != rows[:-1])]
    return pairs.where(first), weights[first]
