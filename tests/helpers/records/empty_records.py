"""
Empty records of the newest schema: migrated once a process, copied from then on.

Every migration from the first on takes a fifth of a second, and some two hundred tests want a record of their own. What
migrations do is tested where it is what a test is about: in `tests/casework/persistence/scenarios/test_upgrades.py`.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import make_url

from api.bootstrap import prepare_data
from api.security.modes import PRIVATE_FOLDER
from api.security.ring import Ring
from api.settings import Settings
from casework.persistence.connection.database import open_database, url_of_file
from casework.persistence.schema import migrate
from tests.helpers.records.databases import Databases


def write_empty_record(path: Path) -> str:
    """Write an SQLite database of the newest schema, with nothing in it; return its address."""
    shutil.copyfile(_template(), path)
    path.chmod(0o600)
    return url_of_file(path)


def prepare_empty(settings: Settings) -> None:
    """Make a data folder, as `prepare_data` does, and its record, where that is a file, by copying one."""
    if not settings.database_url and not settings.data.exists():
        settings.data.mkdir(mode=PRIVATE_FOLDER, parents=True)
        write_empty_record(Path(str(make_url(settings.url).database)))
    prepare_data(settings)


@contextmanager
def empty_record(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """
    Return the address of a database of the newest schema, with nothing in it.

    Args:
        kind: One of `tests.helpers.records.databases.KINDS`.

        request: Of the test.

        folder: Where a file may lie.
    """
    if kind == "sqlite":
        yield write_empty_record(folder / "record.db")
        return
    with record_url(kind, request) as url:
        yield url


@contextmanager
def record_url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """
    Return the setting for a record of a kind; empty for SQLite, whose file `prepare_empty` makes in the data folder.

    Args:
        kind: One of `tests.helpers.records.databases.KINDS`; a PostgreSQL has the newest schema, with nothing in it.

        request: Of the test.
    """
    if kind == "sqlite":
        yield ""
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with databases.emptied(like=migrated(databases)) as url:
        yield url


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="staydown-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrate(url_of_file(folder / "empty.db"))
    return folder / "empty.db"


@cache
def migrated(databases: Databases) -> str:
    """Return the name of a PostgreSQL database of the newest schema, for others to be copies of."""
    name, url = databases.make()
    _migrate(url)
    return name


def _migrate(url: str) -> None:
    engine = open_database(url)
    try:
        migrate(engine, Ring.made())  # which encrypts nothing, since there is nothing
    finally:
        engine.dispose()
