"""Units of work that share a commit: as if each had its own, and each on the disk before anybody hears of it."""

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as QueueTimeoutError

from casework.domain.media import Collection
from casework.persistence.connection.database import open_database
from casework.persistence.connection.turns.group_commit import MOST_UNITS, GroupedWriter, Unit
from casework.persistence.connection.turns.process_turns import ProcessTurns
from tests.helpers.running.waiting import eventually

NOTHING: frozenset[Collection] = frozenset()
REPOSITORY = Path(__file__).parents[5]

Work = Callable[[Unit], None]


class Record:
    """
    A table of numbers, written in groups.

    Args:
        folder: Where its file lies.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "record.db"
        self.engine = open_database(f"sqlite:///{self.path}")
        with self.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE numbers (place INTEGER PRIMARY KEY, number INTEGER UNIQUE)")
            connection.exec_driver_sql("CREATE TABLE counter (last INTEGER)")
            connection.exec_driver_sql("INSERT INTO counter VALUES (0)")
        self.writer = GroupedWriter(self.engine, ProcessTurns(self.path), most_s=600)
        self.commits = 0
        event.listen(self.engine, "commit", self._count)

    def on_disk(self) -> list[int]:
        """Read, by another connection, the numbers in the order they were written."""
        connection = sqlite3.connect(self.path)
        try:
            return [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY place")]
        finally:
            connection.close()

    def _count(self, _: Connection) -> None:
        self.commits += 1


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """Open a record."""
    opened = Record(tmp_path)
    yield opened
    opened.writer.close()


class OnPurposeError(Exception):
    """What a unit failed with."""


def append(unit: Unit, number: int) -> None:
    """Write a number at the next place, as the log does: from a counter that the transaction holds."""
    connection = unit.connection
    place = connection.exec_driver_sql("UPDATE counter SET last = last + 1 RETURNING last").scalar_one()
    connection.exec_driver_sql("INSERT INTO numbers VALUES (?, ?)", (place, number))


def appending(number: int) -> Work:
    """Return a unit that writes a number."""
    return lambda unit: append(unit, number)


def failing(unit: Unit) -> None:
    """Write something, then fail."""
    append(unit, 99)
    raise OnPurposeError


def run(record: Record, work: Work, **options: Any) -> BaseException | None:
    """Run a unit by itself; return what it raised."""
    try:
        with record.writer.unit(**{"searches": NOTHING, **options}) as unit:
            work(unit)
    except BaseException as error:  # returned
        return error
    return None


def gathered(
    record: Record, works: Sequence[Work], *, first: Work = lambda _: None, options: Sequence[dict[str, Any]] = ()
) -> list[BaseException | None]:
    """Run units that come, one after another, while a first one has the turn; return what each of them raised."""
    ends: list[BaseException | None] = [None] * len(works)
    threads: list[threading.Thread] = []

    def wait_for_a_turn(place: int) -> None:
        ends[place] = run(record, works[place], **(options[place] if options else {}))

    def until_all_wait(unit: Unit) -> None:
        for place in range(len(works)):
            threads.append(threading.Thread(target=wait_for_a_turn, args=(place,)))
            threads[-1].start()
            eventually(lambda place=place: record.writer.waiting == place + 1, again_s=0.001)
        first(unit)

    run(record, until_all_wait)
    for thread in threads:
        thread.join()
    return ends


def test_units_that_wait_share_a_commit(record: Record) -> None:
    """One sync for all of them: that is what it is for."""
    assert gathered(record, [appending(n) for n in range(10)]) == [None] * 10
    assert record.on_disk() == list(range(10))
    assert record.commits == 1


def test_group_is_not_endless(record: Record) -> None:
    """Who came first does not wait for all who will ever come."""
    count = MOST_UNITS + 10
    gathered(record, [appending(n) for n in range(count)])
    assert record.on_disk() == list(range(count))
    assert record.commits >= 2


def test_unit_that_fails_undoes_itself_alone(record: Record) -> None:
    """What it wrote is gone; what came before it and after it is there."""

    def refused(unit: Unit) -> None:
        append(unit, 98)
        unit.connection.exec_driver_sql("INSERT INTO numbers VALUES (1, 1)")

    ends = gathered(record, [appending(1), failing, refused, appending(2)])
    assert [type(end) for end in ends] == [type(None), OnPurposeError, IntegrityError, type(None)]
    assert record.on_disk() == [1, 2]
    assert record.commits == 1


def test_nobody_hears_of_a_unit_before_it_is_on_the_disk(record: Record) -> None:
    """Not even that it failed: what it saw may never have happened."""
    heard: list[int] = []
    heard_at_commit: list[list[int]] = []

    def note(number: int) -> None:
        run(record, appending(number) if number else failing)
        heard.append(number)

    event.listen(record.engine, "commit", lambda _: heard_at_commit.append([*heard, *record.on_disk()]))
    threads = [threading.Thread(target=note, args=(number,)) for number in range(6)]

    def until_all_wait(_: Unit) -> None:
        for thread in threads:
            thread.start()
        eventually(lambda: record.writer.waiting == len(threads), again_s=0.001)

    run(record, until_all_wait)
    for thread in threads:
        thread.join()
    assert heard_at_commit == [[]]
    assert sorted(record.on_disk()) == [1, 2, 3, 4, 5]


def test_commit_that_fails_fails_for_all_of_the_group(record: Record) -> None:
    """Nothing is stored, nobody is told that it was, and the next group is whole."""
    broken = [OperationalError(None, None, sqlite3.OperationalError("disk I/O error"))]

    def fail_once(_: Connection) -> None:
        if broken:
            raise broken.pop()

    event.listen(record.engine, "commit", fail_once)
    ends = gathered(record, [appending(1), failing, appending(2)])
    assert [type(end) for end in ends] == [OperationalError] * 3
    assert record.on_disk() == []
    assert run(record, appending(7)) is None
    assert record.on_disk() == [7]


def test_transaction_that_sqlite_undid_fails_for_all_who_were_in_it(record: Record) -> None:
    """A full disk can undo everything at once, savepoints too; who comes later is in a new one."""

    def undo_all(unit: Unit) -> None:
        unit.connection.exec_driver_sql("INSERT OR ROLLBACK INTO numbers VALUES (1, 1)")

    ends = gathered(record, [appending(1), undo_all, appending(2)])
    assert [type(end) for end in ends] == [IntegrityError, IntegrityError, type(None)]
    assert record.on_disk() == [2]


def test_unit_searches_no_collection_that_its_group_changed(record: Record) -> None:
    """The index knows only what is committed: a takedown must not be missed by an upload that comes right after it."""
    takedowns, uploads = frozenset({Collection.TAKEDOWNS}), frozenset({Collection.UPLOADS})
    seen: list[list[int]] = []

    def take_down(unit: Unit) -> None:
        append(unit, 1)
        unit.changed = takedowns

    def match(unit: Unit) -> None:
        seen.append(record.on_disk())
        append(unit, 2 + len(seen))
        unit.changed = uploads

    searches = [{"searches": NOTHING}, {"searches": takedowns}, {"searches": takedowns}]
    assert gathered(record, [take_down, match, match], options=searches) == [None] * 3
    assert seen == [[1], [1]]
    assert record.commits == 2


def test_background_work_gives_way_and_shares_no_commit(record: Record) -> None:
    """No request waits for a batch of a look-back that came before it, nor for its sync."""
    options = [{"gives_way": True}, {}, {}]
    assert gathered(record, [appending(1), appending(2), appending(3)], options=options) == [None] * 3
    assert record.on_disk() == [2, 3, 1]
    assert record.commits == 2


def test_unit_that_waits_too_long_is_told(record: Record) -> None:
    """Answered 503, not held for ever; and it holds up nobody afterwards."""
    impatient = GroupedWriter(open_database(f"sqlite:///{record.path}"), ProcessTurns(record.path), wait_s=0.01)

    def meanwhile(_: Unit) -> None:
        with pytest.raises(QueueTimeoutError), impatient.unit(searches=NOTHING):
            pass

    assert run(record, meanwhile) is None
    with impatient.unit(searches=NOTHING) as unit:
        append(unit, 1)
    assert record.on_disk() == [1]
    impatient.close()


def test_groups_share_a_connection_until_one_fails(record: Record) -> None:
    """To take it from the pool and to give it back takes as long as ten statements; what failed leaves nothing."""
    used: list[Connection] = []

    def using(unit: Unit) -> None:
        used.append(unit.connection)
        append(unit, len(used))

    def undo_all(unit: Unit) -> None:
        unit.connection.exec_driver_sql("INSERT OR ROLLBACK INTO numbers VALUES (1, 1)")

    ends = [run(record, one) for one in (using, using, undo_all, using)]
    assert [type(end) for end in ends] == [type(None), type(None), IntegrityError, type(None)]
    assert used[0] is used[1]
    assert used[1] is not used[2]
    assert record.on_disk() == [1, 2, 3]


def test_threads_through_the_group_are_as_one_after_the_other(record: Record) -> None:
    """Places without gaps, each unit wholly there or wholly not, whatever order and failures chance brings."""
    count, threads = 400, 8
    fails = {n for n in range(count) if random.Random(n).random() < 0.2}
    answered: list[int] = []

    def some(first: int) -> None:
        for number in range(first, count, threads):
            if run(record, failing if number in fails else appending(number)) is None:
                assert number in record.on_disk()
                answered.append(number)

    workers = [threading.Thread(target=some, args=(first,)) for first in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(record.on_disk()) == sorted(answered) == [n for n in range(count) if n not in fails]
    with sqlite3.connect(record.path) as connection:
        places = [row[0] for row in connection.execute("SELECT place FROM numbers ORDER BY place")]
    connection.close()
    assert places == list(range(1, len(answered) + 1))


@pytest.mark.parametrize(("moment", "there"), [("before the commit", []), ("before the answers", [1, 2, 3])])
def test_group_that_is_killed_is_wholly_there_or_wholly_not(
    tmp_path: Path, moment: str, there: list[int], record: Record
) -> None:
    """And what was answered is there: before the commit nothing was, after it everything may be."""
    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), moment],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert child.stdout == ""
    assert sorted(record.on_disk()) == there
    assert run(record, appending(9)) is None
    assert sorted(record.on_disk()) == sorted([*there, 9])


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from sqlalchemy import event
from casework.persistence.connection.turns.group_commit import GroupedWriter
from casework.persistence.connection.database import open_database
from casework.persistence.connection.turns.process_turns import ProcessTurns
from tests.casework.persistence.connection.turns import test_group_commit as tests

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

class DeadlyTurns(ProcessTurns):
    hand_on = die

folder, moment = Path(sys.argv[1]), sys.argv[2]
engine = open_database(f"sqlite:///{folder / 'record.db'}")
if moment == "before the commit":
    event.listen(engine, "commit", die)
writer = GroupedWriter(engine, DeadlyTurns(folder / "record.db"), most_s=600)

class Record:
    pass

record = Record()
record.writer = writer

def loudly(number):
    def work(unit):
        tests.append(unit, number)
    end = tests.run(record, work)
    print("answered", number, end, flush=True)

threads = [threading.Thread(target=loudly, args=(number,)) for number in (2, 3)]

def first(unit):
    tests.append(unit, 1)
    for place, thread in enumerate(threads):
        thread.start()
        tests.eventually(lambda: writer.waiting == place + 1, again_s=0.001)

tests.run(record, first)
print("answered 1", flush=True)
"""
