"""
Reads into memory, in the background, what questions by hashes will ask about: the newest takedowns first.

A takedown that is met for the first time is read from the record, which takes a millisecond; of many that are read at
once each takes a few hundredths. So a process that has just begun, or had to forget everything, need not read them one
by one while questions wait.

Invariant: nothing here is needed for a right answer. The barrier has followed the record before anything is read, so
what changes after that is forgotten like all that is remembered (`casework/steps/finding/remembered.py`).
"""

import threading
import time
from typing import Final

import structlog

from api.http.border.pauses import leave_to_no_collector
from api.service import Service
from casework.domain.media import Collection
from casework.steps.finding.known import Known
from matcher.signals import SIGNAL_TYPES, is_hash

log = structlog.get_logger()

_BATCH: Final = 100
"""Items a transaction: some 6 ms of reading, after which requests have as long to themselves."""

_HASHES: Final = tuple(name for name in SIGNAL_TYPES if is_hash(name))


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
    begun, items = time.monotonic(), 0
    before: int | None = None
    rest_s = 0.0
    while not stop.wait(rest_s) and memory.has_room:
        began = time.monotonic()
        with memory.reading() as reading:
            with service.reading() as uow:
                found = uow.index_log.newest(Collection.TAKEDOWNS, _HASHES, before=before, limit=_BATCH)
                known = Known.of(set(found), uow)
            memory.keep(known, reading)
        items += len(found)
        if len(found) < _BATCH:
            break
        before = found[-1]
        rest_s = time.monotonic() - began
    leave_to_no_collector()
    if items:
        seconds = round(time.monotonic() - begun, 3)
        log.info("takedowns remembered", items=items, bytes=memory.size_bytes, seconds=seconds)
    return items
