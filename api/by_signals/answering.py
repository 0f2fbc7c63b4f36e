"""
Answers to questions by hashes: the search, and what the matches mean, from what this process remembers.

Invariant: the answers are those that `api/media/asking.py` would give to the same queries, as of a moment after the
barrier was passed.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool

from api.by_signals.reading import Asked
from api.by_signals.record import FromRecord
from api.replica.replica import Rows, find_rows, rows_of
from api.service import Service
from casework.domain.media import Collection
from casework.ports.search import Candidates
from casework.steps.finding.matching import Answer, Question, answers_of, items_of, nothing_found
from casework.steps.finding.protection import is_protected_by
from index.base import Searcher

AT_ONCE: Final = 8
"""Hashes that are searched for in the event loop, and matches that are judged there; for more there are threads."""

_Rows = Mapping[str, Rows]


class HashAnswers:
    """
    Answers questions by hashes, from one event loop.

    Args:
        service: What this process holds.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._record = FromRecord(service)
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="by-signals")

    async def of(self, asked: Asked) -> list[Answer]:
        """Answer questions, all at one version of the index; the barrier was passed since they were asked."""
        found = await self._find(Collection.TAKEDOWNS, asked.rows, len(asked.values))
        near = [place for place, one in enumerate(found) if one.found]
        answers = [nothing_found(found[0].version)] * len(found)
        if near:
            questions = [Question(asked.query(place)) for place in near]
            judged = await self._judged(questions, [found[place] for place in near])
            for place, answer in zip(near, judged, strict=True):
                answers[place] = answer
        return answers

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _judged(self, questions: Sequence[Question], found: Sequence[Candidates]) -> list[Answer]:
        codes = rows_of([one.query.codes() for one in questions])
        near = await self._find(Collection.PROTECTED, codes, len(questions))
        listed = [{hit.item_id for hit in one.found} for one in near]
        known = await self._record.known(items_of(questions, found))
        known_listed = await self._record.known(set().union(*listed)) if any(listed) else known

        def judge() -> list[Answer]:
            protected = [
                bool(ids) and is_protected_by(question.query, ids, known_listed)
                for question, ids in zip(questions, listed, strict=True)
            ]
            return answers_of(questions, found, known, protected)

        return judge() if len(questions) <= AT_ONCE else await run_in_threadpool(judge)

    async def _find(self, collection: Collection, asked: _Rows, count: int) -> list[Candidates]:
        searcher = self._service.indexes[collection].searcher()
        if sum(len(places) for _, places in asked.values()) <= AT_ONCE:
            return find_rows(searcher, asked, count)
        return await self._find_in_threads(searcher, asked, count)

    async def _find_in_threads(self, searcher: Searcher, asked: _Rows, count: int) -> list[Candidates]:
        """Share a large search out among the processor's cores; compiled code lets the event loop go on."""
        loop = asyncio.get_running_loop()
        search = partial(find_rows, searcher, asked, count)
        return await loop.run_in_executor(self._threads, search)
