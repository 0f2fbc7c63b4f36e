"""What was deleted is in no byte of the database's files, whatever pages it lay in."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from casework.domain.media import Collection, SubmittedMedia
from casework.persistence import tables
from casework.persistence.connection.database import open_database, open_follower
from casework.persistence.connection.scrub import ERASED_FROM, scrub
from casework.persistence.encryption.sealed import sealed_columns
from matcher.signals.base import Signal
from tests.casework.persistence.records import writing
from tests.fakes import START
from tests.helpers.records.empty_records import write_empty_record


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    engine = open_database(write_empty_record(tmp_path / "record.db"))
    yield engine
    engine.dispose()


def in_files(folder: Path) -> bytes:
    """Return all bytes of all files."""
    return b"\0".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_erased_values_are_gone_from_among_many_that_stay(record: Engine, tmp_path: Path) -> None:
    """Rows move between pages as others come and go: no copy of one may stay behind."""
    rng = random.Random(7)
    kept: set[bytes] = set()
    gone: set[bytes] = set()
    for portion in range(3):
        leaving = {}
        with writing(record) as uow:
            for number in range(60):
                owner, long = f"upl_{portion}_{number}", rng.randbytes(rng.choice((2_000, 9_000)))
                signals = (Signal("pdq/1", rng.randbytes(32), 100), Signal("local/1", long))
                media = uow.media.add(SubmittedMedia("image", 1, 1, None, signals), case_id=None, position=0)
                uow.index_log.add(Collection.UPLOADS, owner, media)
                if leaves := rng.random() < 0.4:
                    leaving[owner] = media.id
                (gone if leaves else kept).update([signals[0].value, long[:48], long[-48:]])
        with writing(record) as uow:
            for owner, media_id in leaving.items():
                uow.index_log.remove(Collection.UPLOADS, owner)
                uow.media.erase([media_id])
            uow.index_log.erase(leaving, leaving.values())
    before = in_files(tmp_path)
    assert any(value in before for value in gone)  # in the write-ahead log
    follower = open_follower(str(record.url))
    assert scrub(follower)
    follower.dispose()
    after = in_files(tmp_path)
    assert not [value for value in gone if value in after]
    assert all(value in after for value in kept)


def test_reader_of_an_older_state_is_waited_for(record: Engine, tmp_path: Path) -> None:
    """What it reads cannot be overwritten; it is tried again, and nobody is told that it is done."""
    secret = b"never to be seen again " * 100
    follower = open_follower(str(record.url))
    media = tables.media.insert().values(id="med_1", position=0, kind="image")
    preview = tables.previews.insert().values(media_id="med_1", ciphertext=secret, expires_at=START)
    with record.connect() as connection, connection.begin():
        connection.execute(media)
        connection.execute(preview)
    with follower.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        assert reader.execute(select(tables.previews.c.ciphertext)).scalar_one() == secret
        with record.connect() as connection, connection.begin():
            connection.execute(tables.previews.delete())
        assert not scrub(follower)
        assert secret in in_files(tmp_path)
    assert scrub(follower)
    assert secret not in in_files(tmp_path)
    follower.dispose()


def test_file_in_which_nothing_was_zeroed_is_written_anew_once(record: Engine, tmp_path: Path) -> None:
    """A library built otherwise left what was deleted in pages that nobody reads."""
    secret = b"left behind by an earlier version " * 300
    with sqlite3.connect(tmp_path / "record.db") as older:
        older.execute("PRAGMA secure_delete=OFF")
        older.execute("PRAGMA user_version=0")
        older.execute("INSERT INTO media (id, position, kind) VALUES ('med_1', 0, 'image')")
        older.execute("INSERT INTO previews VALUES ('med_1', ?, '2026-01-01')", (secret,))
        older.execute("DELETE FROM previews")
    older.close()
    follower = open_follower(str(record.url))
    assert secret[:60] in in_files(tmp_path)
    assert scrub(follower)
    assert secret[:60] not in in_files(tmp_path)
    with follower.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA user_version").scalar_one() == 1
    follower.dispose()


def test_every_table_with_words_that_an_erasure_takes_is_vacuumed() -> None:
    """PostgreSQL keeps what was changed or deleted until then; a new table with words must not be forgotten."""
    stays = {
        tables.destinations,
        tables.erasures,
        tables.exchanges,
        tables.known_pair_drawings,
        tables.people,
        tables.protected,
    }
    sealed = {table for table in tables.metadata.sorted_tables if sealed_columns(table)}
    assert sealed - stays <= set(ERASED_FROM)
    assert {tables.audit_log, tables.common_parts} <= set(ERASED_FROM)
