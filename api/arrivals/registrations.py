"""
Uploads that come by their hashes alone, registered together: those that wait while others are being written are the
next batch, one unit of work with one statement a table.

    request  ──►  waiting  ──►  a batch, in one thread: match, store, commit  ──►  each its own answer
                     ▲                                 │
                     └────── those of meanwhile ───────┘

Invariant: each is answered as if it had come alone, after the commit that holds it. A batch in which something fails
that is not one request's own fault is undone, and each of it is tried by itself: none fails because of another.
Nothing waits for a batch to fill.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog
from anyio import CapacityLimiter, to_thread

from casework.handlers.uploads import RegisterUpload
from casework.persistence.connection.failures import DatabaseFailedError

log = structlog.get_logger()

MOST = 256
"""As many as take a tenth of a second on a slow machine: decisions wait for a batch."""

Outcome: TypeAlias = bytes | Exception
"""An answer's JSON, or why there is none."""

RegisterAll: TypeAlias = Callable[[Sequence[RegisterUpload]], Sequence[Outcome]]
"""Registers several in one transaction, and returns once it is committed; raises where none of them was."""


@dataclass(slots=True, eq=False)
class _Waiting:
    command: RegisterUpload
    answered: "asyncio.Future[bytes]"


@dataclass(slots=True, eq=False)
class Registrations:
    """Those of one process; used from its event loop."""

    _waiting: deque[_Waiting] = field(default_factory=deque)
    _working: "asyncio.Task[None] | None" = None
    _thread: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))

    async def answer(self, command: RegisterUpload, register_all: RegisterAll) -> bytes:
        """
        Register one, with those that come at the same time; return its answer as JSON.

        Args:
            command: What is registered.

            register_all: Called in a thread, by one at a time; of one process always the same.

        Raises:
            UploadConflictError: If its id names other bytes already, or is another pipeline's.
            DatabaseFailedError: If it could not be stored.
        """
        loop = asyncio.get_running_loop()
        mine = _Waiting(command, loop.create_future())
        self._waiting.append(mine)
        if self._working is None or self._working.done() or self._working.get_loop() is not loop:
            self._working = loop.create_task(self._work(register_all))
        return await mine.answered

    async def _work(self, register_all: RegisterAll) -> None:
        while self._waiting:
            batch = self._next_batch()
            commands = [one.command for one in batch]
            try:
                outcomes = await to_thread.run_sync(_outcomes, commands, register_all, limiter=self._thread)
            except BaseException:  # the server is stopped
                for one in batch:
                    one.answered.cancel()
                raise
            for one, outcome in zip(batch, outcomes, strict=True):
                if one.answered.done():
                    continue  # its client is gone
                if isinstance(outcome, Exception):
                    one.answered.set_exception(outcome)
                else:
                    one.answered.set_result(outcome)

    def _next_batch(self) -> list[_Waiting]:
        """Take those that have waited longest; of several under one id, the later ones wait for the first."""
        batch: dict[str, _Waiting] = {}
        later: list[_Waiting] = []
        while self._waiting and len(batch) < MOST:
            one = self._waiting.popleft()
            if one.answered.done():
                continue
            if batch.setdefault(one.command.platform_id, one) is not one:
                later.append(one)
        self._waiting.extendleft(reversed(later))
        return list(batch.values())


def _outcomes(commands: Sequence[RegisterUpload], register_all: RegisterAll) -> Sequence[Outcome]:
    if not commands:
        return []
    try:
        return register_all(commands)
    except DatabaseFailedError as error:
        return [error] * len(commands)
    except Exception as error:  # whose fault it was is found by trying each alone
        if len(commands) == 1:
            return [error]
        log.warning("a batch of uploads failed; each is tried by itself", uploads=len(commands), error=repr(error))
        return [outcome for one in commands for outcome in _outcomes([one], register_all)]
