"""
The gateway: what a server on this machine asks, and what asks the machines of the cluster.

It runs in a process of its own: Ray ends a process that drives it when its head is lost for long, and that must be no
server. Over a local socket that only its user may open, servers ask and get answers (`wire.py`); whoever holds a
connection is as trusted as the server itself, and still every question is checked.

Invariant: one question that fails is answered as failed, and leaves the others as they are.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from index.base import Codes
from index.checks import check_radius
from index.cluster.asking import Slots
from index.cluster.coalescing import Coalescing
from index.cluster.wire import (
    LENGTH_BYTES,
    Answered,
    Asked,
    Erase,
    Erased,
    Near,
    Search,
    Status,
    descriptors_of,
    failure_of,
    found_near_of,
    found_of,
    framed,
    length_of,
    queries_of,
    read_asked,
)
from index.errors import IndexStoreError, WireError

log = structlog.get_logger()

_PRIVATE: Final = 0o600

ReadStatus = Callable[[], Awaitable[Status]]


class Gateway:
    """
    Answers servers.

    Args:
        slots: The collection's.

        status: Says how the cluster is.
    """

    def __init__(self, slots: Slots, status: ReadStatus) -> None:
        self._slots = slots
        self._coalescing = Coalescing(slots)
        self._status = status

    async def serve(self, path: Path, *, ready: Callable[[], None] = lambda: None) -> None:
        """
        Listen at a socket until cancelled.

        Args:
            path: Of the socket; one that was left there is replaced.

            ready: Called once it listens.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()
        before = os.umask(0o777 & ~_PRIVATE)
        try:
            server = await asyncio.start_unix_server(self._talk, path)
        finally:
            os.umask(before)
        ready()
        async with server:
            await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                body = await reader.readexactly(length_of(await reader.readexactly(LENGTH_BYTES)))
                writer.write(await self._answered(body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the server went away, between questions or in one
        except asyncio.CancelledError:
            pass  # the gateway ends; asyncio's own callback would complain of a task that says so
        except WireError as error:
            log.warning("a connection to the gateway is closed", why=str(error))
        finally:
            writer.close()

    async def _answered(self, body: bytes) -> bytes:
        try:
            return framed(await self._answer(read_asked(body)))
        except IndexStoreError as error:
            return framed(failure_of(error))
        except Exception as error:  # whatever it is, whoever asked must hear of it, and the others go on
            log.error("a question to the cluster failed", exc_info=error)
            return framed(failure_of(error))

    async def _answer(self, asked: Asked) -> Answered:
        match asked:
            case Search():
                queries = queries_of(asked)
                check_radius(asked.radius, asked.k, width=queries.shape[1])
                return await self._search(asked, queries)
            case Near():
                versions, rows, near = await self._slots.near(asked.at_least, descriptors_of(asked), asked.count)
                return found_near_of(versions, rows, near)
            case Erase():
                erased = await self._slots.erase(asked.at_least)
                return Erased(erased.files, erased.stored)
            case _:
                return await self._status()

    async def _search(self, asked: Search, queries: Codes) -> Answered:
        answer = await self._coalescing.search(asked.at_least, asked.signal_type, queries, asked.radius, asked.k)
        return found_of(answer.versions, answer.hits)
