"""Does a cluster answer as a scan of everything does, and does it rank as one process does?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.cluster.made_up import Live, Pictures, operations
from benchmarks.cluster.record import Record
from index.base import Hits, LocalCandidate
from index.changes import Add, Change, Remove
from index.cluster.client import GatewayClient
from index.cluster.ranking import ranked
from index.local.growing import GrowingParts
from index.local.searcher import LocalSearcher
from matcher.signals.local import NAME


def hashes_equal(
    record: Record, client: GatewayClient, slots: Sequence[str], *, count: int, seed: int
) -> dict[str, Any]:
    """
    Carry out operations at random, and compare each answer with a scan.

    Returns:
        ``operations``, ``questions``, ``hits``, ``wrong``.
    """
    live = Live(list(slots))
    asked = hits = wrong = 0
    for one in operations(count, seed):
        if one.added is not None:
            _commit(record, live.add(one.added))
        elif one.removed is not None:
            _commit(record, live.remove(one.removed))
        elif one.queries is not None:
            _, found = client.search(live.seqs, "pdq/1", one.queries, one.radius, one.k)
            expected = live.near(one.queries, one.radius, one.k)
            asked, hits, wrong = asked + 1, hits + len(expected), wrong + (as_tuples(found) != expected)
    return {"operations": count, "questions": asked, "hits": hits, "wrong": wrong}


def features_equal(
    record: Record, client: GatewayClient, slots: Sequence[str], *, references: int, queries: int, seed: int
) -> dict[str, Any]:
    """
    Commit pictures, remove some, and compare how both rank them.

    Returns:
        ``references``, ``queries``, ``candidates``, ``wrong``.
    """
    pictures, rng = Pictures(seed), np.random.default_rng(seed)
    seqs, everything, changes = dict.fromkeys(slots, 0), list[Add](), dict[str, list[Change]]()
    for item_id in range(1, references + 1):
        slot = slots[item_id % len(slots)]
        seqs[slot] += 1
        everything.append(pictures.add(seqs[slot], item_id))
        changes.setdefault(slot, []).append(everything[-1])
    gone = sorted(rng.choice(references, references // 10, replace=False) + 1)
    for item_id in gone:
        slot = slots[item_id % len(slots)]
        seqs[slot] += 1
        changes.setdefault(slot, []).append(Remove(seqs[slot], int(item_id), NAME))
    _commit(record, changes)
    parts = GrowingParts()
    parts.append(everything)
    alone = LocalSearcher(growing=parts.fixed(), dead=np.array(gone, np.int64))
    wrong = found = 0
    for _ in range(queries):
        query = pictures.query()
        for limit in (12, 100):
            expected = alone.candidates(query, limit=limit)
            got = ranked(client, seqs, query, limit=limit)
            found, wrong = found + len(expected), wrong + (not alike(got, expected))
    return {"references": references, "queries": 2 * queries, "candidates": found, "wrong": wrong}


def as_tuples(hits: Hits) -> list[tuple[int, int, int]]:
    """Return (query, distance, item), in the order they came."""
    return list(zip(hits.queries.tolist(), hits.distances.tolist(), hits.item_ids.tolist(), strict=True))


def alike(one: Sequence[LocalCandidate], other: Sequence[LocalCandidate]) -> bool:
    """Tell whether candidates are the same, in the same order, with the same scores and pairs."""
    return [_plain(each) for each in one] == [_plain(each) for each in other]


def _plain(candidate: LocalCandidate) -> tuple[object, ...]:
    return candidate.item_id, candidate.form, candidate.score, candidate.pairs.tolist()


def _commit(record: Record, changes: Mapping[str, Sequence[Change]]) -> None:
    for slot, of_slot in changes.items():
        record.append(slot, of_slot)
