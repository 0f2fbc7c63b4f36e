"""An empty machine begins with what another has put into the store, and what was erased is in neither."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from api.cluster.home import RecordHome
from api.stores.places import FolderPlace, place_at
from casework.persistence.index_log.stored import SqlStored
from index.cluster import holder as holder_module
from index.cluster.holder import Holder
from index.cluster.home import Placed, Stage
from index.errors import StoreUnreachableError
from tests.api.cluster.machines_and_store import PDQ, SLOT, Cluster, value
from tests.helpers.running.waiting import eventually


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Place uploads on machine a, with 30 items."""
    made = Cluster(tmp_path)
    made.log.add(*range(1, 31))
    made.place(Placed(SLOT, "a", Stage.SERVING))
    yield made
    made.close()


def found(holder: Holder, at_least: int) -> list[int]:
    """Return every item that a machine finds."""
    answer = holder.search({SLOT: at_least}, PDQ, np.zeros((1, 32), np.uint8), 256)
    return sorted(answer.hits.item_ids.tolist())


def test_an_empty_machine_takes_a_replica_from_the_store_and_follows_the_log(cluster: Cluster) -> None:
    """Then it serves: a row in SQL."""
    first = cluster.holder("a")
    cluster.sealed(first)
    (row,) = cluster.stored()
    assert (row.node, row.version, row.store) == ("a", 30, cluster.settings.cluster_store)
    cluster.log.add(31, 32)
    index = cluster.home.open_index(SLOT, "b")
    assert index.version == 30, "nothing was read from the log yet"
    shutil.rmtree(cluster.settings.cluster_folder / "b")
    cluster.place(Placed(SLOT, "b", Stage.COMING, replaces="a"))
    second = cluster.holder("b")
    eventually(lambda: cluster.home.placement() == [Placed(SLOT, "b", Stage.SERVING)])
    assert found(second, 32) == list(range(1, 33))
    cluster.sealed(second)
    assert [(one.node, one.version) for one in cluster.stored()] == [("b", 32)], "a's went with its row"
    assert cluster.names("a") == []


def test_only_what_has_changed_is_put_there(cluster: Cluster) -> None:
    """A round without a change writes nothing."""
    first = cluster.holder("a")
    cluster.sealed(first)
    (before,), names = cluster.stored(), cluster.names("a")
    first._publisher.look()
    assert (cluster.stored(), cluster.names("a")) == ([before], names)
    cluster.log.add(31)
    cluster.sealed(first)
    (after,) = cluster.stored()
    assert (after.version, after.generation > before.generation) == (31, True)
    assert set(names) & set(cluster.names("a")), "what did not change lies there on"
    assert set(names) - set(cluster.names("a")), "what is not named goes"


def test_an_erasure_between_publication_and_restoring_is_not_undone(cluster: Cluster) -> None:
    """A machine has fetched what was erased meanwhile, and nobody told it: it learns of it before it serves."""
    cluster.sealed(first := cluster.holder("a"))
    cluster.home.open_index(SLOT, "b")
    assert cluster.holds("b", 7)
    cluster.log.remove(7)
    cluster.log.erase(7)
    assert cluster.erase(first).stored > 0
    assert not cluster.keeps(7)
    assert not cluster.holds("a", 7)
    cluster.place(Placed(SLOT, "b", Stage.COMING))
    second = cluster.holder("b")
    eventually(lambda: {one.stage for one in cluster.home.placement()} == {Stage.SERVING})
    assert found(second, cluster.log.seq) == [item for item in range(1, 31) if item != 7]
    assert not cluster.holds("b", 7)


def test_after_an_erasure_the_store_has_the_replica_again_without_it(cluster: Cluster) -> None:
    """What was published before is withdrawn at once; the next publication takes its place."""
    cluster.sealed(first := cluster.holder("a"))
    cluster.log.remove(7)
    cluster.log.erase(7)
    assert cluster.keeps(7)
    cluster.erase(first)
    first._publisher.look()
    assert not cluster.keeps(7)
    (row,) = cluster.stored()
    index = cluster.home.open_index(SLOT, "b")
    assert index.version == row.version
    assert not cluster.holds("b", 7)
    again = cluster.erase(first)
    assert (again.files, again.stored) == (0, 0)
    assert cluster.stored() == [row], "what holds nothing that was removed stays"


