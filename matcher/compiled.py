"""
The decorator that makes a function machine code: without the interpreter lock, kept on disk.

Invariant: importing never compiles and never fails for want of a place to write. Numba keeps its cache in
`NUMBA_CACHE_DIR` where that is set, else beside the source, else in the user's cache folder; where none of them is
writable (a read-only container) each process compiles again at the first call, which takes some seconds.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function with Numba, leaving its signature as written."""
    try:
        dispatcher = numba.njit(function, nogil=True, cache=True, error_model="numpy")
    except RuntimeError:  # Numba's "no locator available": nowhere to keep a cache
        dispatcher = numba.njit(function, nogil=True, error_model="numpy")
    return cast("Callable[P, R]", dispatcher)
