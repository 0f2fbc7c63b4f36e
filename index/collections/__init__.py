"""
COLLECTION_INDEXES: the one table of what may hold a collection. A new one is a file in this folder and a line here.

Hashes of takedowns are held in every process; what outgrows one machine becomes a row beside `folder`.
"""

from typing import Final

from index.base import CollectionIndex
from index.collections.folder import FolderIndex
from index.errors import UnknownIndexError

COLLECTION_INDEXES: Final[dict[str, type[CollectionIndex]]] = {"folder": FolderIndex}


def index_named(name: str) -> type[CollectionIndex]:
    """
    Look up a row of `COLLECTION_INDEXES`.

    Raises:
        UnknownIndexError: If there is none of that name.
    """
    if name not in COLLECTION_INDEXES:
        raise UnknownIndexError(f"collection index is {name!r}; choose one of {', '.join(COLLECTION_INDEXES)}")
    return COLLECTION_INDEXES[name]
