"""
The decorator that makes a function machine code, here and in the index: without the interpreter lock, kept on disk.

Machine code checks no bounds: an index too large writes where it will. So each kernel says under "Bounds" what it can
make at most and what its callers guarantee, and `tests/kernels` runs each over hostile input with the checks on
(`NUMBA_BOUNDSCHECK=1`), and fails where one is missing. Division by zero gives infinity or NaN, as in NumPy.

Invariant: importing never compiles and never fails for want of a place to write. Numba keeps machine code in
`NUMBA_CACHE_DIR` where that is set, else beside the source, else in the user's cache folder. Where none of them can be
written, as in a read-only container, it goes where `keep_machine_code_in` says; and where nobody says, each process
compiles again at the first call, which takes half a minute of processor time in all.
"""

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core.caching import NullCache

P = ParamSpec("P")
R = TypeVar("R")

_PLACE = "NUMBA_CACHE_DIR"
_LINEAR_ALGEBRA, _ARRAYS = "scipy.linalg", "numba.np.arraymath"
_config: Any = numba.config


@dataclass(frozen=True, slots=True)
class Kernels:
    """
    What became of the kernels of this process so far.

    Args:
        compiled: Names of those that were compiled here.

        loaded: Of those whose machine code was found on disk.

        unused: Of those that were not called yet.
    """

    compiled: tuple[str, ...]
    loaded: tuple[str, ...]
    unused: tuple[str, ...]


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function with Numba, leaving its signature as written."""
    try:
        dispatcher = numba.njit(function, nogil=True, cache=True, error_model="numpy")
    except RuntimeError:  # Numba's "no locator available": nowhere to keep a cache
        dispatcher = numba.njit(function, nogil=True, error_model="numpy")
    _kernels.append(dispatcher)
    return cast("Callable[P, R]", dispatcher)


def do_without_linear_algebra() -> None:
    """
    Have Numba offer kernels no products of matrices, before it loads the first kernel; later it does nothing.

    Numba would load SciPy's linear algebra with its arrays, an eighth of a second and 15 MB in every process. Nothing
    else loads it in a process that serves, and a kernel that multiplied matrices would fail as it is compiled.
    """
    if _LINEAR_ALGEBRA in sys.modules or _ARRAYS in sys.modules:
        return
    sys.modules[_LINEAR_ALGEBRA] = None  # type: ignore[assignment]  # as Python says that a module is not there
    try:
        importlib.import_module(_ARRAYS)
    finally:
        del sys.modules[_LINEAR_ALGEBRA]


def keep_machine_code_in(folder: Path) -> None:
    """
    Keep machine code in a folder where it can be kept nowhere else; here and in processes started from here on.

    Args:
        folder: Made if it is missing, for its owner alone: code in it is run.
    """
    nowhere = [dispatcher for dispatcher in _kernels if isinstance(dispatcher._cache, NullCache)]
    if not nowhere:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[_PLACE] = _config.CACHE_DIR = str(folder)
        for dispatcher in nowhere:
            dispatcher.enable_caching()
    except (OSError, RuntimeError):  # a disk that is full: then in memory, as before
        os.environ.pop(_PLACE, None)
        _config.CACHE_DIR = ""


def place_of_machine_code() -> dict[str, str]:
    """
    Return the variable that tells another process where machine code is kept; none where that is beside the source.

    The user's cache folder is told, too: a process without `HOME` would look for it elsewhere, or find none.
    """
    if _config.CACHE_DIR:
        return {_PLACE: str(_config.CACHE_DIR)}
    for dispatcher in _kernels:
        if not isinstance(dispatcher._cache, NullCache):
            folder = Path(dispatcher._cache.cache_path)
            if folder.parent != Path(dispatcher.py_func.__code__.co_filename).parent:
                return {_PLACE: str(folder.parent)}
    return {}


def kernels_not_on_disk() -> int:
    """Count the kernels that would have to be compiled if they were called; those that were are not among them."""
    return sum(not dispatcher.signatures and not _is_on_disk(dispatcher) for dispatcher in _kernels)


def what_became_of_kernels() -> Kernels:
    """Say which kernels were compiled in this process, and which were loaded."""
    compiled_here, loaded, unused = [], [], []
    for dispatcher in _kernels:
        function = dispatcher.py_func
        name = f"{function.__module__}.{function.__name__}"
        if not dispatcher.signatures:
            unused.append(name)
        elif sum(dispatcher.stats.cache_hits.values()) < len(dispatcher.signatures):
            compiled_here.append(name)
        else:
            loaded.append(name)
    return Kernels(tuple(compiled_here), tuple(loaded), tuple(unused))


def leave_caches_alone() -> None:
    """From now on compile in memory what is not loaded yet: this process will not be able to open a file."""
    for dispatcher in _kernels:
        dispatcher._cache = NullCache()


def _is_on_disk(dispatcher: Any) -> bool:  # noqa: ANN401  (Numba has no types)
    """Tell whether there is machine code of it for the source as it is and for this processor."""
    if isinstance(dispatcher._cache, NullCache):
        return False
    here = dispatcher.targetctx.codegen().magic_tuple()
    return any(made_for == here for _, made_for, _ in dispatcher._cache._cache_file._load_index())


_kernels: list[Any] = []
