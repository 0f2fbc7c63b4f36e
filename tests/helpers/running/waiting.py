"""Waiting for what another thread or process does: asked again and again, with pauses, until it is so."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 300
AGAIN_S = 0.05
"""A pause leaves the processor to whoever does what is waited for."""


def eventually(
    read: Callable[[], T],
    is_it: Callable[[T], bool] = bool,
    *,
    patience_s: float = PATIENCE_S,
    again_s: float = AGAIN_S,
) -> T:
    """
    Read until what is read is as it should be in the end; return it.

    Args:
        read: Looks.

        is_it: Says whether to stop; left out, whatever is true ends it.

        patience_s: Seconds until it counts as never.

        again_s: Seconds between two looks.

    Raises:
        AssertionError: With what was read last.
    """
    never, give_up_at = threading.Event(), time.monotonic() + patience_s
    while not is_it(found := read()):
        assert time.monotonic() < give_up_at, f"did not come within {patience_s:.0f} s; last seen: {found!r}"
        never.wait(again_s)
    return found
