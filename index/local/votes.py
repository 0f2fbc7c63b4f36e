"""
From near descriptors to candidates: every descriptor of the query votes, references count what agrees.

A descriptor of the query that is near many references says little of each, and one that is far says little at all, so
a vote weighs exp(-(distance / 45)²) / √(number of rows it is near). A reference's score is not the sum of its votes but
the largest sum of votes that agree on one similarity (`matcher.local.agreement.best_pair`): votes by chance do not.

Invariant: exhaustive and deterministic; nothing is drawn at random. A candidate is a suspicion: whether it is a copy is
for `matcher.local.alignment` and `matcher.local.overlap` to say.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from index.base import ItemIds, LocalCandidate
from index.local.part import LocalPart
from index.local.quantiser import lists_to_probe
from matcher.local.agreement import Places, best_pairs
from matcher.local.views import Form, View, places, some_of, view
from matcher.signals.local import QueryFeatures, unpack_points
from matcher.thresholds import NEAR_DESCRIPTOR_BITS, SUSPICIOUS_VOTES, VOTE_FADES_BITS

SEEDS: Final = {Form.AS_IS: 880, Form.MIRRORED: 250, Form.INVERTED: 160, Form.MIRRORED_INVERTED: 160}
"""How many of a query's keypoints vote in each form. Whole mirror images need few, crops and insets need many."""

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
class _Hits:
    """One entry a pair of near descriptors: row among the seeds, distance, part, row of the part."""

    seed: npt.NDArray[np.int64]
    bits: npt.NDArray[np.int32]
    part: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]


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
    parts = tuple(part for part in parts if part.rows)
    share = max(FEWEST_SEEDS, min(1.0, ALL_SEEDS_UP_TO / max(1, sum(part.rows for part in parts))))
    views = [view(query, form, first=int(share * count)) for form, count in SEEDS.items()]
    descriptors = np.concatenate([each.descriptors for each in views])
    if not parts or not len(descriptors):
        return []
    hits = _near(parts, descriptors, min(max(NEAREST, limit // 8), MOST_NEAREST))
    references = [_references_of(parts[i], hits.row[hits.part == i]) for i in range(len(parts))]
    return _counted(parts, dead, views, hits, references, limit)


def _near(parts: tuple[LocalPart, ...], descriptors: npt.NDArray[np.uint8], count: int) -> _Hits:
    """Return the `count` nearest rows of each descriptor over all parts, by part."""
    distances, lists = lists_to_probe(descriptors, rows=sum(part.rows for part in parts))
    found = [part.search(descriptors, distances, lists, k=count) for part in parts]
    bits = np.concatenate([each for each, _ in found], axis=1)
    rows = np.concatenate([each for _, each in found], axis=1)
    part = np.repeat(np.arange(len(parts)), count)
    bits[rows < 0] = NEAR_DESCRIPTOR_BITS + 1
    nearest = np.argsort(bits, axis=1, kind="stable")[:, :count]
    bits, rows, part = np.take_along_axis(bits, nearest, 1), np.take_along_axis(rows, nearest, 1), part[nearest]
    seed, place = np.nonzero(bits <= NEAR_DESCRIPTOR_BITS)
    order = np.argsort(part[seed, place], kind="stable")
    seed, place = seed[order], place[order]
    return _Hits(seed, bits[seed, place], part[seed, place], rows[seed, place])


def _references_of(part: LocalPart, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
    """Return the reference each row belongs to."""
    # Among references without rows the last of equal `first_row` is the one that has them.
    at = np.searchsorted(part.references["first_row"], rows, side="right") - 1
    return np.asarray(part.references[at])


def _counted(
    parts: tuple[LocalPart, ...], dead: ItemIds, views: list[View], hits: _Hits,
    references: list[npt.NDArray[np.void]], limit: int,
) -> list[LocalCandidate]:  # fmt: skip
    reference = np.concatenate(references)
    points = unpack_points(np.concatenate([parts[i].points[hits.row[hits.part == i]] for i in range(len(parts))]))
    starts = np.cumsum([0, *(len(each.descriptors) for each in views)])
    form = np.searchsorted(starts, hits.seed, side="right") - 1
    nears = np.bincount(hits.seed, minlength=int(starts[-1]))
    weights = (np.exp(-((hits.bits / VOTE_FADES_BITS) ** 2)) / np.sqrt(nears[hits.seed])).astype(np.float32)
    weights[np.isin(reference["item_id"], dead)] = 0
    order = np.lexsort((reference["item_id"], form))
    order = order[weights[order] > 0]
    if not len(order):
        return []
    key = np.stack([form[order], reference["item_id"][order]], axis=1)
    first = np.concatenate([[0], np.flatnonzero((key[1:] != key[:-1]).any(axis=1)) + 1, [len(order)]])
    seeds = hits.seed[order]
    query = Places(*(np.concatenate(arrays) for arrays in zip(*(each.places for each in views), strict=True)))
    scores = best_pairs(first, some_of(query, seeds), some_of(places(points), order), weights[order])
    candidates = []
    for group in np.argsort(-scores, kind="stable")[: min(limit, int(np.count_nonzero(scores >= SUSPICIOUS_VOTES)))]:
        members = slice(first[group], first[group + 1])
        which, item_id = (int(value) for value in key[first[group]])
        own_rows = hits.row[order[members]] - reference["first_row"][order[members]]
        pairs = np.stack([seeds[members] - starts[which], own_rows], axis=1).astype(np.int32)
        candidates.append(LocalCandidate(item_id, views[which].form, float(scores[group]), pairs))
    return candidates
