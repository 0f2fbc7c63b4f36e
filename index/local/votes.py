"""
From near descriptors to candidates: every descriptor of the query votes, references count what agrees.

A descriptor of the query that is near many references says little of each, and one that is far says little at all, so
a vote weighs exp(-(distance / 45)²) / √(number of rows it is near). A reference's score is not the sum of its votes but
the largest sum of votes that agree on one similarity (`matcher.local.agreement.best_pair`): votes by chance do not.

Invariant: exhaustive and deterministic; nothing is drawn at random. A candidate is a suspicion: whether it is a copy is
for `matcher.local.alignment` and `matcher.local.overlap` to say.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from index.base import ItemIds, LocalCandidate
from index.local.nearest import NearRows, live_rows, nearest_rows
from index.local.part import LocalPart
from matcher.local.agreement import Places, best_pairs
from matcher.local.views import Form, View, places, some_of, view
from matcher.signals.local import QUERY_KEYPOINTS, QueryFeatures, unpack_points
from matcher.signals.points.descriptors import Descriptors
from matcher.thresholds import SUSPICIOUS_VOTES, VOTE_FADES_BITS

SEEDS: Final = {Form.AS_IS: 880, Form.MIRRORED: 250, Form.INVERTED: 160, Form.MIRRORED_INVERTED: 160}
"""How many of a query's keypoints vote in each form. Whole mirror images need few, crops and insets need many. Of
a query with a multiple of the usual keypoints the same multiple votes."""

ALL_SEEDS_UP_TO: Final = 10_000_000
FEWEST_SEEDS: Final = 0.7
"""In a bank of more descriptors than `ALL_SEEDS_UP_TO` (40,000 references) fewer vote, down to this share of them."""

NEAREST: Final = 3
MOST_NEAREST: Final = 64
"""
How many rows a descriptor votes for: an eighth of the candidates wanted, within these. A look-back wants thousands:
with three, a few good copies of a reference would leave no vote for poor ones.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Ballot:
    """
    What is asked of the index for one picture.

    Args:
        views: The forms it is searched in, with the keypoints that vote.

        descriptors: uint8, shape (n, 32). Those of all views, one after the other.

        count: How many rows each of them votes for.

        limit: How many candidates are wanted at most.
    """

    views: tuple[View, ...]
    descriptors: Descriptors
    count: int
    limit: int

    @classmethod
    def of(cls, query: QueryFeatures, *, bank_rows: int, limit: int) -> Self:
        """Prepare a question to a bank of so many live rows."""
        share = max(FEWEST_SEEDS, min(1.0, ALL_SEEDS_UP_TO / max(1, bank_rows)))
        share *= max(1, round(len(query.keypoints) / QUERY_KEYPOINTS))
        views = tuple(view(query, form, first=int(share * count)) for form, count in SEEDS.items())
        descriptors = np.concatenate([each.descriptors for each in views])
        return cls(views, descriptors, min(max(NEAREST, limit // 8), MOST_NEAREST), limit)

    def counted(self, near: NearRows) -> list[LocalCandidate]:
        """
        Return the references most votes agree on, best first; one reference may come in several forms.

        Args:
            near: The `count` nearest rows of each descriptor, from wherever they lie.
        """
        if not len(near):
            return []
        starts = np.cumsum([0, *(len(each.descriptors) for each in self.views)])
        form = np.searchsorted(starts, near.seeds, side="right") - 1
        nears = np.bincount(near.seeds, minlength=int(starts[-1]))
        fading = np.exp(-((near.bits.astype(np.int32) / VOTE_FADES_BITS) ** 2))
        weights = (fading / np.sqrt(nears[near.seeds])).astype(np.float32)
        order = np.lexsort((near.item_ids, form))
        key = np.stack([form[order], near.item_ids[order]], axis=1)
        first = np.concatenate([[0], np.flatnonzero((key[1:] != key[:-1]).any(axis=1)) + 1, [len(order)]])
        seeds = near.seeds[order]
        query = Places(*(np.concatenate(arrays) for arrays in zip(*(each.places for each in self.views), strict=True)))
        reference = places(unpack_points(near.points))
        scores = best_pairs(first, some_of(query, seeds), some_of(reference, order), weights[order])
        wanted = min(self.limit, int(np.count_nonzero(scores >= SUSPICIOUS_VOTES)))
        candidates = []
        for group in np.argsort(-scores, kind="stable")[:wanted]:
            members = slice(first[group], first[group + 1])
            which, item_id = (int(value) for value in key[first[group]])
            pairs = np.stack([seeds[members] - starts[which], near.places[order[members]]], axis=1).astype(np.int32)
            candidates.append(LocalCandidate(item_id, self.views[which].form, float(scores[group]), pairs))
        return candidates


def find_candidates(
    parts: tuple[LocalPart, ...], dead: ItemIds, query: QueryFeatures, *, limit: int
) -> list[LocalCandidate]:
    """
    Return the references most votes agree on, best first; one reference may come in several forms.

    Args:
        parts: Where to look.

        dead: Sorted item ids that are left out.

        query: What is asked.

        limit: How many at most.
    """
    rows = live_rows(parts, dead)
    ballot = Ballot.of(query, bank_rows=rows, limit=limit)
    if not rows or not len(ballot.descriptors):
        return []
    return ballot.counted(nearest_rows(parts, dead, ballot.descriptors, ballot.count, bank_rows=rows))
