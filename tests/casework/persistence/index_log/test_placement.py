"""Where replicas lie is on record: a move is two rows, and a slot that is served stays served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from casework.domain.errors import NodeNameError
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.placement import ReplicaRow, SqlPlacement
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

SLOT, OTHER = "uploads.1.000", "uploads.1.001"


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as address:
        engine = open_database(address)
        yield engine
        engine.dispose()


def test_what_was_placed_is_read_back_in_order(record: Engine) -> None:
    """Every machine reads the same."""
    rows = [ReplicaRow(OTHER, "a", True), ReplicaRow(SLOT, "b", True), ReplicaRow(SLOT, "a", False, "b")]
    with record.begin() as connection:
        SqlPlacement(connection).add(rows)
        SqlPlacement(connection).add([])
    with record.begin() as connection:
        assert SqlPlacement(connection).rows(lock=True) == [rows[2], rows[1], rows[0]]
        SqlPlacement(connection).remove([rows[0], rows[1]])
        assert SqlPlacement(connection).rows() == [rows[2]]


def test_a_replica_that_has_come_takes_the_place_of_the_one_it_replaces(record: Engine) -> None:
    """In one transaction: at no moment does nobody serve the slot, and at none do both stay."""
    with record.begin() as connection:
        placement = SqlPlacement(connection)
        placement.add([ReplicaRow(SLOT, "a", True), ReplicaRow(OTHER, "a", True), ReplicaRow(SLOT, "c", False, "a")])
        assert placement.serves(SLOT, "c")
        assert placement.rows() == [ReplicaRow(SLOT, "c", True), ReplicaRow(OTHER, "a", True)]
        assert not placement.serves(SLOT, "c")
        assert not placement.serves(SLOT, "d")
        placement.add([ReplicaRow(SLOT, "b", False)])
        assert placement.serves(SLOT, "b")
        assert placement.rows()[:2] == [ReplicaRow(SLOT, "b", True), ReplicaRow(SLOT, "c", True)]


@pytest.mark.parametrize("name", ["", "A", "..", "a/b", "a" * 41, "-a", "a b", "\u0430"])
def test_a_name_that_could_lead_elsewhere_is_refused(record: Engine, name: str) -> None:
    """It becomes the name of a folder on that machine."""
    with record.begin() as connection, pytest.raises(NodeNameError, match="name of a machine"):
        SqlPlacement(connection).add([ReplicaRow(SLOT, name, True)])
