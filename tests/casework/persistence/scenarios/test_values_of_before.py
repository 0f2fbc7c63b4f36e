"""A record in which every value lay three times: it is read as it is, and there is a way back to it."""

import random
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from casework.domain.media import Collection
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.schema import migrate
from matcher.signals.base import Signal
from tests.casework.persistence.index_log.values_in_record import (
    BEFORE,
    all_changes,
    as_before,
    local,
    long_values,
    scenes,
    stored,
)
from tests.casework.persistence.records import VAULT, writing
from tests.helpers.records.databases import KINDS, database_url
from tests.helpers.records.empty_records import empty_record

TAKEDOWNS = Collection.TAKEDOWNS
MEDIA = "INSERT INTO media (id, position, kind) VALUES ('med_1', 0, 'image')"
SIGNAL = "INSERT INTO signals VALUES ('med_1', 0, 'local/1', :value, NULL)"
ITEM = "INSERT INTO items VALUES (1, 'takedowns', 'tkd_1', 'med_1', 'local/1', :value, NULL, :removed)"
ADDED = "INSERT INTO index_changes VALUES ('takedowns', 1, 'add', 1, 'local/1', :value)"
COUNTED = "UPDATE index_counters SET seq = 1 WHERE collection = 'takedowns'"


@pytest.mark.parametrize("kind", KINDS)
def test_row_that_an_earlier_version_wrote_is_read_as_it_is(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """An upgrade touches no row, however many there are; what comes later is beside them in the same log."""
    value = random.Random(1).randbytes(9_000)
    with database_url(kind, request) as url:
        engine = open_database(url or f"sqlite:///{tmp_path / 'record.db'}")
        migrate(engine, VAULT, to=BEFORE)
        with engine.connect() as connection, connection.begin():
            for statement in (MEDIA, SIGNAL, ITEM, ADDED, COUNTED):
                connection.execute(text(statement), {"value": value, "removed": False})
            if kind == "postgresql":
                connection.execute(text("SELECT setval(pg_get_serial_sequence('items', 'id'), 1)"))
        migrate(engine, VAULT)
        assert long_values(engine) == (1, 1, 1)
        with writing(engine) as uow:
            assert [one.signal.value for one in uow.index_log.of_owner("tkd_1")] == [value]
            uow.index_log.add(TAKEDOWNS, "tkd_2", stored(uow, Signal("local/1", value[::-1])))
        assert [one[4] for one in all_changes(engine, TAKEDOWNS)[TAKEDOWNS]] == [value, value[::-1]]
        with engine.connect() as connection:
            live = [one.signal.value for one in IndexLogReader(connection).live_items(TAKEDOWNS)]
        assert live == [value, value[::-1]]
        engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_a_way_back_puts_every_value_into_each_of_its_rows(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The version before takes a row without its value for erased: it must find none."""
    choices = random.Random(2)
    with empty_record(kind, request, tmp_path) as url:
        engine = open_database(url)
        with writing(engine) as uow:
            erased = stored(uow, local(choices))
            for n, media in enumerate((erased, stored(uow, local(choices)), stored(uow, scenes()))):
                uow.index_log.add(TAKEDOWNS, f"tkd_{n}", media)
            uow.index_log.remove(TAKEDOWNS, "tkd_0")
            uow.media.erase([erased.id])
            uow.index_log.erase(["tkd_0"], [erased.id])
            uow.index_log.remove(TAKEDOWNS, "tkd_1")
        changes = all_changes(engine, TAKEDOWNS)[TAKEDOWNS]
        as_before(engine)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT seq, op, item_id, signal_type, own_value FROM index_changes"))
            assert sorted(tuple(row) for row in rows) == changes
        assert all_changes(engine, TAKEDOWNS)[TAKEDOWNS] == changes
        engine.dispose()


def test_process_of_the_version_before_fails_where_it_would_miss_a_value(tmp_path: Path) -> None:
    """One that nobody stopped reads a column that is no more, and says so; it would take new rows for erased."""
    engine = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    for version, there in ((BEFORE, "value"), ("head", "own_value")):
        migrate(engine, VAULT, to=version)
        names = {one["name"] for one in inspect(engine).get_columns("index_changes")}
        assert names & {"value", "own_value"} == {there}
    engine.dispose()
