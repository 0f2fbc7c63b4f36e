"""How a policy is tried on past cases while others ask: one at a time in a process, within a budget, with pauses."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from api.errors import TooManyRequestsError
from casework.handlers.replay import GoOn

_MOST_PAUSE_S: Final = 0.05
_AGAIN_AFTER_S: Final = 5

_one_at_a_time = Lock()


@contextmanager
def alone() -> Iterator[None]:
    """
    Keep a second replay from taking processor and connections from those who ask about uploads.

    Raises:
        TooManyRequestsError: If one is running.
    """
    if not _one_at_a_time.acquire(blocking=False):
        message = f"another policy is being tried in this process; try again in {_AGAIN_AFTER_S} seconds"
        raise TooManyRequestsError(message, retry_after_s=_AGAIN_AFTER_S)
    try:
        yield
    finally:
        _one_at_a_time.release()


def within(budget_s: float) -> GoOn:
    """Go on for some seconds; after each page pause for as long as it took, so that questions are answered between."""
    end = time.monotonic() + budget_s
    last = time.monotonic()

    def go_on(_: int) -> bool:
        nonlocal last
        now = time.monotonic()
        if now >= end:
            return False
        time.sleep(min(_MOST_PAUSE_S, now - last))
        last = time.monotonic()
        return True

    return go_on
