"""
Overwriting what the database itself still holds of rows that were deleted or changed.

    SQLite       deleted bytes are zeroed as they are deleted (`secure_delete`, see `database.py`); what lies in the
                 write-ahead log is written over the old pages, and the log cut to nothing. A file in which an older
                 version deleted without zeroing is written anew, once
    PostgreSQL   VACUUM: dead rows leave their pages, and no query or dump reads them. Their bytes are overwritten as
                 pages fill again, or by VACUUM FULL; its own log and backups are the operator's

Invariant: may be done at any time, by any process, and again.
"""

from sqlalchemy import Connection, Engine

from casework.persistence import tables

_BUSY_MS = 1_000
"""How long a checkpoint waits for readers; writers wait with it, so it rather comes again."""

ERASED_FROM = (
    tables.appeals,
    tables.audit_log,
    tables.case_messages,
    tables.cases,
    tables.common_parts,
    tables.decisions,
    tables.exchange_records,
    tables.exchange_sendings,
    tables.hash_list_entries,
    tables.idempotency,
    tables.index_changes,
    tables.items,
    tables.jobs,
    tables.outbox,
    tables.previews,
    tables.reports,
    tables.signals,
    tables.takedowns,
    tables.unfinished_searches,
    tables.uploads,
    tables.variants,
)
"""Every table in which an erasure, or what comes after it, changes or deletes rows that held something."""
_ZEROED = 1
"""`PRAGMA user_version` of a file in which nothing was ever deleted without being overwritten."""


def begin_zeroed(connection: Connection) -> None:
    """Mark a new SQLite file, before anything is in it, as one in which what is deleted is zeroed from the start."""
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0:
        mark_zeroed(connection)


def mark_zeroed(connection: Connection) -> None:
    """Mark an SQLite file, of which every page was just written anew, as one that holds nothing that was deleted."""
    connection.exec_driver_sql(f"PRAGMA user_version={_ZEROED}")


def scrub(engine: Engine) -> bool:
    """
    Leave no byte of what was deleted where the database can be read.

    Args:
        engine: Of the database; of PostgreSQL in autocommit, from `database.open_follower`.

    Returns:
        Whether it is done; False while a reader holds on to an older state. Then do it again.
    """
    if engine.dialect.name == "sqlite":
        return _scrub_file(engine)
    with engine.connect() as connection:
        for table in ERASED_FROM:
            connection.exec_driver_sql(f"VACUUM {table.name}")
    return True


def _scrub_file(engine: Engine) -> bool:
    # The driver's own connection: SQLAlchemy would begin a transaction, in which neither statement can be used.
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if cursor.execute("PRAGMA user_version").fetchone()[0] != _ZEROED:
            cursor.execute("PRAGMA temp_store=FILE")  # the whole database is copied there for a moment
            cursor.execute("VACUUM")
            cursor.execute(f"PRAGMA user_version={_ZEROED}")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        connection.invalidate()  # these settings were for this alone
        connection.close()
