"""
Answers to questions by hashes: the search, and what the matches mean, from what this process remembers.

Invariant: the answers are those that `api/media/asking.py` would give to the same queries, as of a moment after the
barrier was passed.
"""

import asyncio
import os
from bisect import bisect_left
from collections.abc import Callable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, pairwise
from typing import Final, ParamSpec, TypeVar

from api.by_signals.reading import Asked
from api.by_signals.record import FromRecord
from api.replica.replica import Rows, find_rows, rows_of
from api.service import Service
from casework.domain.media import Collection
from casework.ports.search import Candidates
from casework.steps.finding.matching import Answer, Question, answer_of_one, answers_of, items_of, nothing_found
from casework.steps.finding.protection import is_protected_by
from casework.steps.finding.remembered import Alone

AT_ONCE: Final = 8
"""Hashes that are searched for in the event loop, and matches that are judged there; for more there are threads."""

A_THREAD: Final = 64
"""Hashes that a thread is given at least: half a millisecond of searching, several times what giving them takes."""

_CORES: Final = os.cpu_count() or 1

_Rows = Mapping[str, Rows]

P = ParamSpec("P")
T = TypeVar("T")


class HashAnswers:
    """
    Answers questions by hashes, from one event loop.

    Args:
        service: What this process holds.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._record = FromRecord(service)
        self._threads = ThreadPoolExecutor(_CORES, thread_name_prefix="by-signals")

    async def of(self, asked: Asked) -> list[Answer]:
        """Answer questions, all at one version of the index; the barrier was passed since they were asked."""
        found = await self._find(Collection.TAKEDOWNS, asked.rows, len(asked.values))
        near = [place for place, one in enumerate(found) if one.found]
        answers = [nothing_found(found[0].version)] * len(found)
        if near:
            rows = asked.rows if len(near) == len(found) else rows_of([asked.query(place).codes() for place in near])
            listed = await self._find(Collection.PROTECTED, rows, len(near))
            lists = {place: {hit.item_id for hit in one.found} for place, one in zip(near, listed, strict=True)}
            alone = {place: _alone(asked, place, found[place]) for place in near if not lists[place]}
            for place, one in alone.items():
                judged = None if one is None else self._service.memory.takedowns.judged(one)
                if judged is not None:
                    answers[place] = answer_of_one(judged, found[place].version)
                    del lists[place]
            if lists:
                made = await self._judged(asked, {place: found[place] for place in lists}, lists)
                for place, answer in made.items():
                    answers[place] = answer
                    self._keep(alone.get(place), answer)
        return answers

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()
        self._record.close()

    async def in_thread(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what takes longer than a request may wait for another, while the event loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(function, *args, **kwargs))

    def _keep(self, alone: Alone | None, answer: Answer) -> None:
        """Remember what was made of an item that was found alone."""
        if alone is not None and len(answer.judged) == 1:
            self._service.memory.takedowns.keep_judged(alone, answer.judged[0])

    async def _judged(
        self, asked: Asked, found: Mapping[int, Candidates], lists: Mapping[int, Set[int]]
    ) -> dict[int, Answer]:
        """Judge what was found, by the places of questions; `lists` are the items of protected media near them."""
        questions, candidates = [Question(asked.query(place)) for place in found], list(found.values())
        listed = [lists[place] for place in found]
        known = await self._record.known(items_of(questions, candidates))
        known_listed = await self._record.known(set().union(*listed)) if any(listed) else known

        def judge() -> list[Answer]:
            protected = [
                bool(ids) and is_protected_by(question.query, ids, known_listed)
                for question, ids in zip(questions, listed, strict=True)
            ]
            return answers_of(questions, candidates, known, protected)

        judged = judge() if len(questions) <= AT_ONCE else await self.in_thread(judge)
        return dict(zip(found, judged, strict=True))

    async def _find(self, collection: Collection, asked: _Rows, count: int) -> list[Candidates]:
        searcher = self._service.indexes[collection].searcher()
        hashes = sum(len(places) for _, places in asked.values())
        if hashes <= AT_ONCE:
            return find_rows(searcher, asked, count)
        parts = shared_out(asked, count, min(_CORES, hashes // A_THREAD, count) or 1)
        found = await asyncio.gather(*(self.in_thread(find_rows, searcher, rows, size) for rows, size in parts))
        return list(chain.from_iterable(found))


def _alone(asked: Asked, place: int, found: Candidates) -> Alone | None:
    """Return the item that a question by one hash found; None where it has more hashes, or found more."""
    if len(found.found) > 1 or len(asked.values[place]) > 1:
        return None
    (hit,), (sent,) = found.found, asked.values[place]
    return Alone(hit.item_id, hit.distance, sent.quality)


def shared_out(asked: _Rows, count: int, parts: int) -> list[tuple[_Rows, int]]:
    """
    Share what many questions ask out among threads; compiled code lets them, and the event loop, go on together.

    Args:
        asked: By signal type; in the order of the questions.

        count: How many questions there are.

        parts: Into how many it is shared, 1..count.

    Returns:
        As many neighbouring questions each, and how many those are.
    """
    bounds = [count * part // parts for part in range(parts + 1)]
    return [(_between(asked, first, last), last - first) for first, last in pairwise(bounds)]


def _between(asked: _Rows, first: int, last: int) -> _Rows:
    """Return what is asked by the questions from one on and up to another, as if they were all."""
    found: dict[str, Rows] = {}
    for name, (codes, places) in asked.items():
        begin, end = bisect_left(places, first), bisect_left(places, last)
        if begin < end:
            found[name] = codes[begin:end], [place - first for place in places[begin:end]]
    return found
