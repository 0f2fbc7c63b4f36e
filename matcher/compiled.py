"""
The decorator that makes a function machine code, here and in the index: without the interpreter lock, kept on disk.

Machine code checks no bounds: an index too large writes where it will. So each kernel says under "Bounds" what it can
make at most and what its callers guarantee, and `tests/kernels` runs each over hostile input with the checks on
(`NUMBA_BOUNDSCHECK=1`), and fails where one is missing. Division by zero gives infinity or NaN, as in NumPy.

Invariant: importing never compiles and never fails for want of a place to write. Numba keeps its cache in
`NUMBA_CACHE_DIR` where that is set, else beside the source, else in the user's cache folder; where none of them is
writable (a read-only container) each process compiles again at the first call, which takes some seconds.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core.caching import NullCache

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function with Numba, leaving its signature as written."""
    try:
        dispatcher = numba.njit(function, nogil=True, cache=True, error_model="numpy")
    except RuntimeError:  # Numba's "no locator available": nowhere to keep a cache
        dispatcher = numba.njit(function, nogil=True, error_model="numpy")
    _kernels.append(dispatcher)
    return cast("Callable[P, R]", dispatcher)


def leave_caches_alone() -> None:
    """From now on compile in memory what is not loaded yet: this process will not be able to open a file."""
    for dispatcher in _kernels:
        dispatcher._cache = NullCache()


_kernels: list[Any] = []
