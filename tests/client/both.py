"""Both clients behind one face, so that every test asks both the same."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from staydown_client import AsyncClient, Client


class Blocking:
    """
    An `AsyncClient`, each call waited for.

    Args:
        client: The client.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._loop = asyncio.Runner()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a method that waits."""
        method = getattr(self._client, name)

        def waited(*args: object, **named: object) -> object:
            called = method(*args, **named)
            if inspect.isasyncgen(called):
                return self._loop.run(_all(called))
            return self._loop.run(called)

        return waited

    def close(self) -> None:
        """Close the client and its loop."""
        self._loop.run(self._client.close())
        self._loop.close()


async def _all(items: Any) -> list[object]:
    return [one async for one in items]


KINDS = {"Client": Client, "AsyncClient": AsyncClient}
"""By the names that tests are told apart by."""


def made(kind: str, *args: Any, **named: Any) -> Any:
    """Make a client of a kind, whose methods can be called as they stand."""
    client = KINDS[kind](*args, **named)
    return Blocking(client) if isinstance(client, AsyncClient) else client
