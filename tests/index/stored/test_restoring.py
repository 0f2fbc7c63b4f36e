"""A replica that was put into a store comes back from there as it was, or not at all."""

import multiprocessing
import os
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.stores.places import FolderPlace
from benchmarks.cluster.made_up import Live, Pictures
from index.base import IndexOptions
from index.changes import Add, Change, Remove
from index.collections.folder import LOCAL_FOLDER, FolderIndex
from index.errors import ClusterError, StoredDamagedError
from index.stored import document as document_module
from index.stored import publishing
from index.stored.document import Document, digest_of, prefix_of, written
from index.stored.publishing import LiveReplica, forget_others, is_outdated, kept_of, live_replica, publish
from index.stored.restoring import fetch_document, restore

PARTS = (".", LOCAL_FOLDER)
SLOT = "uploads.1.000"
PREFIX = prefix_of(SLOT, "a")


def opened(folder: Path) -> FolderIndex:
    """Open a replica's index."""
    return FolderIndex.open(IndexOptions(folder, "multi_index"))


def live(folder: Path) -> LiveReplica:
    """Return what is finished of a replica."""
    found = live_replica(folder, PARTS)
    assert found is not None
    return found


def put(place: FolderPlace, folder: Path, previous: Document | None = None) -> tuple[str, Document]:
    """Put a replica into a store, and delete there what is not named."""
    digest, document = publish(place, PREFIX, live(folder), previous)
    forget_others(place, PREFIX, {*document.chunks, digest})
    return digest, document


def fetched(place: FolderPlace, digest: str, into: Path) -> FolderIndex:
    """Fetch a replica."""
    restore(place, PREFIX, fetch_document(place, PREFIX, digest), into)
    return opened(into)


def answers(index: FolderIndex, queries: np.ndarray) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Return all that hashes find, and every reference by local features."""
    hits = index.searcher().search("pdq/1", queries, 256)
    found = zip(hits.queries.tolist(), hits.item_ids.tolist(), hits.distances.tolist(), strict=True)
    parts = index.local_searcher()
    items = [part.item_ids for part in parts.parts]
    alive = np.setdiff1d(np.concatenate([np.empty(0, np.int64), *items]), parts.dead)
    return sorted(found), alive.tolist()


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Make a store."""
    (tmp_path / "store").mkdir()
    return FolderPlace(f"file://{tmp_path}/store")


@pytest.fixture
def replica(tmp_path: Path) -> Path:
    """Make a replica of 40 hashes and two pictures, one hash of which was removed."""
    folder = tmp_path / "replica"
    index = opened(folder)
    made, pictures = Live([SLOT]), Pictures(5)
    index.apply(made.add(codes(40))[SLOT])
    index.apply([pictures.add(41, 41), pictures.add(42, 42)])
    index.seal()
    index.apply([Remove(43, 7, "pdq/1")])
    index.seal()
    return folder


