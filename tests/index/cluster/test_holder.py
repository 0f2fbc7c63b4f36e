"""A machine of a cluster holds what the placement says, and nothing else for long."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cluster.made_up import Live, Pictures, around
from benchmarks.cluster.record import Record
from index.changes import Remove
from index.cluster import holder as holder_module
from index.cluster.holder import Holder
from index.cluster.home import Placed, Stage
from index.errors import ForgottenQuestionError, SlotNotHeldError, VersionNotReachedError
from tests.helpers.running.waiting import eventually

SLOT = "uploads.1.000"


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """A record with one slot of 30 hashes, placed on machine a."""
    made = Record(tmp_path, "exact")
    made.prepare()
    made.place([Placed(SLOT, "a", Stage.SERVING)])
    rng = np.random.default_rng(1)
    made.append(SLOT, Live([SLOT]).add(around(rng.integers(0, 256, (3, 32), dtype=np.uint8), 30, 12, rng))[SLOT])
    return made


@pytest.fixture
def holder(record: Record) -> Iterator[Holder]:
    """Machine a."""
    made = Holder(record, "a")
    made.look()
    yield made
    made.close()


def items(holder: Holder, at_least: int = 30) -> list[int]:
    """Return everything that is found."""
    answer = holder.search({SLOT: at_least}, "pdq/1", np.zeros((1, 32), np.uint8), 256)
    return sorted(answer.hits.item_ids.tolist())


def test_a_replica_follows_its_log_before_it_answers(record: Record, holder: Holder) -> None:
    """Read your takedown, on every machine."""
    record.append(SLOT, [Remove(31, 5, "pdq/1")])
    assert items(holder, at_least=31) == [*range(1, 5), *range(6, 31)]
    with pytest.raises(VersionNotReachedError, match="seq 32"):
        items(holder, at_least=32)


def test_a_slot_that_lies_elsewhere_is_refused(holder: Holder) -> None:
    """Silence about it would be taken for no hits."""
    with pytest.raises(SlotNotHeldError, match=r"uploads\.1\.001"):
        holder.search({"uploads.1.001": 0}, "pdq/1", np.zeros((1, 32), np.uint8), 31)


def test_a_replica_that_comes_serves_once_it_has_caught_up_and_the_old_one_goes(
    record: Record, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slot is moved by a row; at every moment somebody serves it; the values do not stay behind."""
    monkeypatch.setattr(holder_module, "GRACE_S", 0.5)
    record.place([Placed(SLOT, "b", Stage.COMING, replaces="a")])
    other = Holder(record, "b")
    try:
        eventually(lambda: record.placement() == [Placed(SLOT, "b", Stage.SERVING)])
        assert items(other) == list(range(1, 31))
        eventually(lambda: record.folders("a") == [])
        with pytest.raises(SlotNotHeldError):
            items(holder)
    finally:
        other.close()


def test_a_machine_that_was_away_deletes_what_was_moved_meanwhile(record: Record) -> None:
    """Its folder still holds values, some of which may have been erased since."""
    first = Holder(record, "a")
    first.look()
    first.close()
    assert record.folders("a") == [SLOT]
    record.place([Placed(SLOT, "a", Stage.COMING)])
    record.place([Placed(SLOT, "b", Stage.COMING, replaces="a")])
    record.serves(SLOT, "b")
    again = Holder(record, "a")
    try:
        again.erase({})
        assert record.folders("a") == []
    finally:
        again.close()


def test_erasing_takes_values_off_the_disk(record: Record, holder: Holder) -> None:
    """Erased means gone: from replicas too."""
    code = np.frombuffer(record.open_log(SLOT).after(0, limit=1)[0].value, np.uint8).tobytes()
    replica = holder._replicas[SLOT]._index
    replica.hashes.seal()
    assert on_disk(record, code)
    record.append(SLOT, [Remove(31, 1, "pdq/1")])
    assert holder.erase({SLOT: 31}).files > 0
    assert not on_disk(record, code)


class NotLookedYet(Record):
    """A record whose placement the round of a holder cannot read: a machine that has not looked since it started."""

    def placement(self) -> Sequence[Placed]:
        """Read the whole placement."""
        if threading.current_thread().name == "holder":
            message = "the database is away"
            raise OSError(message)
        return Record.placement(self)


def test_a_machine_that_has_just_started_erases_what_lies_on_its_disk(record: Record) -> None:
    """Whoever says that it has erased has looked at its folders first, opened or not."""
    code = np.frombuffer(record.open_log(SLOT).after(0, limit=1)[0].value, np.uint8).tobytes()
    first = Holder(record, "a")
    first.look()
    first._replicas[SLOT]._index.hashes.seal()
    first.close()
    record.append(SLOT, [Remove(31, 1, "pdq/1")])
    again = Holder(NotLookedYet(record.folder, "exact"), "a")
    try:
        assert on_disk(record, code)
        assert again.erase({SLOT: 31}).files > 0
        assert not on_disk(record, code)
    finally:
        again.close()


def on_disk(record: Record, value: bytes) -> bool:
    """Tell whether some bytes lie in a file of a replica."""
    return any(value in path.read_bytes() for path in (record.folder / "a").rglob("*") if path.is_file())


def test_rows_of_a_question_are_handed_out_once(record: Record, holder: Holder) -> None:
    """What waits for a second phase is no store of values."""
    record.append(SLOT, [Pictures(1).add(31, 31)])
    kept = holder.near({SLOT: 31}, np.zeros((2, 32), np.uint8), 3, 60).kept
    assert len(holder.within(kept, np.full(2, 72, np.uint8))) == 0
    with pytest.raises(ForgottenQuestionError, match="ask again"):
        holder.within(kept, np.full(2, 72, np.uint8))


def test_a_replica_is_there_again_after_a_restart_without_its_log_from_the_start(record: Record) -> None:
    """What was sealed is not read again."""
    first = Holder(record, "a")
    first.look()
    first._replicas[SLOT]._index.seal()
    first.close()
    again = Holder(record, "a")
    try:
        again.look()
        assert again._replicas[SLOT]._index.hashes.applied_seq == 30
        assert items(again) == list(range(1, 31))
    finally:
        again.close()
