"""What every request passes through stays in the event loop, unless it waits for something."""

import inspect
from collections.abc import Callable, Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.http.auth import ReceiptHolder
from tests.api.conftest import Staydown

WAIT_FOR_THE_RECORD = (ReceiptHolder,)
"""Dependencies that are given a thread, for they read the record."""


def calls_of(dependant: Dependant) -> Iterator[Callable[..., object]]:
    """List what a route calls before it is called itself."""
    for one in dependant.dependencies:
        if one.call is not None:
            yield one.call
        yield from calls_of(one)


def is_given_a_thread(call: Callable[..., object]) -> bool:
    """Tell what FastAPI does with it."""
    function = call if inspect.isfunction(call) else type(call).__call__
    return not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function))


def test_no_dependency_is_handed_to_a_thread_for_nothing(staydown: Staydown) -> None:
    """FastAPI hands whatever is no coroutine to a thread: that takes longer than most of them do, at each request."""
    found = {
        getattr(call, "__qualname__", type(call).__name__)
        for route in iter_route_contexts(staydown.http.app.routes)
        if getattr(route, "dependant", None) is not None
        for call in calls_of(route.dependant)
        if is_given_a_thread(call) and not isinstance(call, WAIT_FOR_THE_RECORD)
    }
    assert found == set()
