"""
Encrypting what is stored again, under the key that is written with now, while servers go on.

    batches     a few hundred rows a transaction, in the order of their keys; others write in between
    the end     one transaction in which nobody else writes: what is left is encrypted, the other keys are retired

The end waits, where several machines have a keyring each, until all of them write with the new key.

Invariant: a key's proof is there as long as anything is encrypted under it; retired, it is never written with again.
Killed at any moment, it is begun again and finds what is left to do: a value says itself which key it is under.

Who may call it: the command `staydown keys rotate-encryption`.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Table,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)

from casework.domain.errors import UnreadableError, WrongStateError
from casework.domain.media import Collection
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.connection.failures import DatabaseBusyError
from casework.persistence.encryption.proofs import retire_other_keys
from casework.persistence.encryption.sealed import open_row, seal_row, sealed_columns
from casework.persistence.index_log.writing import SqlIndexLog
from casework.persistence.tables import metadata
from casework.ports.vault import Vault

_BATCH = 500

_ATTEMPTS = 5
"""How often the end is tried: PostgreSQL undoes one of two that wait for each other."""

Place: TypeAlias = tuple[Any, ...] | None
"""Up to where the rows of a table were looked at: the values of its primary key."""


def sealed_tables() -> list[Table]:
    """List the tables with encrypted columns."""
    return [table for table in metadata.sorted_tables if sealed_columns(table)]


def count_outdated(engine: Engine, vault: Vault) -> int:
    """Count the rows with a value that is under another key than the one that is written with."""
    with engine.connect() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table).where(_is_outdated(table, vault))).scalar_one()
            for table in sealed_tables()
        ]
    return sum(counts)


def encrypt_again(engine: Engine, vault: Vault, *, after_batch: Callable[[int], None]) -> None:
    """
    Encrypt everything under the key that is written with now; what no key opens is left as it is.

    Args:
        engine: Of `open_database`.

        vault: With the keys of before, too.

        after_batch: Called with the number of rows of each batch, outside of any transaction.
    """
    for table in sealed_tables():
        after: Place = ()
        while after is not None:
            with engine.connect() as connection, connection.begin():
                done, after = _encrypt_some(table, vault, after, connection)
            after_batch(done)


def leave_other_keys(engine: Engine, vault: Vault, key_id: str, *, expect_none: bool = False) -> int:
    """
    Encrypt what others wrote meanwhile, and retire all keys but one: nothing needs them any more.

    Args:
        engine: Of `open_database`.

        vault: With the keys of before, too.

        key_id: The key that is written with.

        expect_none: Whether to change nothing, and refuse, if something is there to be encrypted again.

    Returns:
        How many rows are left that no key opens.

    Raises:
        WrongStateError: If something was to be encrypted again, and was expected not to be.
        DatabaseBusyError: If others were in the way each time.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _leave_other_keys(engine, vault, key_id, expect_none=expect_none)
        except DatabaseBusyError:
            continue
    return _leave_other_keys(engine, vault, key_id, expect_none=expect_none)


def _leave_other_keys(engine: Engine, vault: Vault, key_id: str, *, expect_none: bool) -> int:
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":  # SQLite's writers are alone anyway
            # As every handler does, so that none that decides holds a table here while it waits for another.
            SqlIndexLog(connection, ChangedRecords(connection)).version(Collection.TAKEDOWNS)
            names = ", ".join(table.name for table in sealed_tables())
            connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
        again = 0
        for table in sealed_tables():
            after: Place = ()
            while after is not None:
                done, after = _encrypt_some(table, vault, after, connection)
                again += done
        if again and expect_none:
            message = (
                f"{again:,} records are under another key than {key_id}: a machine still writes with it, or the "
                "rotation was interrupted; copy this keyring to every machine, run `staydown keys rotate-encryption`, "
                "then run it again with --finish"
            )
            raise WrongStateError(message)
        left = [
            connection.execute(select(func.count()).select_from(table).where(_is_outdated(table, vault))).scalar_one()
            for table in sealed_tables()
        ]
        retire_other_keys(connection, key_id)
    return sum(left)


def _encrypt_some(table: Table, vault: Vault, after: tuple[Any, ...], connection: Connection) -> tuple[int, Place]:
    """Encrypt the next rows; return how many, and where to go on, or None at the end."""
    keys = list(table.primary_key)
    query = select(table).where(_is_outdated(table, vault)).order_by(*keys).limit(_BATCH)
    if after:
        reached = (literal(value, key.type) for value, key in zip(after, keys, strict=True))
        query = query.where(tuple_(*keys) > tuple_(*reached))
    rows = [dict(row) for row in connection.execute(query.with_for_update()).mappings()]
    changed = [again for row in rows if (again := _again(table, row, vault)) is not None]
    if changed:
        names = sealed_columns(table)
        mine = and_(*(key == bindparam(f"_{key.name}") for key in keys))
        statement = update(table).where(mine).values({name: bindparam(f"new_{name}") for name in names})
        connection.execute(statement, [_parameters(row, keys, names) for row in changed])
    return len(changed), tuple(rows[-1][key.name] for key in keys) if len(rows) == _BATCH else None


def _again(table: Table, row: dict[str, Any], vault: Vault) -> dict[str, Any] | None:
    try:
        return seal_row(table, open_row(table, row, vault), vault)
    except UnreadableError:
        return None


def _parameters(row: dict[str, Any], keys: Sequence[Column[Any]], names: Sequence[str]) -> dict[str, Any]:
    return {f"_{key.name}": row[key.name] for key in keys} | {f"new_{name}": row[name] for name in names}


def _is_outdated(table: Table, vault: Vault) -> ColumnElement[bool]:
    mark = vault.mark()
    is_other = [
        func.substr(table.c[name], 1, len(mark), type_=LargeBinary) != literal(mark, LargeBinary)
        for name in sealed_columns(table)
    ]
    return or_(*is_other)
