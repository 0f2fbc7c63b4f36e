"""
A lock that all machines over one PostgreSQL see; SQLite has one machine, and files lock there.

Invariant: the lock ends with its connection, so a machine that is gone holds nothing.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError


@contextmanager
def advisory_lock(engine: Engine, name: str, *, wait: bool = False) -> Iterator[bool]:
    """
    Hold a named lock for as long as the block lasts.

    Args:
        engine: The engine of the database.

        name: Name of what is locked.

        wait: Whether to wait for another holder.

    Yields:
        Whether it is held; always true on SQLite.
    """
    if engine.dialect.name != "postgresql":
        yield True
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with engine.connect() as connection:
        # No transaction stays open while files are merged: it would keep the database from clearing up.
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if wait:
            connection.execute(select(func.pg_advisory_lock(number)))
            held = True
        else:
            held = bool(connection.execute(select(func.pg_try_advisory_lock(number))).scalar_one())
        try:
            yield held
        finally:
            if held:
                with suppress(DBAPIError):  # the connection was lost, and the lock with it
                    connection.execute(select(func.pg_advisory_unlock(number)))
