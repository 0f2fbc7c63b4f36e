"""
How a server allocates memory, where glibc does it: so that what is free goes back to the system, or to another thread.

glibc gives up to eight heaps a core to threads that allocate at once. What one thread frees in its heap is of no use to
the others, so a server of many threads, each of which now and then holds the near rows of a picture for a moment, ends
up with as much free memory as it uses. Two heaps are enough: what allocates much holds the interpreter's lock, or is
one of as many threads as there are cores.

A block of 128 KB or more is mapped by itself, and given back when it is freed. But once one of 4 MB was freed, glibc
takes all up to that from a heap. A case takes hundreds of such blocks, of as many sizes, and what lies between them and
stays keeps the rest from being given back: free memory grew by 7 MB a minute. So the limit stays where it is at first.
What is mapped anew is zeroed again, a page at a time: a case costs some thousand page faults more, of its time 3 %.

What is smaller leaves holes, and of a heap glibc gives back the end alone: in 20 minutes of all kinds of work a server
grew by 2.5 to 4.2 %. So once a minute whole pages of holes are given back (`malloc_trim`): +0.6 %. Who allocates from a
heap waits meanwhile, on a busy machine 25 to 84 ms.

These are settings of the whole process, so they are made only in those of `staydown serve` and `staydown worker`.
"""

import ctypes
import os
import threading
import time
from typing import Final

HEAPS: Final = 2

MAPPED_FROM: Final = 128 * 1024
"""Bytes of a block from which on it is mapped by itself."""

KEPT_AT_THE_END: Final = 4 * 1024 * 1024
"""
Free bytes at the end of a heap that are kept. With less it shrinks and grows all day: of 1 MB a case costs 17,800 page
faults, of 4 to 32 MB 4,400 to 7,500.
"""

HOLES_EVERY_S: Final = 60.0
"""Between two times that the pages of holes are given back."""

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
"""From glibc's <malloc.h>; the manual page mallopt(3) describes them."""

_BY_THE_OPERATOR: Final = (
    "MALLOC_ARENA_MAX",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TRIM_THRESHOLD_",
    "GLIBC_TUNABLES",
)


def keep_memory_small() -> None:
    """
    Have the threads that start from here on share `HEAPS` heaps, large blocks given back as soon as they are freed, and
    holes between small ones now and then, by a thread that ends with the process.

    Where the operator set how glibc allocates, and where the library of C is another, nothing is changed.
    """
    if any(name in os.environ for name in _BY_THE_OPERATOR):
        return
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt") or not hasattr(libc, "malloc_trim"):
        return
    libc.mallopt(_M_ARENA_MAX, HEAPS)
    libc.mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM)
    libc.mallopt(_M_TRIM_THRESHOLD, KEPT_AT_THE_END)
    threading.Thread(target=_give_holes_back, args=(libc,), name="holes", daemon=True).start()


def _give_holes_back(libc: ctypes.CDLL) -> None:
    while True:
        time.sleep(HOLES_EVERY_S)
        libc.malloc_trim(ctypes.c_size_t(KEPT_AT_THE_END))
