"""A collection on other machines: nothing is asked of them in vain, and who waits is told why."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cluster.record import Record
from index.base import IndexOptions
from index.changes import Add
from index.cluster import asking
from index.cluster.placing import spread
from index.collections.clustered import ClusteredIndex, _Gateway
from index.errors import ClusterError, ClusterUnreachableError
from tests.index.cluster.in_process import Holders, served

SLOTS = [f"uploads.1.{number:03}" for number in range(3)]
NODES = ["a", "b"]
ZEROS = np.zeros((1, 32), np.uint8)


@pytest.fixture
def holders(tmp_path: Path) -> Iterator[Holders]:
    """Three slots with a hash each, on two machines."""
    record = Record(tmp_path, "exact")
    record.prepare()
    record.place(spread(SLOTS, NODES, replicas=2))
    for item_id, slot in enumerate(SLOTS, start=1):
        record.append(slot, [Add(1, item_id, "pdq/1", bytes([item_id]) * 32)])
    made = Holders(record, NODES)
    made.look()
    yield made
    made.close()


def options(gateway: Path | None, slot: str) -> IndexOptions:
    """Return what a slot is opened with."""
    return IndexOptions(Path("unused"), "exact", log=slot, gateway=gateway)


def test_all_slots_are_asked_at_once_and_as_of_what_is_committed(
    holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question a slot would make a network's wait as many."""
    for name in ("HEDGE_S", "_HEDGE_AT_MOST_S"):  # a busy machine is asked a second time, which is not counted here
        monkeypatch.setattr(asking, name, 600.0)
    with served(holders) as client:
        index = ClusteredIndex.joined([ClusteredIndex.open(options(client._path, slot)) for slot in SLOTS])
        for slot in index.slots:
            assert slot.reaches(1)
        assert (index.versions, index.version) == ((1, 1, 1), 3)
        holders.asked.clear()
        hits = index.searcher(at_least=(1, 1, 0)).search("pdq/1", ZEROS, 256)
        assert hits.item_ids.tolist() == sorted((1, 2, 3), key=lambda one: one.bit_count())
        assert len(holders.asked) <= len(NODES)
        with pytest.raises(ValueError, match="say it of each"):
            index.searcher(at_least=3)
        index.close()


def test_without_a_gateway_it_says_so_and_others_wait(holders: Holders, tmp_path: Path) -> None:
    """The service goes on: matching needs none of it."""
    for gateway, why in ((None, "no gateway to a cluster"), (tmp_path / "none.sock", "start it on this machine")):
        index = ClusteredIndex.open(options(gateway, SLOTS[0]))
        assert index.last_maintenance_error is None
        assert not index.maintain()
        assert why in str(index.last_maintenance_error)
        with pytest.raises(ClusterError, match=why):
            index.searcher().search("pdq/1", ZEROS, 31)
        with pytest.raises(ClusterError, match=why):
            index.erase_removed()


def test_after_a_failure_nobody_waits_for_a_moment(holders: Holders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question would try for ten seconds, and decisions wait for some of them."""
    monkeypatch.setattr(asking, "GIVE_UP_S", 0.2)
    now = 0.0
    with served(holders) as client:
        gateway = _Gateway(client, clock=lambda: now)
        index = ClusteredIndex(gateway, SLOTS[0])
        holders.lost.update(NODES)
        with pytest.raises(ClusterUnreachableError):
            index.searcher().search("pdq/1", ZEROS, 31)
        holders.asked.clear()
        with pytest.raises(ClusterUnreachableError):
            index.searcher().search("pdq/1", ZEROS, 31)
        assert holders.asked == []
        holders.lost.clear()
        index.maintain()
        assert index.last_maintenance_error is None
        assert len(index.searcher().search("pdq/1", ZEROS, 256).item_ids) == 1
        holders.lost.update(NODES)
        with pytest.raises(ClusterUnreachableError):
            index.searcher().search("pdq/1", ZEROS, 31)
        holders.lost.clear()
        now += 10
        assert len(index.searcher().search("pdq/1", ZEROS, 256).item_ids) == 1


def test_a_slot_that_no_machine_answers_about_is_named(holders: Holders) -> None:
    """An operator has to know which machine to start."""
    with served(holders) as client:
        index = ClusteredIndex.joined([ClusteredIndex.open(options(client._path, slot)) for slot in [*SLOTS, "other"]])
        index.maintain()
        assert index.last_maintenance_error == "no machine answers about other"
        holders.lost.update(NODES)
        index.maintain()
        assert str(index.last_maintenance_error).endswith("uploads.1.002 and 1 more")
        index.close()


def test_an_erasure_that_waits_for_one_machine_keeps_no_question_from_the_others(holders: Holders) -> None:
    """A lost machine holds up what must be gone from it, and nothing else."""
    with served(holders) as client:
        index = ClusteredIndex.open(options(client._path, SLOTS[0]))
        holders.lost.add("a")
        with pytest.raises(ClusterUnreachableError, match="not every replica has erased"):
            index.erase_removed()
        assert len(index.searcher().search("pdq/1", ZEROS, 256).item_ids) == 1
        index.close()
