"""The look at the log in the event loop sees each commit at once, and in ten milliseconds that the file is away."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from casework.persistence.changed_records import heads
from casework.persistence.connection.commit_watch import FILE_CHECKED_EVERY_S, CommitWatch
from casework.persistence.connection.database import open_database, open_follower
from casework.persistence.connection.failures import DatabaseUnreachableError
from tests.helpers.records.empty_records import write_empty_record


class Clock:
    """Seconds that pass when a test says so."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    """Return what the watch takes for the time."""
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of an empty record."""
    return tmp_path / "record.db"


@pytest.fixture
def writer(file: Path) -> Iterator[Engine]:
    """Open it for whoever commits; each engine knows from then on which file it opened."""
    engine = open_database(write_empty_record(file))
    commit(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def watch(file: Path, writer: Engine, clock: Clock) -> Iterator[CommitWatch]:
    """Watch it."""
    follower = open_follower(f"sqlite:///{file}")
    with closing(CommitWatch(follower.connect(), now=clock)) as opened:
        yield opened
    follower.dispose()


def commit(writer: Engine) -> None:
    """Write something."""
    with writer.begin() as connection:
        number = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {number + 1}")


def test_each_commit_is_seen_at_once_and_nothing_else(watch: CommitWatch, writer: Engine) -> None:
    """However little time has passed: a question goes on only once what was committed before it is applied."""
    before = watch.commits()
    assert watch.commits() == before
    for _ in range(3):
        commit(writer)
        assert watch.commits() != before
        before = watch.commits()


def test_heads_are_those_that_everybody_reads(watch: CommitWatch, writer: Engine) -> None:
    """Past SQLAlchemy, and the same."""
    with writer.connect() as connection:
        assert watch.heads() == dict(heads(connection))


def test_file_that_is_away_is_noticed_within_ten_milliseconds(
    watch: CommitWatch, writer: Engine, file: Path, clock: Clock
) -> None:
    """Until then nothing is missed, for nobody commits to it; put back, it is watched on."""
    assert FILE_CHECKED_EVERY_S <= 0.01
    before = watch.commits()
    aside = file.rename(file.with_suffix(".aside"))
    clock.now_s += 0.9 * FILE_CHECKED_EVERY_S
    assert watch.commits() == before
    with pytest.raises(DatabaseUnreachableError):
        commit(writer)
    clock.now_s += 0.1 * FILE_CHECKED_EVERY_S
    for _ in range(2):
        with pytest.raises(DatabaseUnreachableError):
            watch.commits()
    aside.rename(file)
    assert watch.commits() == before
    commit(writer)
    assert watch.commits() != before


def test_another_file_in_its_place_is_noticed_as_soon(
    watch: CommitWatch, writer: Engine, file: Path, clock: Clock
) -> None:
    """What is committed to it is committed to a record that was never followed; nobody here commits to either."""
    watch.commits()
    aside = file.rename(file.with_suffix(".aside"))
    shutil.copyfile(aside, file)
    with pytest.raises(DatabaseUnreachableError):
        commit(writer)
    clock.now_s += FILE_CHECKED_EVERY_S
    with pytest.raises(DatabaseUnreachableError):
        watch.commits()
    aside.replace(file)
