"""
The schema of the record: which one a database has, which one this code was written for, and the way to it.

Every process asks at its start whether a database has the newest one; Alembic takes a twentieth of a second to load, so
that is answered without it, from the table it keeps and from the first lines of the migrations.

Who may call it: `api/bootstrap.py`, the copy for standby, and tests.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, String, column, inspect, select, table

from casework.persistence.connection.scrub import begin_zeroed
from casework.ports.vault import Vault

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_KEPT_IN: Final = "alembic_version"
_FOUND: Final = select(column("version_num", String)).select_from(table(_KEPT_IN))
_REVISION: Final = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_DOWN_REVISION: Final = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)


def migrate(engine: Engine, vault: Vault, *, to: str = "head") -> None:
    """
    Bring the schema to the newest version; does nothing where it is there.

    Args:
        engine: Of `open_database`.

        vault: Encrypts what versions before wrote in the clear.

        to: An earlier version, for tests of the way from there.
    """
    with engine.connect() as connection, connection.begin():
        begin_zeroed(connection)
        found = schema_of(connection)
    if found == (newest_schema() if to == "head" else to):
        return
    from alembic import command

    with engine.connect() as connection:
        config = alembic_config(connection)
        config.attributes["vault"] = vault
        command.upgrade(config, to)


@cache
def newest_schema() -> str:
    """Return the name of the schema this code was written for: of the migration that no other comes after."""
    known = _migrations()
    (newest,) = known.keys() - known.values()
    return newest


def schema_of(connection: Connection) -> str | None:
    """Return the name of the schema a database has; None where it has none."""
    if not inspect(connection).has_table(_KEPT_IN):
        return None
    found: str | None = connection.execute(_FOUND).scalar_one_or_none()
    return found


def schema_is_current(connection: Connection) -> bool:
    """Tell whether the schema is the one this code was written for."""
    return schema_of(connection) == newest_schema()


def newer_schema(connection: Connection) -> str | None:
    """Return the name of a schema that this code does not know, for a newer version of it wrote it; None otherwise."""
    found = schema_of(connection)
    return None if found is None or found in _migrations() else found


def alembic_config(connection: Connection | None = None) -> "Config":
    """Return what Alembic needs to know: where the migrations are, and the connection they run on."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@cache
def _migrations() -> Mapping[str, str | None]:
    """Return the name of each migration, and of the one before it."""
    found: dict[str, str | None] = {}
    for file in (_MIGRATIONS / "versions").glob("*.py"):
        source = file.read_text()
        name, before = _REVISION.search(source), _DOWN_REVISION.search(source)
        if name is not None:
            found[name[1]] = None if before is None else before[1]
    return found
