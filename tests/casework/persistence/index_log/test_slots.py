"""The log of uploads in slots: each without gaps, all written in one transaction, and nobody waits in a circle."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from casework.domain.media import Collection, Media, SubmittedMedia
from casework.persistence import tables
from casework.persistence.connection.database import open_database, open_follower
from casework.persistence.index_log.moving_slots import move_to_slots, split_if_empty
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.slots import Layout, SlotsMovedError, layout_of, seqs_of, versions_of
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.signals.base import Signal
from tests.casework.persistence.records import writing
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

SLOTS = 4
UPLOADS = Collection.UPLOADS

Row = tuple[int, str, int, bytes | None]
"""seq, op, item, value"""


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty record."""
    with empty_record(request.param, request, tmp_path) as address:
        yield address


@pytest.fixture
def record(url: str) -> Iterator[Engine]:
    """Open an empty record whose uploads lie in four slots."""
    engine = open_database(url)
    assert split_if_empty(engine, UPLOADS, SLOTS)
    yield engine
    engine.dispose()


def media_of(uow: SqlUnitOfWork, *values: bytes) -> Media:
    """Store a picture that has these as `sha256/1`."""
    signals = tuple(Signal("sha256/1", value) for value in values)
    return uow.media.add(SubmittedMedia("image", 1, 1, None, signals), case_id=None, position=0)


def value_of(number: int) -> bytes:
    return number.to_bytes(32, "big")


