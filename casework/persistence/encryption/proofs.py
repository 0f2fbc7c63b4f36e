"""
What a database knows of the keys it is encrypted with: a proof of each, which keys are retired, and whether something
that a version before wrote in the clear may still lie about.

Invariant: a key that is retired is never written with again, whatever a machine's keyring says.

Who may call it: `api/bootstrap.py`, the commands about keys, and each transaction before it commits.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, create_engine, delete, insert, inspect, select, text, update

from casework.domain.errors import RetiredKeyError
from casework.persistence.connection.direct import rows_of
from casework.persistence.connection.scrub import mark_zeroed
from casework.persistence.encryption.sealed import sealed_columns
from casework.persistence.tables import encryption_keys, metadata

_PLAIN = "plain"
"""Not a key: pages may still hold what was in the clear, until they are written anew."""

_RETIRED = "retired/"
"""Before the id of a key that nothing is under any more. Its proof stays: by its first bytes values are known."""


_RETIRED_KEYS = select(encryption_keys).where(encryption_keys.c.id.startswith(_RETIRED))


def read_proofs(engine: Engine) -> dict[str, bytes]:
    """Return the proof of each key the database was ever written with and may still need, by its id."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(encryption_keys.name):
            return {}
        query = select(encryption_keys).where(
            encryption_keys.c.id != _PLAIN, ~encryption_keys.c.id.startswith(_RETIRED)
        )
        return {row.id: bytes(row.proof) for row in connection.execute(query)}


def add_proof(engine: Engine, key_id: str, proof: bytes) -> None:
    """
    Store the proof of a key that is written with, unless there is one.

    Raises:
        RetiredKeyError: If the key was retired.
    """
    with engine.connect() as connection, connection.begin():
        retired = select(encryption_keys.c.id).where(encryption_keys.c.id == _RETIRED + key_id)
        if connection.execute(retired).first() is not None:
            raise _retired_error(connection, key_id)
        known = select(encryption_keys.c.id).where(encryption_keys.c.id == key_id)
        if connection.execute(known).first() is None:
            connection.execute(insert(encryption_keys).values(id=key_id, proof=proof))


def retire_other_keys(connection: Connection, key_id: str) -> None:
    """Make every key but one a retired one; call it when nothing is under them, and nobody else can write."""
    other = (
        encryption_keys.c.id != key_id,
        encryption_keys.c.id != _PLAIN,
        ~encryption_keys.c.id.startswith(_RETIRED),
    )
    connection.execute(update(encryption_keys).where(*other).values(id=_RETIRED + encryption_keys.c.id))


def refuse_retired(connection: Connection, marks: Iterable[bytes]) -> None:
    """
    Make sure that what a transaction wrote is under no retired key; call it after the last row is written.

    A rotation retires a key while it holds every table with encrypted columns. So whoever has written to one of them
    either came before, and the rotation sees those rows, or sees the key retired here.

    Args:
        connection: The transaction's connection.

        marks: What the values begin with that were encrypted in it.

    Raises:
        RetiredKeyError: If one is under a retired key.
    """
    written = tuple(marks)
    if not written:
        return
    for row in rows_of(connection, _RETIRED_KEYS, {}):
        if bytes(row["proof"]).startswith(written):
            raise _retired_error(connection, row["id"].removeprefix(_RETIRED))


def _retired_error(connection: Connection, key_id: str) -> RetiredKeyError:
    query = select(encryption_keys.c.id).where(
        encryption_keys.c.id != _PLAIN, ~encryption_keys.c.id.startswith(_RETIRED)
    )
    newest = ", ".join(connection.execute(query).scalars())
    message = (
        f"this machine's keyring writes with key {key_id}, which a rotation has retired; "
        f"copy the keyring here from the machine that rotated: the one that writes with key {newest}"
    )
    return RetiredKeyError(message)


def is_partly_plain(engine: Engine) -> bool:
    """Tell whether pages of the database may still hold what a version before wrote in the clear."""
    with engine.connect() as connection:
        query = select(encryption_keys.c.id).where(encryption_keys.c.id == _PLAIN)
        return connection.execute(query).first() is not None


def write_pages_anew(engine: Engine) -> None:
    """
    Write every page that may hold something in the clear anew, and let the old ones go; killed, it is begun again.

    It takes about as long as copying the database, needs as much room, and nobody else may write meanwhile.
    """
    tables = [table.name for table in metadata.sorted_tables if sealed_columns(table)]
    apart = create_engine(engine.url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with apart.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA busy_timeout=30000")
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                mark_zeroed(connection)
            else:
                for name in tables:
                    connection.execute(text(f"VACUUM FULL {name}"))
            connection.execute(delete(encryption_keys).where(encryption_keys.c.id == _PLAIN))
    finally:
        apart.dispose()
