"""
Opening the record: engine and transactions.

SQLite runs in write-ahead mode, so readers never wait for a writer, and with `synchronous=FULL`, so what is
acknowledged survives a power cut. A writing transaction begins with BEGIN IMMEDIATE: two writers queue at the start and
never fail half way.

Every engine hides parameters: an error that reaches a log must not carry post text, a reporter's name or a signal.

Who may call it: `api/bootstrap.py` and tests.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

from casework.persistence.connection.database_file import DatabaseFile, is_damage, unreachable_if_damaged
from casework.persistence.connection.failures import busy_if_deadlocked
from casework.persistence.connection.turns.fair_pool import FairPool

Database = Engine
"""A database that was opened: connections come from it. `api/` passes it on and never asks what is inside."""

DatabaseConnection = Connection

_FILE = "database_file"
"""Where a connection keeps the file it was opened on."""

_COMMITS = "PRAGMA data_version"
_BUSY_TIMEOUT_MS = 30_000
_WRITER_CACHE_KIB, _READER_CACHE_KIB = 16_384, 2_048
"""
Pages a connection keeps by itself. Few: the system keeps the file for all of them, up to 40 readers forget theirs with
each commit of another, and a cache that takes twenty minutes to fill looks like memory that is lost.
"""

_WRITER_WAIT_S = 10
"""How long a request waits for its turn to write before it is answered 503."""
_READERS = 40
"""As many as a server process answers requests at once."""

_PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""When PostgreSQL's client gives a machine up that does not answer, in seconds (the second: milliseconds); by default
requests would hang for minutes. What the database's address says itself takes precedence."""


def url_of_file(path: Path) -> str:
    """Return the address of an SQLite database in a file."""
    return URL.create("sqlite", database=str(path.resolve())).render_as_string()


def with_password(url: str, password: str) -> str:
    """
    Return a database's address with a password in it, in place of one that is there.

    Args:
        url: SQLAlchemy's form.

        password: As the database knows it; whatever has a meaning in addresses is escaped.
    """
    return make_url(url).set(password=password).render_as_string(hide_password=False)


def open_database(url: str) -> Engine:
    """
    Open a database for transactions that write.

    Args:
        url: SQLAlchemy's form: ``"sqlite:////var/lib/staydown/staydown.db"``.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return _postgresql_engine(url)
    # One connection: this process's writers queue for it in order and wake at once, rather than in SQLite's busy
    # handler, which sleeps. Only writers of other processes meet there.
    return _sqlite_engine(
        url,
        _WRITER_CACHE_KIB,
        begins_by="BEGIN IMMEDIATE",
        poolclass=FairPool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=_WRITER_WAIT_S,
    )


def open_reader(url: str) -> Engine:
    """Open the same database for reading: on SQLite its transactions take no write lock."""
    if make_url(url).get_backend_name() != "sqlite":
        return _postgresql_engine(url)
    return _sqlite_engine(url, _READER_CACHE_KIB, begins_by="BEGIN", pool_size=_READERS)


def open_follower(url: str) -> Engine:
    """Open the same database for following the log: every statement sees what is committed when it begins."""
    if make_url(url).get_backend_name() != "sqlite":
        return _postgresql_engine(url, isolation_level="AUTOCOMMIT")
    return _sqlite_engine(url, _READER_CACHE_KIB, isolation_level="AUTOCOMMIT")


def open_copy(url: str) -> tuple[Engine, Engine]:
    """
    Open an SQLite file that holds part of another database, for writing and for reading: references may lead nowhere,
    and what was written last may be missing after a power cut.
    """
    writer, reader = open_database(url), open_reader(url)
    for engine in (writer, reader):
        event.listen(engine, "connect", _relax)
    return writer, reader


def commits_seen(connection: Connection) -> int | None:
    """
    Return a number that changes when another connection commits, in any process; None where there is none.

    On SQLite this is `PRAGMA data_version`: it reads the shared memory of the write-ahead log, in microseconds. Pass a
    connection that never writes: its own commits do not count.
    """
    if connection.dialect.name != "sqlite":
        return None
    database_file_of(connection).check()
    version: int
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        (version,) = driver.execute(_COMMITS).fetchone()
    except sqlite3.Error:
        version = connection.exec_driver_sql(_COMMITS).scalar_one()  # asked again where errors get their names
    return version


def damage_found(engine: Engine) -> str | None:
    """
    Look through an SQLite database for damage; it reads every page.

    Returns:
        The first thing that is wrong; None if nothing is, if it cannot be opened at all, and on PostgreSQL, which
        checks its pages itself.
    """
    if engine.dialect.name != "sqlite":
        return None
    try:
        with engine.connect() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    except OperationalError as error:
        return str(error.orig) if is_damage(error.orig) else None
    return None if found == "ok" else found.splitlines()[-1]


def _postgresql_engine(url: str, **options: str) -> Engine:
    said = make_url(url).query
    patience = {name: value for name, value in _PATIENCE.items() if name not in said}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=patience, **options)
    event.listen(engine, "handle_error", busy_if_deadlocked, retval=True)
    return engine


def _sqlite_engine(
    url: str, cache_kib: int, *, begins_by: str | None = None, **options: int | str | type[Pool]
) -> Engine:
    threads = {"check_same_thread": False}  # connections are handed from thread to thread, never shared
    engine = create_engine(url, hide_parameters=True, connect_args=threads, **options)
    file = DatabaseFile(Path(str(make_url(url).database)))

    def before(*_: object) -> None:
        file.check()  # or the driver would make an empty file in the place of one that is gone

    def after(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        entry.info[_FILE] = file
        _prepare_sqlite(connection, cache_kib)
        file.opened()

    def begin(dbapi_connection: PoolProxiedConnection) -> None:
        file.check()
        if begins_by is not None:
            driver: sqlite3.Connection = dbapi_connection.driver_connection  # type: ignore[assignment]
            driver.execute(begins_by)

    event.listen(engine, "do_connect", before)
    event.listen(engine, "connect", after)
    # Not by the event "begin": one listener to any such event has SQLAlchemy look for others at each statement.
    engine.dialect.do_begin = begin  # type: ignore[method-assign]
    event.listen(engine, "handle_error", unreachable_if_damaged, retval=True)
    return engine


def database_file_of(connection: Connection) -> DatabaseFile:
    """Return the file a connection to an SQLite database was opened on."""
    file: DatabaseFile = connection.info[_FILE]
    return file


def _prepare_sqlite(connection: sqlite3.Connection, cache_kib: int) -> None:
    # The driver's own transaction handling is off; `_sqlite_engine` says exactly what begins when.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is deleted is zeroed, in pages that stay and in pages that are freed
        f"cache_size=-{cache_kib}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _relax(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA synchronous=NORMAL")
