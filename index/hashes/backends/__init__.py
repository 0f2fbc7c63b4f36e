"""
INDEX_BACKENDS: the one table of static search backends. A new one is a file in this folder and a line here.

Invariant: a name is written into segments on disk, so it is never given to another backend.
"""

from index.base import Backend
from index.errors import UnknownBackendError
from index.hashes.backends.exact import ExactBackend
from index.hashes.backends.faiss_flat import FaissFlatBackend
from index.hashes.backends.multi_index import MultiIndexBackend

INDEX_BACKENDS: dict[str, type[Backend]] = {
    "multi_index": MultiIndexBackend,
    "faiss_flat": FaissFlatBackend,
    "exact": ExactBackend,
}


def backend_named(name: str) -> type[Backend]:
    """
    Look up a row of `INDEX_BACKENDS`.

    Raises:
        UnknownBackendError: If there is none of that name.
    """
    if name not in INDEX_BACKENDS:
        raise UnknownBackendError(f"index backend is {name!r}; choose one of {', '.join(INDEX_BACKENDS)}")
    return INDEX_BACKENDS[name]


def backend_for(name: str, *, width: int) -> type[Backend]:
    """
    Return the backend that codes are written with: the one that is named, or `faiss_flat` where it is of other widths.

    Args:
        name: A row of `INDEX_BACKENDS`.

        width: Of the codes, in bytes.

    Raises:
        UnknownBackendError: If there is none of that name.
    """
    named = backend_named(name)
    return named if named.only_width in (None, width) else FaissFlatBackend
