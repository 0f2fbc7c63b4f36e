"""One thread looks for all who wait for work: nobody may sleep through what is due, or be woken for what is not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from casework.domain.events import EventType
from casework.persistence import tables
from casework.persistence.connection.database import open_database, open_follower, open_reader
from casework.persistence.connection.wakeup import CommitWatch
from casework.persistence.lookout import IsDue, Lookout
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.journal import announce
from tests.casework.persistence.records import writing
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record
from tests.helpers.running.waiting import PATIENCE_S, eventually

FOR_EVER_S = 100 * PATIENCE_S


class Record:
    """A record with a lookout over it, whose looks are counted."""

    def __init__(self, url: str) -> None:
        self.writer, self.reader, self.follower = open_database(url), open_reader(url), open_follower(url)
        self.looks = 0
        self.is_away = False

    def reading(self) -> AbstractContextManager[SqlUnitOfWork]:
        """Begin to read, as the lookout does."""
        self.looks += 1
        if self.is_away:
            message = "the record is away"
            raise ConnectionError(message)
        return writing(self.reader)

    def commit(self) -> None:
        """Let something happen."""
        with writing(self.writer) as uow:
            announce(uow, EventType.CASE_OPENED, None)

    def close(self) -> None:
        """Give the connections back."""
        for engine in (self.writer, self.reader, self.follower):
            engine.dispose()


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        opened = Record(url)
        opened.follower.connect().close()  # from now on it knows its file
        yield opened
        opened.close()


@pytest.fixture
def lookout(record: Record) -> Iterator[Lookout]:
    """Look over it."""
    with CommitWatch(record.follower) as commits, Lookout(commits, record.reading) as looks:
        yield looks


class Worker:
    """
    A thread that does one kind of work, and counts how often it was woken.

    Args:
        lookout: Where it waits.

        is_due: Whether there is work.
    """

    def __init__(self, lookout: Lookout, is_due: IsDue) -> None:
        self.woken = 0
        self.stop = threading.Event()
        self._place = lookout.place(is_due, self.stop)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self._place as place:
            while not self.stop.is_set():
                place.wait(FOR_EVER_S)
                self.woken += 1

    def end(self) -> None:
        """Stop it, and wait until it has ended."""
        self.stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


@pytest.fixture
def hire(lookout: Lookout) -> Iterator[Callable[[IsDue], Worker]]:
    """Begin workers, and end them."""
    workers: list[Worker] = []

    def begin(is_due: IsDue) -> Worker:
        workers.append(Worker(lookout, is_due))
        return workers[-1]

    yield begin
    for one in workers:
        one.end()


def events(uow: SqlUnitOfWork) -> int:
    """Count what happened."""
    return uow.outbox.newest()


def test_commit_wakes_those_for_whom_there_is_something(record: Record, hire: Callable[[IsDue], Worker]) -> None:
    """Ten threads that each looked after each commit took a third of what a decision costs."""
    due, idle = hire(lambda uow: events(uow) > 0), hire(lambda uow: events(uow) > 1_000)
    eventually(lambda: record.looks)
    record.commit()
    eventually(lambda: due.woken)
    assert idle.woken == 0


def test_every_commit_is_looked_at(record: Record, hire: Callable[[IsDue], Worker]) -> None:
    """Whatever was committed while one look was under way is seen by the next."""
    seen = 0

    def is_due(uow: SqlUnitOfWork) -> bool:
        nonlocal seen
        seen = events(uow)
        return False

    hire(is_due)
    for number in range(1, 20):
        record.commit()
        if number % 5 == 0:
            eventually(lambda number=number: seen == number)


def test_work_that_cannot_be_asked_about_wakes_its_own_thread_alone(
    record: Record, hire: Callable[[IsDue], Worker]
) -> None:
    """A row that nobody can read must not keep look-backs from beginning."""

    def broken(_: SqlUnitOfWork) -> bool:
        raise MemoryError

    fails, idle, due = hire(broken), hire(lambda _: False), hire(lambda uow: events(uow) > 0)
    record.commit()
    eventually(lambda: fails.woken and due.woken)
    assert idle.woken == 0


def test_record_that_is_away_wakes_all(record: Record, hire: Callable[[IsDue], Worker]) -> None:
    """They find out themselves, and say so once; a lookout that kept it to itself would hide it."""
    workers = [hire(lambda _: False) for _ in range(3)]
    eventually(lambda: record.looks)
    record.is_away = True
    record.commit()
    eventually(lambda: all(one.woken for one in workers))


def test_those_who_ask_the_same_are_asked_for_once(record: Record, hire: Callable[[IsDue], Worker]) -> None:
    """Videos have a thread each, and one question."""
    asked: list[int] = []

    def is_due(uow: SqlUnitOfWork) -> bool:
        asked.append(events(uow))
        return asked[-1] > 0

    both = [hire(is_due), hire(is_due)]
    eventually(lambda: record.looks)
    record.commit()
    eventually(lambda: all(one.woken for one in both))
    assert len(asked) <= record.looks


def test_who_is_told_to_stop_waits_no_longer(record: Record, lookout: Lookout) -> None:
    """A server that is to end must not wait for the next commit; those who go on are looked for as before."""
    goes, stays = Worker(lookout, lambda _: False), Worker(lookout, lambda uow: events(uow) > 0)
    eventually(lambda: record.looks)
    goes.end()
    record.commit()
    eventually(lambda: stays.woken)
    stays.end()


def test_commit_between_a_look_and_the_wait_is_not_missed(record: Record, lookout: Lookout) -> None:
    """Who waits may have looked a moment before the commit: its place was taken before that."""
    with lookout.place(lambda uow: events(uow) > 0, threading.Event()) as place:
        record.commit()
        eventually(lambda: count_of(record.reader) and record.looks)
        place.wait(FOR_EVER_S)


def count_of(engine: Engine) -> int:
    """Count what happened."""
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(tables.outbox)).scalar_one()
        return found
