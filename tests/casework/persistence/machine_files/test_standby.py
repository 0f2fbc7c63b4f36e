"""The copy matching goes on with: derived, disposable, and never holding what left the index."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from casework.domain.actor import Role
from casework.domain.ids import KeyId
from casework.domain.keys import ApiKey
from casework.domain.media import Collection, SubmittedMedia
from casework.persistence import tables
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.connection.database import open_database, open_follower
from casework.persistence.machine_files.standby import StandbyCopy, forget_copies
from casework.persistence.repositories.operations.keys import SqlKeys
from matcher.signals.base import Signal
from tests.casework.persistence.records import writing
from tests.helpers.records.empty_records import write_empty_record

OWNERS = {"prt_0", "prt_1", "prt_2"}


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Connection]:
    """Open a record with three protected pictures, to be followed."""
    url = write_empty_record(tmp_path / "record.db")
    writer, follower = open_database(url), open_follower(url)
    with writing(writer) as uow:
        for owner in sorted(OWNERS):
            signals = (Signal("pdq/1", owner.encode().ljust(32), 100),)
            media = uow.media.add(SubmittedMedia("image", 1, 1, None, signals), case_id=None, position=0)
            uow.index_log.add(Collection.PROTECTED, owner, media)
    with follower.connect() as connection:
        yield connection
    writer.dispose()
    follower.dispose()


def copied(copy: StandbyCopy) -> set[str]:
    """Return whose items a copy holds."""
    with copy.reader.connect() as connection, connection.begin():
        return set(connection.execute(select(tables.items.c.owner_id)).scalars())


def test_copy_goes_on_where_another_process_left_it(record: Connection, tmp_path: Path) -> None:
    """Processes share one copy, and a restart copies only what is new."""
    for _ in range(2):
        with closing(StandbyCopy(tmp_path)) as copy:
            copy.follow(record)
            assert copied(copy) == OWNERS


def test_damaged_copy_is_made_anew(record: Connection, tmp_path: Path) -> None:
    """It holds nothing that is not in the record: no start fails for it."""
    with closing(StandbyCopy(tmp_path)) as copy:
        copy.follow(record)
    (file,) = tmp_path.glob("standby-*.db")
    file.write_bytes(b"not a database" * 1000)
    with closing(StandbyCopy(tmp_path)) as copy:
        assert copied(copy) == set()
        copy.follow(record)
        assert copied(copy) == OWNERS


def test_copy_ahead_of_a_restored_record_begins_anew(record: Connection, tmp_path: Path) -> None:
    """After a restored backup it does not go on with what the record never said."""
    with closing(StandbyCopy(tmp_path)) as copy:
        copy.follow(record)
        counters, items = tables.index_counters.c, tables.items.c
        record.execute(
            update(tables.index_counters).where(counters.collection == Collection.PROTECTED.value).values(seq=1)
        )
        record.execute(delete(tables.index_changes).where(tables.index_changes.c.seq > 1))
        record.execute(delete(tables.items).where(items.owner_id != "prt_0"))
        copy.follow(record)
        assert copied(copy) == {"prt_0"}


@pytest.mark.parametrize(
    ("column", "held_back"),
    [("quarantined_at", datetime(2026, 1, 1, tzinfo=UTC)), ("trust_lacks", "signature look")],
    ids=["quarantine", "trust"],
)
def test_copy_follows_what_does_not_act_by_itself(
    record: Connection, tmp_path: Path, column: str, held_back: object
) -> None:
    """Without the database a takedown that stopped acting by itself must not act again."""
    takedowns, moment = tables.takedowns, datetime(2026, 1, 1, tzinfo=UTC)
    with closing(StandbyCopy(tmp_path)) as copy:
        row = {"case_id": "case_1", "decision_id": "dec_1", "state": "active", "hash_action": "bank_context_free"}
        row |= {"created_at": moment, "low_quality": False}
        with copy._writer.connect() as connection, connection.begin():
            connection.execute(insert(takedowns).values(id="tkd_1", **row))
        record.execute(text("PRAGMA foreign_keys = OFF"))
        record.execute(insert(takedowns).values(id="tkd_1", **row))
        for now in (held_back, None):
            record.execute(update(takedowns).values({column: now}))
            copy.follow(record)
            with copy.reader.connect() as connection, connection.begin():
                assert connection.execute(select(takedowns.c[column])).scalar_one() == now


def test_copies_that_are_not_wanted_are_deleted(tmp_path: Path) -> None:
    """Hashes are sensitive: neither an older schema's copy stays, nor any once the setting is `strict`."""
    old = tmp_path / "standby-0001.db"
    old.write_bytes(b"")
    with closing(StandbyCopy(tmp_path)):
        assert not old.exists()
    forget_copies(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_copy_of_a_key_ends_with_it_and_keeps_its_bearer(record: Connection, tmp_path: Path) -> None:
    """While the database is away an expired key must open nothing, and a rotated one be who it was."""
    now = datetime.now(UTC)
    key = ApiKey(KeyId("key_2"), "one", Role.PIPELINE, trusted=False, created_at=now, principal=KeyId("key_1"))
    with writing(record.engine) as uow:
        uow.keys.add(replace(key, expires_at=now), key_hash=b"h" * 32)
    with closing(StandbyCopy(tmp_path)) as copy:
        copy.follow(record)
        with copy.reader.connect() as connection:
            copied_key = SqlKeys(connection, now=now, changed=ChangedRecords(connection)).find(b"h" * 32)
    assert copied_key is not None
    assert copied_key.speaks_for == "key_1"
    assert copied_key.refused_because(now) is not None
    assert copied_key.refused_because(now - timedelta(seconds=1)) is None
