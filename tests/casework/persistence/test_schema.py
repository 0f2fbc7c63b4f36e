"""Which schema a database has is known without Alembic, and as Alembic knows it."""

from pathlib import Path

import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.security.ring import Ring
from casework.persistence.connection.database import open_database, url_of_file
from casework.persistence.schema import (
    alembic_config,
    migrate,
    newer_schema,
    newest_schema,
    schema_is_current,
    schema_of,
)
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record


def test_newest_schema_is_the_one_alembic_would_upgrade_to() -> None:
    """A migration whose first lines were written otherwise would be passed over, and never run."""
    scripts = ScriptDirectory.from_config(alembic_config())
    assert newest_schema() == scripts.get_current_head()


@pytest.mark.parametrize("kind", KINDS)
def test_schema_of_a_database_is_what_alembic_wrote(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """It is read from the table Alembic keeps, in its own words."""
    with empty_record(kind, request, tmp_path) as url:
        engine = open_database(url)
        with engine.connect() as connection:
            kept = MigrationContext.configure(connection).get_current_revision()
            assert (schema_of(connection), schema_is_current(connection)) == (kept, True)
            assert newer_schema(connection) is None
        engine.dispose()


def test_earlier_schemas_are_known_and_no_newer_ones(tmp_path: Path) -> None:
    """What an earlier version wrote is upgraded, step by step, to where it is told and no further."""
    engine = open_database(url_of_file(tmp_path / "record.db"))
    with engine.connect() as connection:
        assert (schema_of(connection), schema_is_current(connection), newer_schema(connection)) == (None, False, None)
    for wanted in ("0002", "0003"):
        migrate(engine, Ring.made(), to=wanted)
        with engine.connect() as connection:
            assert (schema_of(connection), schema_is_current(connection)) == (wanted, False)
            assert newer_schema(connection) is None
    engine.dispose()
