"""
The heaps that the threads of a server share.

glibc gives up to eight heaps a core to threads that allocate at once. What one thread frees in its heap is of no use to
the others, so a server of many threads, each of which now and then holds the near rows of a picture for a moment, ends
up with as much free memory as it uses. Two heaps are enough: what allocates much holds the interpreter's lock, or is
one of as many threads as there are cores.

It is a setting of the whole process, so it is made only in those of `staydown serve` and `staydown worker`.
"""

import ctypes
import os
from typing import Final

HEAPS: Final = 2

_M_ARENA_MAX: Final = -8
"""From glibc's <malloc.h>; the manual page mallopt(3) describes it."""

_BY_THE_OPERATOR: Final = ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")


def share_heaps() -> None:
    """
    Have the threads that start from here on share `HEAPS` heaps.

    Where the operator set how glibc allocates, and where the library of C is another, nothing is changed.
    """
    if any(name in os.environ for name in _BY_THE_OPERATOR):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, HEAPS)
