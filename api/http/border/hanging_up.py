"""
A client that hangs up: what it waited for is ended, and it is no error.

Invariant: what was being written to the record when the client went away is written; what comes before is given up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio import CancelScope
from fastapi import Request
from starlette.requests import ClientDisconnect

from matcher.errors import GivenUpError
from matcher.sandbox.hasher import GivenUp

T = TypeVar("T")


async def while_connected(request: Request, work: Callable[[GivenUp], Awaitable[T]]) -> T:
    """
    Work for as long as the client is there.

    Args:
        request: Whose body was read.

        work: Given what tells, from any thread, whether the client is gone; cancelled when it is.

    Raises:
        ClientDisconnect: If the client hung up before it was done.
    """
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        scope.cancel()

    with CancelScope() as scope:
        watching = asyncio.ensure_future(watch())
        try:
            return await work(lambda: gone)
        except GivenUpError:
            raise ClientDisconnect from None
        finally:
            watching.cancel()
    raise ClientDisconnect
