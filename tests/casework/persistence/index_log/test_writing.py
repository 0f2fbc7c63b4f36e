"""The log an index follows: in commit order, without gaps, never skipped."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from casework.domain.ids import UploadId
from casework.domain.media import Collection, SubmittedMedia
from casework.persistence.connection.database import commits_seen, open_database, open_follower
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.signals.base import Signal
from tests.casework.persistence.records import writing
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record, write_empty_record

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
WRITERS = 6
ADDS_A_WRITER = 40


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty record."""
    with empty_record(request.param, request, tmp_path) as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the address of an empty record in a file."""
    return write_empty_record(tmp_path / "record.db")


def add_item(uow: SqlUnitOfWork, owner: str, value: bytes) -> int:
    """Make one PDQ value findable."""
    signal = Signal("pdq/1", value, 100)
    media = uow.media.add(SubmittedMedia("image", 1, 1, None, (signal,)), case_id=None, position=0)
    return uow.index_log.add(Collection.TAKEDOWNS, UploadId(owner), media)


def add_then_fail(engine: Engine) -> None:
    """Add an item in a transaction that does not commit."""
    with writing(engine) as uow:
        add_item(uow, "owner", bytes(32))
        raise InterruptedError


def test_no_reader_skips_a_seq_while_writers_race(url: str) -> None:
    """5 must not be readable before 4: a reader that has seen 5 never looks for 4 again."""
    done = threading.Event()
    seen: list[int] = []

    def write(seed: int) -> None:
        engine = open_database(url)
        choices = random.Random(seed)
        for n in range(ADDS_A_WRITER):
            try:
                with writing(engine) as uow:
                    for part in range(choices.randint(1, 3)):
                        add_item(uow, f"owner {seed} {n}", choices.randbytes(31) + bytes([part]))
                    if choices.random() < 0.2:
                        raise InterruptedError
            except InterruptedError:
                continue  # rolled back: its numbers must be given to the next one
        engine.dispose()

    def read() -> None:
        engine = open_follower(url)
        with engine.connect() as connection:
            log = IndexLogReader(connection)
            while True:
                finished = done.is_set()
                rows = log.after(Collection.TAKEDOWNS, seen[-1] if seen else 0, limit=7)
                seen.extend(row["seq"] for row in rows)
                if finished and not rows:
                    break
            assert log.version(Collection.TAKEDOWNS) == len(seen)
        engine.dispose()

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reader = threads.submit(read)
        writers = [threads.submit(write, seed) for seed in range(WRITERS)]
        failures = [failure for writer in writers if (failure := writer.exception()) is not None]
        done.set()
        reader.result()
    assert failures == []
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) > WRITERS * ADDS_A_WRITER


def test_rolled_back_change_leaves_no_trace(url: str) -> None:
    """A decision that failed half way was never made."""
    engine = open_database(url)
    with pytest.raises(InterruptedError):
        add_then_fail(engine)
    with writing(engine) as uow:
        assert uow.index_log.version(Collection.TAKEDOWNS) == 0
        assert uow.index_log.of_owner("owner") == []
    engine.dispose()


def test_removed_item_is_logged_and_no_longer_live(url: str) -> None:
    """What the log says and what the record holds live agree after a removal."""
    engine = open_database(url)
    with writing(engine) as uow:
        add_item(uow, "kept", bytes(32))
        add_item(uow, "removed", bytes(31) + b"\1")
    with writing(engine) as uow:
        assert uow.index_log.remove(Collection.TAKEDOWNS, "removed") == 3
        assert uow.index_log.remove(Collection.TAKEDOWNS, "removed") == 3
    with engine.connect() as connection:
        log = IndexLogReader(connection)
        assert [row["op"] for row in log.after(Collection.TAKEDOWNS, 0, limit=10)] == ["add", "add", "remove"]
        assert [item.owner_id for item in log.live_items(Collection.TAKEDOWNS, batch=1)] == ["kept"]
    engine.dispose()


def test_commit_of_another_connection_is_noticed(sqlite_url: str) -> None:
    """The barrier looks only when this number changed, so it must change with every commit."""
    engine, follower = open_database(sqlite_url), open_follower(sqlite_url)
    with follower.connect() as connection:
        numbers = [commits_seen(connection)]
        for n in range(3):
            assert commits_seen(connection) == numbers[-1]
            with writing(engine) as uow:
                add_item(uow, f"owner {n}", bytes([n] * 32))
            numbers.append(commits_seen(connection))
    assert len(set(numbers)) == 4
    engine.dispose()
    follower.dispose()


def test_writers_are_durable_and_queue_at_the_start(sqlite_url: str) -> None:
    """What is acknowledged survives a power cut, and two writers never fail half way."""
    engine = open_database(sqlite_url)
    with engine.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in PRAGMAS}
    assert pragmas == PRAGMAS
    engine.dispose()
