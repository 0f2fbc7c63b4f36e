"""A record of before there were slots: every `seq` stays what it was, until an operator moves the log."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from api.bootstrap import prepare_data
from casework.domain.media import Collection
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.moving_slots import move_to_slots
from casework.persistence.index_log.slots import Layout, layout_of
from tests.casework.persistence.frozen import everything, frozen_record
from tests.helpers.records.databases import KINDS

Row = tuple[object, ...]
CHANGES = "SELECT * FROM index_changes ORDER BY collection, seq"
COUNTERS = "SELECT collection, seq FROM index_counters ORDER BY collection"
MORE_UPLOADS = 40


def rows_of(url: str, query: str) -> list[Row]:
    """Return rows as they lie in the database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def add_uploads(url: str) -> None:
    """Write more uploads into the log, as the version before wrote them; every third one was removed since."""
    engine = create_engine(url)
    change = "INSERT INTO index_changes VALUES ('uploads', :seq, :op, :item, 'sha256/1', :value)"
    with engine.connect() as connection, connection.begin():
        (last,) = connection.execute(text("SELECT seq FROM index_counters WHERE collection = 'uploads'")).one()
        for item in range(1_001, 1_001 + MORE_UPLOADS):
            last += 1
            value = item.to_bytes(32, "big")
            connection.execute(text(change), {"seq": last, "op": "add", "item": item, "value": value})
            if item % 3 == 0:
                last += 1
                connection.execute(text(change), {"seq": last, "op": "remove", "item": item, "value": None})
        connection.execute(text("UPDATE index_counters SET seq = :last WHERE collection = 'uploads'"), {"last": last})
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_every_seq_of_before_is_kept_and_a_move_keeps_every_change(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """An upgrade touches no row of the log; who moves it has the same changes, each in the slot of its item."""
    with frozen_record(kind, request, tmp_path) as old:
        url = old.settings.url
        add_uploads(url)
        changes, counters = rows_of(url, CHANGES), dict(rows_of(url, COUNTERS))
        assert sum(row[0] == "uploads" for row in changes) >= MORE_UPLOADS
        prepare_data(old.settings)
        assert rows_of(url, CHANGES) == changes
        assert {name: seq for name, seq in rows_of(url, COUNTERS) if name in counters} == counters
        read = everything(old.settings)
        engine = open_database(url)
        with engine.connect() as connection:
            assert layout_of(connection, Collection.UPLOADS) == Layout(Collection.UPLOADS)
        layout = move_to_slots(engine, Collection.UPLOADS, 4)
        engine.dispose()
        moved = rows_of(url, CHANGES)
        others = [row for row in changes if row[0] != "uploads"]
        assert [row for row in moved if not str(row[0]).startswith("uploads")] == others
        for slot in layout.slots:
            was = [row[2:] for row in changes if row[0] == "uploads" and layout.slot_of(int(str(row[3]))) == slot]
            assert [row[1:] for row in moved if row[0] == slot.log] == [
                (seq, *row) for seq, row in enumerate(was, start=1)
            ]
            assert dict(rows_of(url, COUNTERS))[slot.log] == len(was) > 0
        assert len(moved) == len(changes)
        assert everything(old.settings) == read
