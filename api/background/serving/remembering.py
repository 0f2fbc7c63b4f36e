"""
Reads into memory, in the background, what questions by hashes will ask about.

    after a start, or once everything was forgotten    a few items of each takedown, the newest first; then the
                                                       newest items, whosever they are
    once some were forgotten, for they changed         those again, and what was taken down since

A takedown that is met for the first time is read from the record, which takes a millisecond; of many that are read at
once each takes a few hundredths. So a process that has just begun, or had to forget everything, need not read them one
by one while questions wait. Where questions come all the time, they go first. A list of a million hashes is one
takedown, and must not leave the others without room.

Invariant: nothing here is needed for a right answer. The barrier has followed the record before anything is read, so
what changes after that is forgotten like all that is remembered (`casework/steps/finding/remembered.py`).
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from api.http.border.pauses import leave_to_no_collector
from api.service import Service
from casework.domain.media import Collection
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.known import Known
from matcher.signals import SIGNAL_TYPES, is_hash

log = structlog.get_logger()

OF_EACH: Final = 16
"""Items of a takedown that are read before the others of any: all that a few pictures have."""

_ITEMS: Final = 400
"""Items a transaction: some 10 ms of reading, after which requests have as long to themselves, or longer."""

_ITEMS_WHILE_ASKED: Final = 80
"""As many where somebody asks: a request waits for the interpreter's lock, again and again, until a reading is over."""

_REST_WHILE_ASKED: Final = 9
"""Times what a reading took that requests have to themselves where some came during it: a tenth of a core is left."""

_ITEMS_AN_OWNER: Final = 4
"""Takedowns a transaction are so many times fewer: they take as long, where each has an item."""

_FREEZE_EVERY: Final = 4_000
"""Items; full collections visit what has been read since, of 80,000 items for a third of a second."""

NEWEST: Final = 50_000
"""Items that are read beyond those: some seconds of reading, of which lists of hashes have most."""

_HASHES: Final = tuple(name for name in SIGNAL_TYPES if is_hash(name))

_Next = Callable[[UnitOfWork, int], Sequence[int] | None]
"""Names the items that are read next, about so many; None at the end."""


def remember_newest(service: Service, stop: threading.Event) -> int:
    """
    Read takedowns into memory until there is no room, or no more of them.

    Args:
        service: What this process holds.

        stop: Set to end it.

    Returns:
        How many of their items were read.
    """
    memory = service.memory.takedowns
    memory.begin_to_fill()
    began = time.monotonic()
    items = _read(service, _of_each_takedown(), stop) + _read(service, _newest_items(), stop)
    leave_to_no_collector()
    if items:
        seconds = round(time.monotonic() - began, 3)
        log.info("takedowns remembered", items=items, bytes=memory.size_bytes, seconds=seconds)
    return items


def remember_again(service: Service, stop: threading.Event) -> int:
    """
    Read what was forgotten because it changed, before somebody asks about it.

    Args:
        service: What this process holds; its barrier was passed a moment ago.

        stop: Set to end it.

    Returns:
        How many items were read.
    """
    return _read(service, _of_these(service.memory.takedowns.take_forgotten()), stop)


def _read(service: Service, following: _Next, stop: threading.Event) -> int:
    """Read what is named, a transaction after the other, until there is no more of it or no room."""
    memory = service.memory.takedowns
    count, not_frozen, rest_s, items = 0, 0, 0.0, _ITEMS_WHILE_ASKED
    while not stop.wait(rest_s) and memory.has_room:
        began, asked = time.monotonic(), service.loop_barrier.questions
        with memory.reading() as reading:
            with service.reading() as uow:
                found = following(uow, items)
                if found is None:
                    break
                known = Known.of(memory.lacking(found), uow)
            memory.keep(known, reading)
        count += len(known.items)
        not_frozen += len(known.items)
        if not_frozen >= _FREEZE_EVERY:
            leave_to_no_collector()
            not_frozen = 0
        rest_s, items = time.monotonic() - began, _ITEMS
        if service.loop_barrier.questions != asked:
            rest_s, items = rest_s * _REST_WHILE_ASKED, _ITEMS_WHILE_ASKED
    return count


def _of_each_takedown() -> _Next:
    """Name a few items of each takedown, the newest takedowns first; one that does not stand has none."""
    before: str | None = None

    def following(uow: UnitOfWork, items: int) -> Sequence[int] | None:
        nonlocal before
        takedowns = uow.takedowns.newest_ids(before=before, limit=items // _ITEMS_AN_OWNER)
        if not takedowns:
            return None
        before = takedowns[-1]
        return uow.index_log.newest_of(takedowns, _HASHES, each=OF_EACH)

    return following


def _newest_items() -> _Next:
    """Name items of takedowns, the newest first."""
    before: int | None = None
    left = NEWEST

    def following(uow: UnitOfWork, items: int) -> Sequence[int] | None:
        nonlocal before, left
        if left <= 0:
            return None
        left -= items
        found = uow.index_log.newest(Collection.TAKEDOWNS, _HASHES, before=before, limit=items)
        if not found:
            return None
        before = found[-1]
        return found

    return following


def _of_these(owners: Sequence[str]) -> _Next:
    """Name a few items of each of these owners, those that changed last first."""
    left = list(owners)

    def following(uow: UnitOfWork, items: int) -> Sequence[int] | None:
        if not left:
            return None
        some = [left.pop() for _ in range(min(items // _ITEMS_AN_OWNER, len(left)))]
        return uow.index_log.newest_of(some, _HASHES, each=OF_EACH)

    return following
