"""
What questions rest on, from memory; what is not there is read from the record, for all that wait at that moment.

One takedown that is read by itself takes a millisecond, of many at once each takes a few hundredths. So while one
reading is under way, whoever comes waits for the next, which is for all of them.

Invariant: what is returned was read, or was not changed, after its question passed the barrier.
"""

import asyncio
from collections.abc import Set
from concurrent.futures import ThreadPoolExecutor

from api.service import Service
from casework.steps.finding.known import Known


class FromRecord:
    """
    Reads what is not remembered, and remembers it; from one event loop.

    Args:
        service: What this process holds.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="by-signals-record")
        self._wanted: set[int] = set()
        self._next: asyncio.Future[Known] | None = None
        self._reading: asyncio.Task[None] | None = None

    async def known(self, item_ids: Set[int]) -> Known:
        """
        Return what the record says of items, and perhaps of others.

        Args:
            item_ids: Found by a search; those that the record does not have, or not any more, are left out.

        Raises:
            DatabaseFailedError: If the record could not be read.
        """
        known = self._service.memory.takedowns.known(item_ids)
        if known is not None:
            return known
        self._wanted |= item_ids
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        batch = self._next
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await asyncio.shield(batch)  # one who hangs up takes nobody's answer along

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    async def _read_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._next is not None:
                batch, wanted = self._next, self._wanted
                self._next, self._wanted = None, set()
                try:
                    batch.set_result(await loop.run_in_executor(self._thread, self._read, wanted))
                except Exception as error:  # each who waits meets it
                    batch.set_exception(error)
                    batch.exception()  # perhaps nobody waits any more
        finally:
            self._reading = None

    def _read(self, item_ids: Set[int]) -> Known:
        takedowns = self._service.memory.takedowns
        with takedowns.reading() as reading:
            with self._service.reading() as uow:
                known = Known.of(item_ids, uow)
            takedowns.keep(known, reading)
        return known