def codes(count: int, seed: int = 1) -> np.ndarray:
    """Make hashes."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def test_nothing_that_is_not_finished_is_put_there(tmp_path: Path) -> None:
    """What is in memory is in the log."""
    index = opened(tmp_path / "new")
    assert live_replica(tmp_path / "new", PARTS) is None
    index.apply(Live([SLOT]).add(codes(2))[SLOT])
    index.hashes.seal()
    assert live_replica(tmp_path / "new", PARTS) is None
    index.seal()
    assert live(tmp_path / "new").version == 2


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["add", "remove", "picture", "seal", "erase", "compact", "put"]), max_size=25))
def test_after_any_operations_what_comes_back_answers_as_what_was_put_there(steps: list[str]) -> None:
    """As of the version that the document says; and the log goes on from there."""
    with TemporaryDirectory() as temporary:
        folder, pictures, log = Path(temporary) / "replica", Pictures(5), list[Change]()
        (Path(temporary) / "store").mkdir()
        place = FolderPlace(f"file://{temporary}/store")
        index, item, previous = opened(folder), 0, None

        def append(change: Change) -> None:
            log.append(change)
            index.apply([change])

        for number, step in enumerate([*steps, "put"]):
            if step == "add":
                item += 1
                append(Add(len(log) + 1, item, "pdq/1", codes(1, item)[0].tobytes()))
            elif step == "picture":
                item += 1
                append(pictures.add(len(log) + 1, item))
            elif step == "remove" and item:
                append(Remove(len(log) + 1, 1 + number % item, "pdq/1"))
            elif step == "erase":
                index.erase_removed()
            elif step == "compact":
                index.compact()
            elif step in {"seal", "put"}:
                index.seal()
            if step == "put" and live_replica(folder, PARTS) is not None:
                digest, previous = put(place, folder, previous)
                back = fetched(place, digest, Path(temporary) / f"back {number}")
                assert back.version == previous.version == len(log)
                assert answers(back, codes(3)) == answers(index, codes(3))
                back.apply(log)
                back.verify()
                kept = {name.removeprefix(PREFIX) for name in place.names("")}
                assert kept == {*previous.chunks, digest}


def test_files_that_lie_there_are_not_read_again(place: FolderPlace, replica: Path) -> None:
    """A replica of terabytes is not read because a few values came."""
    _, before = put(place, replica)
    asked = live(replica)
    sealed = {name: source for name, source in asked.sources.items() if isinstance(source, Path)}
    moved = {name: Path("/nowhere") / name for name in sealed}
    _, again = publish(place, PREFIX, LiveReplica(43, 9, {**asked.sources, **moved}), before)
    assert again == before
    name = next(iter(sealed))
    place.delete(PREFIX + next(file.chunks[0] for file in before.files if file.name == name))
    with pytest.raises(FileNotFoundError):
        publish(place, PREFIX, LiveReplica(43, 9, {**asked.sources, **moved}), before)


def test_what_a_file_lost_is_not_kept_and_what_is_alive_is(place: FolderPlace, replica: Path) -> None:
    """After an erasure only files are kept that the replica still has."""
    index = opened(replica)
    value = codes(40)[6].tobytes()
    _, document = put(place, replica)
    assert value in stored(place)
    assert not is_outdated(document, live(replica))
    assert index.erase_removed().files
    assert is_outdated(document, live(replica))
    forget_others(place, PREFIX, kept_of(document, live(replica)))
    assert value not in stored(place)
    local = [file for file in document.files if file.name.startswith("local/segments")]
    assert {name.removeprefix(PREFIX) for name in place.names("")} == {one for file in local for one in file.chunks}
    assert kept_of(document, None) == set()


def stored(place: FolderPlace) -> bytes:
    """Return every byte that lies in a store."""
    return b"\n".join(place.get(name, most=1 << 30) for name in place.names(""))


def test_every_byte_that_differs_is_noticed(
    place: FolderPlace, replica: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed, cut short, longer, of another object, or gone: none of it becomes an index."""
    for module in (document_module, publishing):
        monkeypatch.setattr(module, "CHUNK_BYTES", 1_000)  # files of several chunks
    digest, document = put(place, replica)
    assert max(len(file.chunks) for file in document.files) > 2
    names = list(place.names(""))
    for number, name in enumerate(names):
        whole, other = place.get(name, most=1 << 30), place.get(names[number - 1], most=1 << 30)
        for odd in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:-1], whole + b"\0", b"", other, None):
            place.delete(name)
            if odd is not None:
                place.put(name, odd)
            with pytest.raises(ClusterError):
                fetched(place, digest, tmp_path / f"{number} {odd is None or len(odd)} {odd == other}")
        place.put(name, whole)
    assert fetched(place, digest, tmp_path / "whole").version == document.version


def test_a_document_of_another_replica_is_refused(place: FolderPlace, replica: Path, tmp_path: Path) -> None:
    """The record names it by what is in it, so that none can be put in its place."""
    digest, document = put(place, replica)
    other = written(Document(document.version + 1, document.files))
    place.put(PREFIX + digest, other)
    with pytest.raises(StoredDamagedError, match="SHA-256"):
        fetch_document(place, PREFIX, digest)
    place.put(PREFIX + digest_of(other), other)
    with pytest.raises(ClusterError):
        fetch_document(FolderPlace(f"file://{tmp_path}"), PREFIX, digest)


class Deadly(FolderPlace):
    """A store at whose n-th object the machine loses power."""

    def __init__(self, address: str, dies_at: int) -> None:
        super().__init__(address)
        self._left = dies_at

    def put(self, name: str, data: bytes) -> None:
        """Put an object, or die of it."""
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1
        super().put(name, data)


def put_and_die(address: str, replica: Path, dies_at: int) -> None:
    """Put a replica into a store until that is deadly."""
    publish(Deadly(address, dies_at), PREFIX, live(replica), None)


@pytest.mark.crash
def test_killed_anywhere_what_was_put_there_before_is_there_and_the_rest_goes(
    place: FolderPlace, replica: Path, tmp_path: Path
) -> None:
    """Between two chunks, or before the document: the next publication goes on, and leaves nothing lying about."""
    digest, document = put(place, replica)
    index = opened(replica)
    index.apply(changes_after(43))
    index.compact()
    killed, dies_at = True, 0
    while killed:
        process = multiprocessing.get_context("fork").Process(
            target=put_and_die, args=(f"file://{tmp_path}/store", replica, dies_at)
        )
        process.start()
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        assert killed or process.exitcode == 0
        assert fetched(place, digest, tmp_path / f"back {dies_at}").version == 43
        dies_at += 1
    assert dies_at > 3
    digest, document = put(place, replica, document)
    assert {name.removeprefix(PREFIX) for name in place.names("")} == {*document.chunks, digest}
    assert answers(fetched(place, digest, tmp_path / "last"), codes(3)) == answers(index, codes(3))


def changes_after(seq: int) -> list[Change]:
    """Return five more hashes."""
    made = Live([SLOT])
    made.add(codes(seq))
    return made.add(codes(5, 9))[SLOT]
