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
    "exact": ExactBackend,
    "faiss_flat": FaissFlatBackend,
    "multi_index": MultiIndexBackend,
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
