"""
Putting the files of a replica into a store, and deleting from there what is not needed any more.

Invariant: nothing is deleted that is named, and nothing is named that is not there. First chunks, then the document,
then whoever called notes it in the record, then `forget_others`; killed in between, the next time goes on from there.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.storage.live import LiveFiles, live_files
from index.storage.manifest import MANIFEST
from index.stored.document import CHUNK_BYTES, Document, StoredFile, digest_of, written
from index.stored.place import Place

GoOn = Callable[[], None]
"""Called between chunks; raises what ends a publication."""


@dataclass(frozen=True, slots=True)
class LiveReplica:
    """
    The finished files of a replica.

    Args:
        version: They contain the log up to this `seq`.

        generation: Rises whenever they change.

        sources: By name, relative to the replica's folder: where each file lies, or what is in it.
    """

    version: int
    generation: int
    sources: Mapping[str, Path | bytes]


def live_replica(folder: Path, parts: Sequence[str]) -> LiveReplica | None:
    """
    Say what is finished of a replica; None if nothing is.

    Args:
        folder: Of the replica.

        parts: The folders of its collections below that, ``.`` for itself.

    Raises:
        FileNotFoundError, DamagedIndexError: As `live_files` does.
    """
    sources: dict[str, Path | bytes] = {}
    found: list[LiveFiles] = []
    for part in parts:
        live = live_files(folder / part)
        if live is None:
            return None
        found.append(live)
        sources[(Path(part) / MANIFEST).as_posix()] = live.manifest
        sources |= {(Path(part) / path).as_posix(): folder / part / path for path in live.paths}
    return LiveReplica(min(each.applied_seq for each in found), sum(each.generation for each in found), sources)


def publish(
    place: Place, prefix: str, replica: LiveReplica, previous: Document | None, *, go_on: GoOn = lambda: None
) -> tuple[str, Document]:
    """
    Put what is not there yet of a replica into a store, and the document that names all of it.

    Args:
        place: The store.

        prefix: How the replica's names begin there.

        replica: Its files.

        previous: The document of before: files that it names are not read again, for none ever changes.

        go_on: See `GoOn`.

    Returns:
        The document, and its name below the prefix.

    Raises:
        FileNotFoundError: If a merge has deleted a file meanwhile.

        StoreUnreachableError: If it does not take them.
    """
    there = {name.removeprefix(prefix) for name in place.names(prefix)}
    known = {file.name: file for file in previous.files} if previous else {}

    def put(data: bytes) -> str:
        go_on()
        digest = digest_of(data)
        if digest not in there:
            place.put(prefix + digest, data)
            there.add(digest)
        return digest

    files: list[StoredFile] = []
    for name, source in replica.sources.items():
        before = known.get(name)
        if before is not None and isinstance(source, Path) and there.issuperset(before.chunks):
            files.append(before)
            continue
        sizes, chunks = 0, []
        for data in _chunks(source):
            chunks.append(put(data))
            sizes += len(data)
        files.append(StoredFile(name, sizes, tuple(chunks)))
    document = Document(replica.version, tuple(files))
    return put(written(document)), document


def forget_others(place: Place, prefix: str, keep: Container[str]) -> int:
    """
    Delete what is under a prefix, but for what is to be kept.

    Args:
        place: The store.

        prefix: How the names begin.

        keep: Names below the prefix.

    Returns:
        How many objects were deleted.
    """
    others = [name for name in place.names(prefix) if name.removeprefix(prefix) not in keep]
    for name in others:
        place.delete(name)
    return len(others)


def kept_of(document: Document, live: LiveReplica | None) -> set[str]:
    """
    Return the chunks of a document whose files a replica still has, but for manifests, which are written anew.

    Args:
        document: What was put into the store.

        live: What is there; None for nothing.
    """
    paths = _paths(live)
    return {chunk for file in document.files if file.name in paths for chunk in file.chunks}


def is_outdated(document: Document, live: LiveReplica | None) -> bool:
    """Tell whether a document names a file that a replica has no more, and that may hold what was removed since."""
    paths = _paths(live)
    return any(file.name not in paths for file in document.files if Path(file.name).name != MANIFEST)


def _paths(live: LiveReplica | None) -> set[str]:
    return {name for name, source in live.sources.items() if isinstance(source, Path)} if live else set()


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb", buffering=0) as file:
        while data := _read(file.read):
            yield data


def _read(read: Callable[[int], bytes | None]) -> bytes:
    """Read a whole chunk: one call to the system gives at most 2 GB, and may give less."""
    data = bytearray()
    while len(data) < CHUNK_BYTES and (piece := read(CHUNK_BYTES - len(data))):
        data += piece
    return bytes(data)