def slot_of(item_id: int, slots: int) -> int:
    """Count slots through, block by block: each round begins one slot later than the one before."""
    round_, place = divmod(item_id // 4, slots)
    return (round_ + place) % slots


def logs_in(engine: Engine) -> dict[str, list[Row]]:
    """Return every log of the uploads, as it lies in the record."""
    with engine.connect() as connection:
        reader, layout = IndexLogReader(connection), layout_of(connection, UPLOADS)
        found = {slot.log: reader.after(slot, 0, limit=1_000_000) for slot in layout.slots}
        assert seqs_of(connection, UPLOADS) == {name: len(rows) for name, rows in found.items()}
        versions = versions_of(connection, layout)
        assert reader.version(UPLOADS) == sum(versions)
        changes = tables.index_changes.c.collection
        named = set(connection.execute(select(changes).distinct()).scalars())
        assert {one for one in named if one.startswith("uploads")} <= set(found)
    return {
        name: [(row["seq"], row["op"], row["item_id"], row["value"]) for row in rows] for name, rows in found.items()
    }


def check_slots(engine: Engine, count: int) -> dict[int, list[str]]:
    """Make sure that every log is whole and holds its own items alone; return what was done to each item."""
    done: dict[int, list[str]] = {}
    logs = logs_in(engine)
    assert len(logs) == count
    for number, rows in enumerate(logs.values()):
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
        assert {slot_of(row[2], count) for row in rows} <= {number}
        for _, op, item_id, _ in rows:
            done.setdefault(item_id, []).append(op)
    return done


def test_items_lie_in_their_slots_and_each_log_is_whole(record: Engine) -> None:
    """One transaction writes to several logs; what was undone in part of it leaves no number out."""
    with writing(record) as uow:
        uow.index_log.add_many(UPLOADS, [(f"upl_{n}", media_of(uow, value_of(n))) for n in range(24)])
        with suppress(InterruptedError), uow.part():
            uow.index_log.add(UPLOADS, "upl_undone", media_of(uow, value_of(99)))
            raise InterruptedError
        uow.index_log.remove(UPLOADS, "upl_3")
    done = check_slots(record, SLOTS)
    assert sorted(done.values()) == [["add"]] * 23 + [["add", "remove"]]
    with record.connect() as connection:
        reader, layout = IndexLogReader(connection), layout_of(connection, UPLOADS)
        live = [[item.owner_id for item in reader.live_items(slot, batch=2)] for slot in layout.slots]
        everything = [item.owner_id for item in reader.live_items(UPLOADS)]
    assert sorted(one for each in live for one in each) == sorted(everything)
    assert set(everything) == {f"upl_{n}" for n in range(24) if n != 3}
    assert all(live)


def test_transaction_that_fails_leaves_no_number_out(record: Engine) -> None:
    """Numbers are taken as it ends; what never commits gives them back."""
    with suppress(InterruptedError), writing(record) as uow:
        uow.index_log.add(UPLOADS, "upl_1", media_of(uow, value_of(1)))
        uow.index_log.flush()
        raise InterruptedError
    with writing(record) as uow:
        uow.index_log.add(UPLOADS, "upl_2", media_of(uow, value_of(2)))
    assert list(check_slots(record, SLOTS).values()) == [["add"]]


def test_value_that_is_erased_in_the_transaction_that_adds_it_is_never_written(record: Engine) -> None:
    """Erased means gone, also from what is yet to be numbered."""
    with writing(record) as uow:
        media = media_of(uow, value_of(1))
        uow.index_log.add(UPLOADS, "upl_1", media)
        uow.index_log.remove(UPLOADS, "upl_1")
        uow.index_log.erase(["upl_1"], [media.id])
    assert list(check_slots(record, SLOTS).values()) == [["add", "remove"]]
    assert {row[3] for rows in logs_in(record).values() for row in rows} == {None}


def test_version_counts_the_changes_of_all_slots_and_those_to_come(record: Engine) -> None:
    """What is known outside is one number, that only grows."""
    with writing(record) as uow:
        assert uow.index_log.version(UPLOADS) == 0
        uow.index_log.add(UPLOADS, "upl_1", media_of(uow, value_of(1), value_of(2), value_of(3)))
        assert uow.index_log.version(UPLOADS) == 3
    with writing(record) as uow:
        assert uow.index_log.remove(UPLOADS, "nobody's") == 0
        assert uow.index_log.version(UPLOADS) == 3
        assert uow.figures.newest_changes() == {"takedowns": 0, "uploads": 3, "protected": 0}


def test_one_slot_is_kept_as_ever(url: str) -> None:
    """By default nothing is stored otherwise than before there were slots."""
    engine = open_database(url)
    assert split_if_empty(engine, UPLOADS, 1)
    with writing(engine) as uow:
        assert uow.index_log.add(UPLOADS, "upl_1", media_of(uow, value_of(1))) == 1
        assert uow.index_log.remove(UPLOADS, "upl_1") == 2
    assert [row[:2] for row in logs_in(engine)["uploads"]] == [(1, "add"), (2, "remove")]
    engine.dispose()


def test_slots_are_fixed_once_something_is_in_them(record: Engine) -> None:
    """An empty log is split as often as somebody changes their mind; a log with something in it is moved, or stays."""
    assert split_if_empty(record, UPLOADS, 2)
    assert split_if_empty(record, UPLOADS, SLOTS)
    with writing(record) as uow:
        uow.index_log.add(UPLOADS, "upl_1", media_of(uow, value_of(1)))
    before = logs_in(record)
    assert not split_if_empty(record, UPLOADS, 2)
    assert split_if_empty(record, UPLOADS, SLOTS)
    assert logs_in(record) == before


@pytest.mark.parametrize("counts", [(3, 1, 4), (1, 512)], ids=str)
def test_moving_keeps_every_change_in_the_order_of_its_item(record: Engine, counts: tuple[int, ...]) -> None:
    """Whatever the slots before and after: nothing is lost, nothing is twice, and an erased value stays erased."""
    choices = random.Random(3)
    live: list[str] = []
    for n in range(60):
        with writing(record) as uow:
            uow.index_log.add(UPLOADS, f"upl_{n}", media_of(uow, *(value_of(10 * n + k) for k in range(3))))
            live.append(f"upl_{n}")
            if choices.random() < 0.4:
                gone = live.pop(choices.randrange(len(live)))
                uow.index_log.remove(UPLOADS, gone)
                uow.index_log.erase([gone], [])
    done, values = check_slots(record, SLOTS), values_in(record)
    for count in counts:
        layout = move_to_slots(record, UPLOADS, count)
        assert (layout.count, check_slots(record, count), values_in(record)) == (count, done, values)
        with writing(record) as uow:
            uow.index_log.add(UPLOADS, "upl_later", media_of(uow, value_of(7_000)))
            uow.index_log.remove(UPLOADS, "upl_later")
        done, values = check_slots(record, count), values_in(record)


def values_in(engine: Engine) -> dict[tuple[int, str], bytes | None]:
    """Return the value of every change, by item and what was done."""
    return {(row[2], row[1]): row[3] for rows in logs_in(engine).values() for row in rows}


def test_who_knew_other_slots_is_refused_and_stores_nothing(record: Engine) -> None:
    """A process that was forgotten when the log was moved must not write where nobody reads, nor answer from there."""
    with writing(record) as uow:
        uow.index_log.add(UPLOADS, "upl_1", media_of(uow, value_of(1)))
    with record.connect() as connection:
        known = layout_of(connection, UPLOADS)
    move_to_slots(record, UPLOADS, 2)
    before = check_slots(record, 2)

    def as_it_was() -> None:
        with writing(record) as uow:
            uow.index_log._layouts[UPLOADS] = known
            uow.index_log.add(UPLOADS, "upl_2", media_of(uow, value_of(2), value_of(3)))

    with pytest.raises(SlotsMovedError, match="restart"):
        as_it_was()
    assert check_slots(record, 2) == before
    with record.connect() as connection, pytest.raises(SlotsMovedError):
        versions_of(connection, known)
    with record.connect() as connection, pytest.raises(SlotsMovedError):
        IndexLogReader(connection).version(known.slot(0))


def test_names_of_slots_are_in_their_order_and_never_used_again() -> None:
    """Counters are locked by name; a folder of before must not be taken for one of now."""
    layout = Layout(UPLOADS, 512, 3)
    names = [slot.log for slot in layout.slots]
    assert names == sorted(names)
    assert max(map(len, names)) <= 20
    assert not set(names) & {slot.log for slot in Layout(UPLOADS, 512, 4).slots}
    assert Layout(UPLOADS).slot(0).log == "uploads"


@pytest.mark.parametrize("slots", [1, 2, 3, 4, 16, 512])
@pytest.mark.parametrize("items", [3, 4, 8])
def test_slots_hold_as_much_of_each_signal(slots: int, items: int) -> None:
    """Uploads have as many items as signals, ids following each other: no slot may get one signal's values alone."""
    uploads = 4 * slots * 8
    layout = Layout(UPLOADS, slots)
    held = Counter((layout.slot_of(item_id).number, item_id % items) for item_id in range(uploads * items))
    assert {number for number, _ in held} == set(range(slots))
    assert max(held.values()) <= 1.25 * uploads / slots
    assert all(layout.slot_of(item_id).number == slot_of(item_id, slots) for item_id in range(9 * slots))
    touched = [len({layout.slot_of(first + n).number for n in range(items)}) for first in range(0, 4_000, items)]
    assert sum(touched) / len(touched) <= 1 + items / 4


WRITERS, ROUNDS = 6, 40


def test_writers_in_opposite_orders_never_wait_in_a_circle(url: str) -> None:
    """Two transactions that come upon the same slots in opposite orders would each hold what the other wants."""
    engine = open_database(url)
    assert split_if_empty(engine, UPLOADS, SLOTS)
    with writing(engine) as uow:
        owners = [f"upl_{n}" for n in range(WRITERS * ROUNDS)]
        uow.index_log.add_many(UPLOADS, [(one, media_of(uow, value_of(n))) for n, one in enumerate(owners)])
    together = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        for n in range(ROUNDS):
            together.wait(60)
            with writing(engine) as uow:
                mine = owners[writer * ROUNDS + n]
                added = [value_of(1_000_000 + WRITERS * 10 * n + 10 * writer + k) for k in range(3)]
                for step in (0, 1) if writer % 2 else (1, 0):
                    if step:
                        uow.index_log.remove(UPLOADS, mine)
                    else:
                        for value in added:
                            uow.index_log.add(UPLOADS, f"upl_new_{writer}_{n}", media_of(uow, value))

    with ThreadPoolExecutor(WRITERS) as threads:
        failures = [one for each in [threads.submit(write, n) for n in range(WRITERS)] if (one := each.exception())]
    assert failures == []
    done = check_slots(engine, SLOTS)
    assert len(done) == WRITERS * ROUNDS * 4
    assert sum(ops == ["add", "remove"] for ops in done.values()) == WRITERS * ROUNDS
    engine.dispose()


def test_no_reader_of_a_slot_skips_a_seq_while_writers_race(url: str) -> None:
    """And what one statement says is committed of all slots can be read from each."""
    engine, follower = open_database(url), open_follower(url)
    assert split_if_empty(engine, UPLOADS, SLOTS)
    done = threading.Event()
    seen: list[list[int]] = [[] for _ in range(SLOTS)]

    def write(seed: int) -> None:
        choices = random.Random(seed)
        for n in range(25):
            try:
                with writing(engine) as uow:
                    for part in range(choices.randint(1, 3)):
                        uow.index_log.add(
                            UPLOADS, f"upl_{seed}_{n}", media_of(uow, value_of(seed * 1_000 + n * 9 + part))
                        )
                    if choices.random() < 0.2:
                        raise InterruptedError
            except InterruptedError:
                continue

    def read() -> None:
        with follower.connect() as connection:
            reader, layout = IndexLogReader(connection), layout_of(connection, UPLOADS)
            while True:
                finished = done.is_set()
                committed = versions_of(connection, layout)
                for slot, known, newest in zip(layout.slots, seen, committed, strict=True):
                    rows = reader.after(slot, len(known), limit=newest - len(known)) if newest > len(known) else []
                    known.extend(row["seq"] for row in rows)
                    assert known == list(range(1, newest + 1))
                if finished:
                    return
                done.wait(0.001)  # a reader without a pause keeps the writers off a busy machine's processors

    with ThreadPoolExecutor(5) as threads:
        reading = threads.submit(read)
        failures = [one for each in [threads.submit(write, seed) for seed in range(4)] if (one := each.exception())]
        done.set()
        reading.result()
    assert failures == []
    assert sum(map(len, seen)) == sum(map(len, logs_in(engine).values())) > 100
    for one in (engine, follower):
        one.dispose()
