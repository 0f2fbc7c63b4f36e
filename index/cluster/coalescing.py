"""
Questions by hashes that wait at the same time are asked together: a call to a machine costs more than a search.

Invariant: what a question gets does not depend on those it was asked with, but that it may be as of a later version.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.base import Codes
from index.cluster.asking import Slots
from index.cluster.holder import AsOf, HashAnswer
from index.hashes.hits import selected

AT_ONCE: Final = 4
"""Calls under way for questions of one kind; what comes meanwhile waits for the next."""

ROWS_A_CALL: Final = 4_096
"""128 KB of hashes; one question of more goes alone."""

_Kind = tuple[str, int, int | None, frozenset[str]]
"""Signal type, radius, k, slots: what questions of one call have in common."""


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    at_least: AsOf
    queries: Codes
    answer: "asyncio.Future[HashAnswer]"


class Coalescing:
    """
    Questions from many connections, to all slots; used in one event loop.

    Args:
        slots: Which are asked.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._waiting: dict[_Kind, list[_Question]] = defaultdict(list)
        self._under_way: dict[_Kind, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[None]] = set()

    async def search(self, at_least: AsOf, signal_type: str, queries: Codes, radius: int, k: int | None) -> HashAnswer:
        """Ask as `Slots.search` does, with whoever asks the same way now."""
        kind = signal_type, radius, k, frozenset(at_least)
        question = _Question(at_least, queries, asyncio.get_running_loop().create_future())
        self._waiting[kind].append(question)
        self._begin(kind)
        return await question.answer

    def _begin(self, kind: _Kind) -> None:
        if self._waiting[kind] and self._under_way[kind] < AT_ONCE:
            batch = _first(self._waiting[kind])
            del self._waiting[kind][: len(batch)]
            self._under_way[kind] += 1
            task = asyncio.ensure_future(self._answer(kind, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, kind: _Kind, batch: Sequence[_Question]) -> None:
        signal_type, radius, k, _ = kind
        try:
            queries = np.concatenate([each.queries for each in batch])
            at_least = _latest([each.at_least for each in batch])
            _hand_out(await self._slots.search(at_least, signal_type, queries, radius, k), batch)
        except Exception as error:  # whatever it is, each that waits must hear of it
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(error)
        finally:
            self._under_way[kind] -= 1
            self._begin(kind)
            if not self._waiting[kind] and not self._under_way[kind]:
                del self._waiting[kind], self._under_way[kind]


def _first(waiting: Sequence[_Question]) -> list[_Question]:
    batch: list[_Question] = []
    rows = 0
    for each in waiting:
        rows += len(each.queries)
        if batch and rows > ROWS_A_CALL:
            break
        batch.append(each)
    return batch


def _latest(several: Sequence[AsOf]) -> Mapping[str, int]:
    return {slot: max(each[slot] for each in several) for slot in several[0]}


def _hand_out(answer: HashAnswer, batch: Sequence[_Question]) -> None:
    """Give each question the hits of its queries, numbered as it numbered them."""
    first = 0
    for each in batch:
        last = first + len(each.queries)
        places = np.arange(*np.searchsorted(answer.hits.queries, [first, last]))
        hits = selected(answer.hits, places)
        if not each.answer.done():  # else whoever asked is gone
            own = type(hits)(hits.queries - np.int32(first), hits.item_ids, hits.distances)
            each.answer.set_result(HashAnswer(answer.versions, own))
        first = last
