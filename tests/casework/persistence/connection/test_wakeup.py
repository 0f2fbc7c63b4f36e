"""One thread looks for commits for all that wait: none of them may sleep through one."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from casework.persistence.connection.database import open_database, open_follower
from casework.persistence.connection.wakeup import CommitWatch, Wakeup
from casework.persistence.repositories.propagation.outbox import CHANNEL
from tests.helpers.records.empty_records import record_url, write_empty_record
from tests.helpers.running.waiting import PATIENCE_S, eventually

FOR_EVER_S = 100 * PATIENCE_S
AT_ONCE_S = 0.01


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of an empty record."""
    return tmp_path / "record.db"


@pytest.fixture
def writer(file: Path) -> Iterator[Engine]:
    """Open it for whoever commits."""
    engine = open_database(write_empty_record(file))
    yield engine
    engine.dispose()


@pytest.fixture
def commits(file: Path, writer: Engine) -> Iterator[CommitWatch]:
    """Watch it."""
    follower = open_follower(f"sqlite:///{file}")
    follower.connect().close()  # from now on it knows its file
    with CommitWatch(follower) as watch:
        yield watch
    follower.dispose()


def commit(writer: Engine) -> None:
    """Write something."""
    with writer.begin() as connection:
        number = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {number + 1}")


class Waiter:
    """
    A thread that waits, and counts how often it was woken.

    Args:
        commits: What it waits for.
    """

    def __init__(self, commits: CommitWatch) -> None:
        self.woken = 0
        self.stop = threading.Event()
        self._wakeup = Wakeup(commits)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self.stop.is_set():
            self._wakeup.wait(FOR_EVER_S, self.stop)
            self.woken += 1

    def end(self) -> None:
        """Stop it, and wait until it has ended."""
        self.stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


def test_every_commit_wakes_everybody_who_waits(writer: Engine, commits: CommitWatch) -> None:
    """One looks for all: if it told only the first, the others would act seconds late."""
    waiters = [Waiter(commits) for _ in range(4)]
    try:
        for _ in range(5):
            before = [one.woken for one in waiters]
            commit(writer)
            eventually(lambda before=before: all(one.woken > n for one, n in zip(waiters, before, strict=True)))
    finally:
        for one in waiters:
            one.end()


def test_commit_while_nobody_waits_is_not_missed(writer: Engine, commits: CommitWatch) -> None:
    """What was committed while a thread was at work is its next work."""
    wakeup = Wakeup(commits)
    settled(wakeup)
    for _ in range(3):
        commit(writer)
        assert is_woken(wakeup)


def is_woken(wakeup: Wakeup) -> bool:
    """Wait, and tell whether that came to an end by itself."""
    stop = threading.Event()
    thread = threading.Thread(target=wakeup.wait, args=(FOR_EVER_S, stop))
    thread.start()
    thread.join(PATIENCE_S)
    woken = not thread.is_alive()
    stop.set()
    thread.join()
    return woken


def settled(wakeup: Wakeup) -> None:
    """Wait as long as it wakes without a commit, as it does in the beginning."""
    stopped = threading.Event()
    stopped.set()
    for _ in range(3):
        wakeup.wait(AT_ONCE_S, stopped)


def test_who_is_told_to_stop_waits_no_longer(commits: CommitWatch) -> None:
    """A server that is to end must not wait for the next commit."""
    waiter = Waiter(commits)
    waiter.end()


def test_commit_after_the_file_was_away_wakes(file: Path, writer: Engine, commits: CommitWatch) -> None:
    """A disk that is unplugged and plugged in again must not leave the workers to their slow rounds."""
    wakeup, never = Wakeup(commits), threading.Event()
    aside = file.with_suffix(".aside")
    assert is_woken(wakeup)
    file.rename(aside)
    for _ in range(3):
        wakeup.wait(0.1, never)
    aside.rename(file)
    settled(wakeup)
    commit(writer)
    assert is_woken(wakeup)


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return a PostgreSQL with an empty record."""
    with record_url("postgresql", request) as url:
        yield url


def test_all_who_wait_on_postgresql_hold_one_connection_and_are_woken(postgresql_url: str) -> None:
    """A server has a hundred connections: a process whose every thread held one would leave none to the others."""
    follower, other = open_follower(postgresql_url), open_follower(postgresql_url)
    with CommitWatch(follower) as watch, other.connect() as asking:
        waiters = [Waiter(watch) for _ in range(6)]
        try:
            held = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            for _ in range(5):
                before = [one.woken for one in waiters]
                asking.exec_driver_sql(f"NOTIFY {CHANNEL}")
                eventually(lambda before=before: all(one.woken > n for one, n in zip(waiters, before, strict=True)))
            assert asking.execute(held).scalar_one() == 1
        finally:
            for one in waiters:
                one.end()
    follower.dispose()
    other.dispose()


def test_connection_that_the_server_ended_is_made_anew(postgresql_url: str) -> None:
    """A database that was restarted must not leave the workers to their slow rounds."""
    follower, other = open_follower(postgresql_url), open_follower(postgresql_url)
    with CommitWatch(follower) as watch, other.connect() as asking:
        waiter = Waiter(watch)
        try:
            eventually(lambda: waiter.woken > 0)
            listening = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            eventually(lambda: len(asking.execute(listening).all()) > 0)
            before = waiter.woken
            eventually(lambda: asking.exec_driver_sql(f"NOTIFY {CHANNEL}") and waiter.woken > before)
        finally:
            waiter.end()
    follower.dispose()
    other.dispose()
