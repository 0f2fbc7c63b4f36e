"""
What makes all requests of a process wait at once, kept short: the interpreter's lock, and its garbage collector.

    the lock        Whoever gave it up for a moment (each look at the database, each search) waits for it until another
                    thread that computes gives it up: 5 ms as Python comes, several times a request.
    the collector   A full collection visits every object there is: 40 ms, of which nothing that is loaded at start, or
                    remembered of takedowns, ever is garbage. What is frozen is not visited.

Both are settings of the whole process, so they are changed only where it is one of `staydown serve`. A program, or a
test, that runs the service of `create_app` inside itself keeps its own.
"""

import gc
import sys
import threading
from typing import Final

SWITCH_S: Final = 0.0001
"""
After so long a thread that computes gives the interpreter's lock to one that waits; a switch costs some 10 µs. A
decision gives the lock up several times a statement, and while it waits for it others wait for its transaction.
"""

_kept_short: Final = threading.Event()


def keep_pauses_short() -> None:
    """Do so in this process from here on: called once everything is loaded."""
    _kept_short.set()
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()


def leave_to_no_collector() -> None:
    """Freeze what was read into memory since, where pauses are kept short; what is forgotten is freed as ever."""
    if _kept_short.is_set():
        gc.freeze()
