"""Values of rows that earlier versions wrote are let go of, while others read and write."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.connection.database import open_database, open_reader
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.shrinking import shrink
from matcher.signals.base import Signal
from tests.casework.persistence.index_log.values_in_record import (
    all_changes,
    as_before,
    local,
    long_values,
    scenes,
    stored,
)
from tests.casework.persistence.records import writing
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

UPLOADS = Collection.UPLOADS
PICTURES = 30


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open a record as the version before left it: every value in each of its rows, some removed, some erased."""
    with empty_record(request.param, request, tmp_path) as url:
        engine = open_database(url)
        choices = random.Random(5)
        with writing(engine) as uow:
            media = [stored(uow, local(choices), Signal("pdq/1", choices.randbytes(32))) for _ in range(PICTURES)]
            uow.index_log.add_many(UPLOADS, [(f"upl_{n}", one) for n, one in enumerate(media)])
            uow.index_log.add(UPLOADS, "upl_video", stored(uow, scenes()))
            for n in range(0, PICTURES, 3):
                uow.index_log.remove(UPLOADS, f"upl_{n}")
            for n in range(0, PICTURES, 6):
                uow.media.erase([media[n].id])
                uow.index_log.erase([f"upl_{n}"], [media[n].id])
        as_before(engine)
        yield engine
        engine.dispose()


def live_values(engine: Engine) -> dict[int, bytes]:
    """Return the value of every live item, as a rebuild reads it."""
    with engine.connect() as connection:
        return {one.id: one.signal.value for one in IndexLogReader(connection).live_items(UPLOADS)}


def test_values_are_let_go_of_and_every_change_stays(record: Engine) -> None:
    """Ended after any transaction it goes on where it was; done twice it finds nothing."""
    changes, live, (signals, items, rows) = all_changes(record, UPLOADS), live_values(record), long_values(record)
    assert items > 2
    assert rows == items
    some = next(shrink(record, at_once=3))
    assert some > 0
    assert (all_changes(record, UPLOADS), live_values(record)) == (changes, live)
    assert long_values(record) != (signals, items, rows)
    assert sum(shrink(record)) > some
    assert (all_changes(record, UPLOADS), live_values(record)) == (changes, live)
    assert long_values(record) == (signals, 2, 0)  # of the video's scenes
    assert sum(shrink(record)) == 0


def test_value_that_lies_nowhere_else_stays(record: Engine) -> None:
    """What differs, by whoever's hand, is not let go of: nothing could bring it back."""
    item = tables.items.c
    with record.connect() as connection, connection.begin():
        of_items = connection.execute(select(item.id).where(item.signal_type == "local/1").order_by(item.id)).scalars()
        first, second, *_ = of_items
        connection.execute(update(tables.items).where(item.id == first).values(value=b"another"))
        changes = tables.index_changes
        connection.execute(update(changes).where(changes.c.item_id == second).values(own_value=b"another still"))
    before, live = all_changes(record, UPLOADS), live_values(record)
    assert sum(shrink(record)) > 0
    assert (all_changes(record, UPLOADS), live_values(record)) == (before, live)


def test_who_reads_meanwhile_finds_the_same(record: Engine) -> None:
    """Servers run on: a change that lacked its value for a moment would be taken for erased, and never come again."""
    changes, found = all_changes(record, UPLOADS), []
    done = threading.Event()
    reader = open_reader(record.url.render_as_string(hide_password=False))

    def read() -> None:
        while not done.is_set():
            found.append(all_changes(reader, UPLOADS))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        assert sum(shrink(record, at_once=3)) > 0
    finally:
        done.set()
        thread.join()
        reader.dispose()
    assert all(one == changes for one in found)


@pytest.mark.parametrize("record", ["postgresql"], indirect=True)
def test_item_that_is_being_removed_is_left_to_a_later_run(record: Engine) -> None:
    """Nobody waits for it, and it waits for nobody; on SQLite one transaction writes after the other anyway."""
    with writing(record) as uow:
        uow.index_log.remove(UPLOADS, "upl_1")
        first = sum(shrink(record))
    assert first > 0
    assert sum(shrink(record)) == 2
