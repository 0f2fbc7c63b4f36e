"""
What lies in the store of one replica, and how its files are put together again.

    <slot>/<node>/<SHA-256>    a chunk of a file, or the document that names all of them

    document    {"format", "format_version", "version", "files": [{"name", "size_bytes", "chunks": [SHA-256, …]}, …]}
                names are relative to the replica's folder; each chunk is `CHUNK_BYTES` long, the last of a file shorter

Invariant: objects are named by what is in them, and the record names the document. So nothing in the store can be
another thing than what was put there for that record, and what is fetched is checked before it is used.
"""

import hashlib
from collections.abc import Set
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from index.errors import StoredDamagedError

FORMAT: Final = "staydown-stored-replica"
FORMAT_VERSION: Final = 1

CHUNK_BYTES: Final = 32 << 20
MAX_DOCUMENT_BYTES: Final = 64 << 20
"""Of a replica of 20 TB."""

_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_NAME = rf"\A(?:{_PART}/){{0,7}}{_PART}\Z"
"""No part of a path begins with a dot, so none leads out of a folder."""

Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class StoredFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    One file.

    Args:
        name: Relative to the replica's folder, with ``/``.

        size_bytes: Exact length.

        chunks: SHA-256 of each chunk.
    """

    name: Annotated[str, Meta(pattern=_NAME)]
    size_bytes: Annotated[int, Meta(ge=0, le=1 << 50)]
    chunks: tuple[Digest, ...]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    One state of a replica.

    Args:
        version: The files contain the log up to this `seq`.

        files: All of them.
    """

    version: Annotated[int, Meta(ge=0)]
    files: tuple[StoredFile, ...]
    format: str = FORMAT
    format_version: int = FORMAT_VERSION

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def chunks(self) -> Set[str]:
        """Every chunk that is named."""
        return {chunk for file in self.files for chunk in file.chunks}


def digest_of(data: bytes) -> str:
    """Return what names an object: its SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def prefix_of(slot: str, node: str) -> str:
    """Return how the names begin of what is kept of a replica."""
    return f"{slot}/{node}/"


def chunk_sizes(size_bytes: int) -> list[int]:
    """Return how long each chunk of a file is."""
    whole, rest = divmod(size_bytes, CHUNK_BYTES)
    return [CHUNK_BYTES] * whole + ([rest] if rest else [])


def written(document: Document) -> bytes:
    """Return a document as it is kept."""
    return msgspec.json.encode(document)


def read_document(data: bytes) -> Document:
    """
    Read a document.

    Raises:
        StoredDamagedError: If it is none, or one of a newer Staydown.
    """
    try:
        document = msgspec.json.decode(data, type=Document)
    except msgspec.MsgspecError as error:
        raise StoredDamagedError(f"no document of a replica: {error}") from error
    if (document.format, document.format_version) != (FORMAT, FORMAT_VERSION):
        raise StoredDamagedError(f"a document of format {document.format!r}, version {document.format_version}")
    if len({file.name for file in document.files}) != len(document.files):
        raise StoredDamagedError("a document names a file twice")
    for file in document.files:
        if len(file.chunks) != len(chunk_sizes(file.size_bytes)):
            raise StoredDamagedError(f"{file.name} of {file.size_bytes} bytes has {len(file.chunks)} chunks")
    return document
