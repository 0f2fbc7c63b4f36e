"""
Fetching a replica from a store into an empty folder.

Invariant: what the store answers is a stranger's. The record names the document by its SHA-256, the document each
chunk; a byte that differs, a size, a name or a missing object ends it, and then the replica is built from the record.
"""

import os
import shutil
from pathlib import Path

from index.errors import StoredDamagedError
from index.storage.disk.durable import sync_folder
from index.stored.document import MAX_DOCUMENT_BYTES, Document, StoredFile, chunk_sizes, digest_of, read_document
from index.stored.place import Place


def fetch_document(place: Place, prefix: str, digest: str) -> Document:
    """
    Fetch what names all files of a replica.

    Args:
        place: The store.

        prefix: How the replica's names begin there.

        digest: SHA-256 of the document, as the record has it.

    Raises:
        StoredDamagedError: If it is not there, or another.

        StoreUnreachableError: If the store does not answer.
    """
    return read_document(_fetched(place, prefix + digest, digest, most=MAX_DOCUMENT_BYTES))


def restore(place: Place, prefix: str, document: Document, into: Path) -> None:
    """
    Fetch all files of a replica, durably.

    Args:
        place: The store.

        prefix: How the replica's names begin there.

        document: What names them.

        into: A folder, which is made; what it holds after an error is the caller's to delete.

    Raises:
        StoredDamagedError: If something is not there, or another.

        StoreUnreachableError: If the store does not answer.

        OSError: If the disk does not take it.
    """
    into.mkdir(mode=0o700, parents=True)
    free = shutil.disk_usage(into).free
    if document.size_bytes > free:
        message = f"{document.size_bytes:,} bytes are to be fetched into {into}, where {free:,} are free"
        raise OSError(message)
    for file in document.files:
        _fetch_file(place, prefix, file, into / file.name)
    for folder in (into, *(path for path in into.rglob("*") if path.is_dir())):
        sync_folder(folder)


def _fetch_file(place: Place, prefix: str, file: StoredFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = chunk_sizes(file.size_bytes)
    with path.open("xb") as opened:
        for size, digest in zip(sizes, file.chunks, strict=True):
            data = _fetched(place, prefix + digest, digest, most=size)
            if len(data) != size:
                raise StoredDamagedError(f"{prefix}{digest} has {len(data)} bytes instead of {size}")
            opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _fetched(place: Place, name: str, digest: str, *, most: int) -> bytes:
    data = place.get(name, most=most)
    if digest_of(data) != digest:
        raise StoredDamagedError(f"{name} is not what was put there: its SHA-256 differs")
    return data
