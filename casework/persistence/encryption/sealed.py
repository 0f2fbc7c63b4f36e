"""
The columns that are encrypted, at the border between rows and objects.

A value is sealed for its place, ``reports/statement/rep_…``: table, column, row. The database, its log, its backups and
its copies hold a version, the id of a key, and bytes.

Invariant: whatever writes or reads a column of type `Sealed` does so through here.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table

from casework.persistence.collected_writes import CollectedWrites
from casework.persistence.rows import EntityT, Rows
from casework.persistence.tables import Sealed, SealedBytes
from casework.ports.vault import Vault


@cache
def sealed_columns(table: Table) -> tuple[str, ...]:
    """Name the columns of a table that are encrypted."""
    return tuple(column.name for column in table.columns if isinstance(column.type, Sealed))


def place_of(table: Table, column: str, row: Mapping[Any, Any]) -> str:
    """Name the place a value is sealed for."""
    return "/".join([table.name, column, *(str(row[key.name]) for key in table.primary_key)])


def seal_row(table: Table, row: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """Encrypt what must not be read, of plain column values; None stays None."""
    sealed = dict(row)
    for name in sealed_columns(table):
        if sealed.get(name) is not None:
            sealed[name] = vault.seal(_plain(table, name, sealed[name]), place_of(table, name, row))
    return sealed


def open_row(table: Table, row: Mapping[Any, Any], vault: Vault) -> dict[Any, Any]:
    """
    Decrypt a row as it was read.

    Raises:
        UnreadableError: If a value was changed or moved, or its key is not there.
    """
    plain = dict(row)
    for name in sealed_columns(table):
        if plain.get(name) is not None:
            opened = vault.open(plain[name], place_of(table, name, row))
            plain[name] = opened if _is_bytes(table, name) else json.loads(opened)
    return plain


def _plain(table: Table, column: str, value: object) -> bytes:
    if isinstance(value, bytes) and _is_bytes(table, column):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _is_bytes(table: Table, column: str) -> bool:
    return isinstance(table.c[column].type, SealedBytes)


class NotingVault:
    """
    A vault that notes which keys one transaction encrypted with.

    Args:
        vault: The one that does the work.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.marks: set[bytes] = set()

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt, and note the key."""
        sealed = self._vault.seal(plain, place)
        self.marks.add(sealed[: len(self._vault.mark())])
        return sealed

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt."""
        return self._vault.open(sealed, place)

    def digest(self, value: str, purpose: str) -> str:
        """Return what a value is looked up by."""
        return self._vault.digest(value, purpose)

    def mark(self) -> bytes:
        """Return what everything begins with that is sealed now."""
        return self._vault.mark()


class SealedRows(Rows[EntityT]):
    """
    The rows of a table with encrypted columns.

    Args:
        connection: The transaction's connection.

        table: With a text primary key `id`.

        entity: The dataclass; its fields are among the table's columns.

        vault: Encrypts and decrypts.

        writes: Where rows may wait for others; none does where it is left out.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        entity: type[EntityT],
        vault: Vault,
        *,
        writes: CollectedWrites | None = None,
    ) -> None:
        super().__init__(connection, table, entity, writes=writes)
        self.vault = vault

    def load(self, row: Mapping[Any, Any]) -> EntityT:
        """Turn a row into its object."""
        return super().load(open_row(self.table, row, self.vault))

    def dump(self, entity: EntityT) -> dict[str, Any]:
        """Turn an object into column values."""
        return seal_row(self.table, super().dump(entity), self.vault)
