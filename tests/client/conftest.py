"""Clients that are closed when their test ends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.client.both import made


@pytest.fixture
def client_of() -> Iterator[Callable[..., Any]]:
    """Make clients: of a kind, with the arguments of both."""
    clients: list[Any] = []

    def make(kind: str, *args: Any, **named: Any) -> Any:
        clients.append(made(kind, *args, **named))
        return clients[-1]

    yield make
    for one in clients:
        one.close()
