"""
What a database knows of the keys it is encrypted with: a proof of each, and whether something that a version before
wrote in the clear may still lie about.

Who may call it: `api/bootstrap.py` and the commands about keys.
"""

from sqlalchemy import Engine, create_engine, delete, insert, inspect, select, text

from casework.persistence.connection.scrub import mark_zeroed
from casework.persistence.sealed import sealed_columns
from casework.persistence.tables import encryption_keys, metadata

_PLAIN = "plain"
"""Not a key: pages may still hold what was in the clear, until they are written anew."""


def read_proofs(engine: Engine) -> dict[str, bytes]:
    """Return the proof of each key the database was ever written with and may still need, by its id."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(encryption_keys.name):
            return {}
        query = select(encryption_keys).where(encryption_keys.c.id != _PLAIN)
        return {row.id: bytes(row.proof) for row in connection.execute(query)}


def add_proof(engine: Engine, key_id: str, proof: bytes) -> None:
    """Store the proof of a key, unless there is one."""
    with engine.connect() as connection, connection.begin():
        known = select(encryption_keys.c.id).where(encryption_keys.c.id == key_id)
        if connection.execute(known).first() is None:
            connection.execute(insert(encryption_keys).values(id=key_id, proof=proof))


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
