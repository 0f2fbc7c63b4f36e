"""
The record of the version before encryption, as an operator has it when they upgrade.

It is made once a process, for each kind of database, and copied for each test.
"""

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, create_engine, select, text

from api.bootstrap import prepare_data
from api.cli.local import open_record
from api.settings import Settings
from casework.domain.cases.listing import CaseFilter
from casework.domain.events import EventType
from casework.domain.ids import JobId
from casework.persistence.connection.database import open_database
from casework.persistence.encryption.rotation import sealed_tables
from casework.persistence.encryption.sealed import sealed_columns
from casework.persistence.schema import migrate
from tests.casework.persistence.records import VAULT
from tests.golden.make_record import folder_of
from tests.helpers.records.databases import Databases

FROZEN = folder_of("0004")


@dataclass
class Old:
    """A data folder of the version before, and how to look at all of it."""

    settings: Settings

    def everything(self) -> bytes:
        """Return every byte of the folder and, of another database, every value of every table."""
        files = b"".join(path.read_bytes() for path in self.settings.data.rglob("*") if path.is_file())
        return files + (b"" if not self.settings.database_url else dumped(self.settings.url))


def dumped(url: str) -> bytes:
    """Return every value of every table, as text and as bytes."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        rows = [tuple(row) for table in metadata.sorted_tables for row in connection.execute(table.select())]
    engine.dispose()
    values = [value for row in rows for value in row]
    return b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in values)


@contextmanager
def frozen_record(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Put the frozen record where the version before had it."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(FROZEN / "preview.key", data)
    if kind == "sqlite":
        shutil.copyfile(_frozen_file(), data / "staydown.db")
        yield Old(Settings(_env_file=None, data=data, database_url=""))
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with databases.fresh(like=_frozen_database(databases)) as url:
        yield Old(Settings(_env_file=None, data=data, database_url=url))


@contextmanager
def prepared_record(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Return a copy of the frozen record as `prepare_data` left it: texts are under a new key."""
    data = tmp_path / "data"
    if kind == "sqlite":
        shutil.copytree(_prepared_folder(), data)
        yield Old(Settings(_env_file=None, data=data, database_url=""))
        return
    databases: Databases = request.getfixturevalue("postgresql")
    folder, name = _prepared_database(databases)
    shutil.copytree(folder, data)
    with databases.emptied(like=name) as url:
        yield Old(Settings(_env_file=None, data=data, database_url=url))


@cache
def _frozen_file() -> Path:
    file = _folder() / "frozen.db"
    with sqlite3.connect(file) as connection:
        connection.executescript((FROZEN / "record.sql").read_text())
    connection.close()
    return file


@cache
def _frozen_database(databases: Databases) -> str:
    name, url = databases.make()
    copy_rows(f"sqlite:///{_frozen_file()}", url)
    return name


@cache
def _prepared_folder() -> Path:
    data = _folder()
    shutil.copy(FROZEN / "preview.key", data)
    shutil.copyfile(_frozen_file(), data / "staydown.db")
    prepare_data(Settings(_env_file=None, data=data, database_url=""))
    return data


@cache
def _prepared_database(databases: Databases) -> tuple[Path, str]:
    data = _folder()
    shutil.copy(FROZEN / "preview.key", data)
    name, url = databases.make(like=_frozen_database(databases))
    prepare_data(Settings(_env_file=None, data=data, database_url=url))
    return data, name


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="staydown-frozen-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def copy_rows(source: str, target: str) -> None:
    """Copy a record of revision 0004 from one database to another."""
    reader, writer = create_engine(source), open_database(target)
    migrate(writer, VAULT, to="0004")
    metadata = MetaData()
    metadata.reflect(writer)
    with reader.connect() as rows, writer.connect() as connection, connection.begin():
        connection.execute(text("SET session_replication_role = replica"))
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
            if found := [dict(row) for row in rows.execute(table.select()).mappings()]:
                connection.execute(table.insert(), found)
    reader.dispose()
    writer.dispose()


def everything(settings: Settings) -> list[object]:
    """Read what there is, through the repositories."""
    with open_record(settings) as uow:
        cases, _ = uow.cases.listed(CaseFilter(state=None), now=uow.now, after=None, limit=9)
        reports = [uow.reports.of_case(one.id) for one in cases]
        decisions = [decision for one in cases for decision in uow.decisions.of_case(one.id)]
        media = [one for case in cases for one in uow.media.of_case(case.id)]
        return [
            cases,
            reports,
            decisions,
            [uow.appeals.of_decision(one.id) for one in decisions],
            [uow.media.preview(one.id) for one in media],
            uow.uploads.many(["upl_one", "upl_two"]),
            [uow.jobs.get(JobId(name)) for name in ("job_one", "job_two")],
            uow.kept_answers.find("scope", "key"),
            [one.secret for one in uow.destinations.listed(after=None, limit=9)[0]],
            uow.unfinished.next_due(uow.now),
            uow.outbox.feed(types=list(EventType), after=0, limit=99),
        ]


def marks(engine: Engine) -> set[bytes]:
    """Return what the encrypted values begin with."""
    found: set[bytes] = set()
    with engine.connect() as connection:
        for table in sealed_tables():
            for row in connection.execute(select(table)).mappings():
                found |= {bytes(row[name][:9]) for name in sealed_columns(table) if row[name] is not None}
    return found