class Slow(FolderPlace):
    """A store that is told when a chunk may go on."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.reached, self.may_go_on = threading.Event(), threading.Event()

    def put(self, name: str, data: bytes) -> None:
        """Wait, and put an object."""
        self.reached.set()
        assert self.may_go_on.wait(60)
        super().put(name, data)


def test_an_erasure_ends_a_publication_that_is_under_way(cluster: Cluster) -> None:
    """What was on its way to the store when it was erased does not arrive there afterwards."""
    first = cluster.holder("a")
    slow = Slow(cluster.settings.cluster_store)
    cluster.home._here.stored._places[cluster.settings.cluster_store] = slow
    first.look()
    first._replicas[SLOT]._index.seal()
    publishing = threading.Thread(target=first._publisher.look)
    publishing.start()
    assert slow.reached.wait(60)
    cluster.log.remove(7)
    cluster.log.erase(7)
    erasing = threading.Thread(target=cluster.erase, args=(first,))
    erasing.start()
    eventually(lambda: first._publisher._pauses == 1)
    slow.may_go_on.set()
    for thread in (publishing, erasing):
        thread.join(60)
        assert not thread.is_alive()
    assert not cluster.keeps(7)
    assert not cluster.holds("a", 7)
    first._publisher.look()
    assert [row.node for row in cluster.stored()] == ["a"]
    assert not cluster.keeps(7)


def test_an_erasure_waits_for_a_store_that_does_not_answer(cluster: Cluster) -> None:
    """It is not done while nobody knows whether a value lies there."""
    cluster.sealed(first := cluster.holder("a"))
    cluster.log.remove(7)
    cluster.log.erase(7)
    (cluster.folder / "store").rename(cluster.folder / "away")
    with pytest.raises(StoreUnreachableError):
        cluster.erase(first)
    (cluster.folder / "away").rename(cluster.folder / "store")
    assert cluster.erase(first).stored > 0
    assert not cluster.keeps(7)


def test_a_machine_that_was_declared_lost_leaves_nothing_and_touches_nothing_of_others(cluster: Cluster) -> None:
    """It was putting a replica there when its row went; its successor has put one there meanwhile."""
    cluster.sealed(cluster.holder("a"))
    cluster.log.add(31)
    cluster.place(Placed(SLOT, "b", Stage.SERVING))
    cluster.sealed(cluster.holder("b"))
    theirs = cluster.names("b")
    zombie = RecordHome(cluster.settings)
    index = zombie.open_index(SLOT, "a")
    taken: list[bool] = []

    def lose_the_row() -> None:
        if not taken:
            taken.append(True)
            cluster.take_away("a")

    try:
        replica_log = zombie.open_log(SLOT)
        index.apply(replica_log.after(index.version, limit=100))
        index.seal()
        zombie.publish(SLOT, "a", lose_the_row)
    finally:
        zombie.close()
    assert taken
    assert cluster.names("a") == []
    assert cluster.names("b") == theirs
    assert "b" in {row.node for row in cluster.stored()}


def test_a_machine_that_holds_a_slot_no_more_does_not_begin_to_send_it(cluster: Cluster) -> None:
    """Nobody has it erase, and what it has may be erased everywhere else."""
    index = cluster.home.open_index(SLOT, "z")
    index.apply(cluster.home.open_log(SLOT).after(0, limit=100))
    index.seal()
    asked: list[bool] = []
    cluster.home.publish(SLOT, "z", lambda: asked.append(True))
    assert asked == cluster.names("z") == []


def test_a_machine_from_which_a_slot_was_moved_takes_its_files_out_of_the_store(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had sent and not named yet, too, for it may be the last machine that there is."""
    monkeypatch.setattr(holder_module, "GRACE_S", 0.0)
    cluster.sealed(first := cluster.holder("a"))
    cluster.store.put(f"{SLOT}/a/{'0' * 64}", value(7))
    cluster.take_away("a")
    first.look()
    eventually(lambda: cluster.names("a") == [])
    assert cluster.stored() == []


