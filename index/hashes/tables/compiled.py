"""
The decorator that makes a function of this package machine code: without the GIL, compiled at the first call of
`warm_up`, kept on disk for the next process.

Invariant: importing never compiles and never fails for want of a place to write. Numba keeps its cache in
`NUMBA_CACHE_DIR` where that is set, else beside the source, else in the user's cache folder; where none of them is
writable (a read-only container) each process compiles again, at `warm_up`, which takes some seconds.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function with Numba, leaving its signature as written."""
    try:
        dispatcher = numba.njit(function, nogil=True, cache=True, boundscheck=False)
    except RuntimeError:  # Numba's "no locator available": nowhere to keep a cache
        dispatcher = numba.njit(function, nogil=True, boundscheck=False)
    return cast("Callable[P, R]", dispatcher)
