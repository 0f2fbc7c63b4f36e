"""What machines keep in a store is on record, and noted only while they hold the slot."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from casework.persistence.connection.database import open_database
from casework.persistence.index_log.placement import ReplicaRow, SqlPlacement
from casework.persistence.index_log.stored import SqlStored, StoredRow
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

SLOT = "uploads.1.000"
ROW = StoredRow(SLOT, "a", "s3://bucket/prefix", "0" * 64, 2**40, 3, 2**45, datetime(2026, 11, 30, tzinfo=UTC))


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record in which a and b hold a slot."""
    with empty_record(request.param, request, tmp_path) as address:
        engine = open_database(address)
        with engine.begin() as connection:
            SqlPlacement(connection).add([ReplicaRow(SLOT, "a", True), ReplicaRow(SLOT, "b", False)])
        yield engine
        engine.dispose()


def test_what_was_noted_is_read_back_and_replaced(record: Engine) -> None:
    """One row a replica, the newest."""
    newer, other = replace(ROW, version=ROW.version + 1, document="1" * 64), replace(ROW, node="b")
    with record.begin() as connection:
        stored = SqlStored(connection)
        assert stored.get(SLOT, "a") is None
        for row in (ROW, other, newer):
            assert stored.note(row)
    with record.begin() as connection:
        stored = SqlStored(connection)
        assert stored.rows() == [newer, other]
        assert stored.get(SLOT, "a") == newer
        assert stored.unplaced() == []
        stored.forget(SLOT, "a")
        assert stored.rows() == [other]


def test_a_machine_that_holds_the_slot_no_more_notes_nothing(record: Engine) -> None:
    """It was declared lost while it was at it."""
    with record.begin() as connection:
        stored = SqlStored(connection)
        assert stored.note(ROW)
        assert not stored.forget_unplaced(SLOT, "a")
        SqlPlacement(connection).remove([ReplicaRow(SLOT, "a", True)])
        assert not stored.note(replace(ROW, version=ROW.version + 1))
        assert stored.unplaced() == [ROW]
        assert stored.forget_unplaced(SLOT, "a")
        assert stored.rows() == []
