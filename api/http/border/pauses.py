"""
What makes all requests of a process wait at once, kept short: the interpreter's lock, and its garbage collector.

    the lock        Whoever gave it up for a moment (each look at the database, each search) waits for it until another
                    thread that computes gives it up: 5 ms as Python comes, several times a request.
    the collector   A full collection visits every object there is: 40 ms, of which nothing that is loaded at start, or
                    remembered of takedowns, ever is garbage. What is frozen is not visited.

Only a process that serves calls this; tests start many services in one, and end them.
"""

import gc
import sys
from typing import Final

SWITCH_S: Final = 0.0005
"""After so long a thread that computes gives the interpreter's lock to one that waits; a switch costs some 10 µs."""


def keep_pauses_short() -> None:
    """Do so from here on: called once everything is loaded."""
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()


def leave_to_no_collector() -> None:
    """Freeze what was read into memory since, where pauses are kept short; what is forgotten is freed as ever."""
    if gc.get_freeze_count():
        gc.freeze()
