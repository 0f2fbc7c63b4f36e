"""Whoever waits for a counter waits for all that its holder still sends before the commit."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert

from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.numbering import append, append_to_slots
from casework.persistence.index_log.slots import Layout, SlotsMovedError
from tests.helpers.records.empty_records import empty_record

LAYOUT = Layout(Collection.UPLOADS, count=3, moves=1)
CHANGE = {"op": "add", "item_id": 1, "signal_type": "sha256/1", "own_value": bytes(32)}


@pytest.fixture
def record(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Engine]:
    """Open an empty record on PostgreSQL, with counters of three slots."""
    with empty_record("postgresql", request, tmp_path) as address:
        engine = open_database(address)
        with engine.begin() as connection:
            rows = [{"collection": slot.log, "seq": 0} for slot in LAYOUT.slots]
            connection.execute(insert(tables.index_counters), rows)
        yield engine
        engine.dispose()


def test_a_few_changes_are_numbered_and_written_by_one_statement(record: Engine) -> None:
    """Of several slots, too; each statement more is a way to the database and back with the counters held."""
    sent: list[str] = []
    event.listen(record, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with record.begin() as connection:
        append_to_slots(connection, {slot: [CHANGE] * (slot.number + 1) for slot in reversed(LAYOUT.slots)})
        columns = {"item_id": [4, 5], "signal_type": ["pdq/1"] * 2, "own_value": [None, b"value"]}
        assert append(connection, LAYOUT.slot(2), "remove", columns) == 5
        assert len(sent) == 2
        changes = tables.index_changes.c
        found = connection.execute(tables.index_changes.select().order_by(changes.collection, changes.seq)).all()
    logs = [slot.log for slot in LAYOUT.slots]
    assert [(row.collection, row.seq) for row in found] == [
        (logs[0], 1), (logs[1], 1), (logs[1], 2), *((logs[2], seq) for seq in range(1, 6))
    ]  # fmt: skip
    assert [(row.op, row.item_id, row.own_value) for row in found[-2:]] == [
        ("remove", 4, None),
        ("remove", 5, b"value"),
    ]


def test_a_log_that_is_gone_is_said_before_anything_is_committed(record: Engine) -> None:
    """A process that knew other slots must not write into half of them."""
    other = Layout(Collection.UPLOADS, count=4, moves=1)
    with pytest.raises(SlotsMovedError), record.begin() as connection:
        append_to_slots(connection, {slot: [CHANGE] for slot in other.slots})
    with record.connect() as connection:
        assert connection.execute(tables.index_changes.select()).all() == []
