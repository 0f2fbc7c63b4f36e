"""A PostgreSQL database that is lent to one test after the other is each time what a new one would be."""

import pytest
from sqlalchemy import create_engine, text

from casework.domain.events import EventType
from casework.domain.media import Collection, SubmittedMedia
from casework.persistence.connection.database import open_database
from casework.steps.journal import announce
from matcher.signals.base import Signal
from tests.casework.persistence.records import writing
from tests.helpers.records.databases import Databases
from tests.helpers.records.empty_records import migrated
from tests.helpers.records.emptying import Contents

PICTURE = SubmittedMedia("image", 1, 1, None, (Signal("sha256/1", bytes(32)),))


def contents_of(url: str) -> Contents:
    """Read all of a database."""
    return Contents.of(url.replace("+psycopg", ""))


def run(url: str, statement: str) -> None:
    """Have somebody else do something to a database."""
    engine = create_engine(url)
    with engine.connect() as connection, connection.begin():
        connection.execute(text(statement))
    engine.dispose()


def test_database_that_is_lent_again_is_as_a_new_copy(postgresql: Databases) -> None:
    """A row that was left would make another test pass, or fail, by what is none of its own."""
    with postgresql.fresh(like=migrated(postgresql)) as url:
        new = contents_of(url)
    with postgresql.emptied(like=migrated(postgresql)) as url:
        engine = open_database(url)
        with writing(engine) as uow:
            announce(uow, EventType.CASE_OPENED, None)
            uow.index_log.add(Collection.TAKEDOWNS, "tkd_1", uow.media.add(PICTURE, case_id=None, position=0))
        written = contents_of(url)
        stays = engine.connect()  # as of a thread that was forgotten
    stays.invalidate()
    engine.dispose()
    assert {"outbox", "index_changes", "items", "media"} <= set(written.rows)
    assert written.sequences != new.sequences
    with postgresql.emptied(like=migrated(postgresql)) as again:
        assert again == url
        assert contents_of(again) == new


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE jobs CASCADE",
        "ALTER TABLE jobs ADD COLUMN more TEXT",
        "ALTER TABLE audit_log DISABLE TRIGGER audit_log_keeps_rows",
        "CREATE SCHEMA elsewhere",
    ],
)
def test_database_whose_shape_was_changed_is_not_lent_again(postgresql: Databases, statement: str) -> None:
    """Its rows are not all that was touched."""
    with postgresql.emptied(like=migrated(postgresql)) as url:
        run(url, statement)
    with postgresql.emptied(like=migrated(postgresql)) as another:
        assert another != url
