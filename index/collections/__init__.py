"""
COLLECTION_INDEXES: the one table of what may hold a collection. A new one is a file in this folder and a line here.

Hashes of takedowns are held in every process (`is_local`); what outgrows one machine may lie on several.
"""

from typing import Final

from index.base import CollectionIndex
from index.collections.clustered import ClusteredIndex
from index.collections.folder import FolderIndex
from index.errors import UnknownIndexError

COLLECTION_INDEXES: Final[dict[str, type[CollectionIndex]]] = {
    "folder": FolderIndex,
    "clustered": ClusteredIndex,
}

LOCAL_INDEXES: Final = tuple(name for name, kind in COLLECTION_INDEXES.items() if kind.is_local)
"""Rows that may hold what answers rest on: in this process, without a network in between."""


def index_named(name: str) -> type[CollectionIndex]:
    """
    Look up a row of `COLLECTION_INDEXES`.

    Raises:
        UnknownIndexError: If there is none of that name.
    """
    if name not in COLLECTION_INDEXES:
        raise UnknownIndexError(f"collection index is {name!r}; choose one of {', '.join(COLLECTION_INDEXES)}")
    return COLLECTION_INDEXES[name]