def test_what_a_lost_machine_left_goes_with_the_next_erasure(cluster: Cluster) -> None:
    """Named or not: it cannot delete it itself. What is not ours in the bucket is left alone."""
    cluster.sealed(cluster.holder("a"))
    second = cluster.holder("b")
    cluster.place(Placed(SLOT, "b", Stage.SERVING))
    cluster.store.put(f"{SLOT}/c/{'0' * 64}", value(7))
    cluster.store.put(f"{SLOT}/c/{'1' * 64}.new", value(8))
    for name in ("README", f"{SLOT}/c/notes", f"other/c/{'0' * 63}"):
        cluster.store.put(name, b"not ours")
    cluster.take_away("a")
    cluster.erase(second)
    assert [row.node for row in cluster.stored()] != ["a"]
    assert cluster.names("a") == []
    assert cluster.names("c") == [f"{SLOT}/c/notes"]
    assert {"README", f"other/c/{'0' * 63}"} <= set(cluster.store.names(""))


@pytest.mark.parametrize("what", ["document gone", "document of another", "chunk changed", "ahead", "store away"])
def test_what_cannot_be_used_is_passed_over_loudly(cluster: Cluster, what: str) -> None:
    """The replica is built from the record then, and nothing is left half way."""
    cluster.sealed(cluster.holder("a"))
    (row,) = cluster.stored()
    document = f"{SLOT}/a/{row.document}"
    if what == "document gone":
        cluster.store.delete(document)
    elif what == "document of another":
        cluster.store.put(document, b"{}")
    elif what == "chunk changed":
        name = next(one for one in cluster.names("a") if one != document)
        cluster.store.put(name, cluster.store.get(name, most=1 << 30) + b"\0")
    elif what == "ahead":
        with cluster.engine.begin() as connection:
            SqlStored(connection).note(replace(row, version=31))
    else:
        (cluster.folder / "store").rename(cluster.folder / "away")
    cluster.place(Placed(SLOT, "b", Stage.COMING))
    with capture_logs() as lines:
        second = cluster.holder("b")
    assert found(second, 30) == list(range(1, 31))
    assert not list(cluster.settings.cluster_folder.glob("*.coming/*"))
    said = [line["event"] for line in lines if line["log_level"] == "error"]
    assert said == [] if what == "ahead" else "a replica is built from the record, not from the store" in said


def test_a_replica_of_a_newer_version_is_not_begun_with(cluster: Cluster, tmp_path: Path) -> None:
    """As where the machines are upgraded one by one: it is followed from the log."""
    cluster.sealed(cluster.holder("a"))
    stored = cluster.home._here.stored

    def refuse(_: Path) -> None:
        message = "written by a newer Staydown"
        raise ValueError(message)

    folder, beside = tmp_path / "new", tmp_path / "beside"
    assert not stored.restore(SLOT, folder, beside, committed=30, check=refuse)
    assert not folder.exists()
    assert not beside.exists()
    assert stored.restore(SLOT, folder, beside, committed=30, check=lambda _: None)


def test_another_store_or_none_leaves_nothing_in_the_one_before(cluster: Cluster) -> None:
    """Else nobody would erase there."""
    cluster.sealed(cluster.holder("a"))
    (cluster.folder / "other").mkdir()
    moved = cluster.settings.model_copy(update={"cluster_store": f"file://{cluster.folder}/other"})
    home = RecordHome(moved)
    home.publish(SLOT, "a", lambda: None)
    home.close()
    assert cluster.names("a") == []
    (row,) = cluster.stored()
    assert row.store == moved.cluster_store
    assert list(place_at(moved.cluster_store).names(f"{SLOT}/a/"))
    without = RecordHome(cluster.settings.model_copy(update={"cluster_store": ""}))
    without.publish(SLOT, "a", lambda: None)
    assert without.erase_stored(SLOT, "a") > 0
    without.close()
    assert list(place_at(moved.cluster_store).names("")) == []
    assert cluster.stored() == []


def test_a_machine_deletes_what_it_fetched_only_in_part(cluster: Cluster) -> None:
    """It was killed half way, and then the slot went elsewhere."""
    half = cluster.settings.cluster_folder / "b.coming" / SLOT / "segments"
    half.mkdir(parents=True)
    assert cluster.home.folders("b") == [SLOT]
    cluster.holder("b").erase({})
    assert cluster.home.folders("b") == []
    assert not half.exists()
