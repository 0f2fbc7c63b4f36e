"""
What machines of a cluster keep of their replicas in a store of objects, as the record has it.

    cluster_stored   uploads.1.003   a   s3://bucket/prefix   document 9f86…   version 812

Invariant: a row names what the machine put there, by its SHA-256, of a replica that followed this record's log; it is
written only while the machine holds that slot. What no row names is not used, whatever lies in the store.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, exists, insert, select

from casework.persistence import tables

_STORED, _REPLICAS = tables.cluster_stored, tables.cluster_replicas
_ALL = select(_STORED).order_by(_STORED.c.slot, _STORED.c.node)
_IS_PLACED = exists().where(_REPLICAS.c.slot == _STORED.c.slot, _REPLICAS.c.node == _STORED.c.node)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """
    What lies in a store of one replica.

    Args:
        slot: Name of the slot's log.

        node: Name of the machine that put it there.

        store: Address of the store.

        document: SHA-256 of what names all of it, in hexadecimal.

        version: The `seq` of the slot's log that it contains.

        generation: Of the replica's files; it rises whenever they change.

        size_bytes: Of all files.

        stored_at: When it was put there.
    """

    slot: str
    node: str
    store: str
    document: str
    version: int
    generation: int
    size_bytes: int
    stored_at: datetime


class SqlStored:
    """
    What lies in stores.

    Args:
        connection: To read; with its transaction begun, to write.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self) -> list[StoredRow]:
        """Read all of it."""
        return [_row(each) for each in self._connection.execute(_ALL).mappings()]

    def unplaced(self) -> list[StoredRow]:
        """Read what was put there by machines that do not hold the slot any more."""
        return [_row(each) for each in self._connection.execute(_ALL.where(~_IS_PLACED)).mappings()]

    def get(self, slot: str, node: str) -> StoredRow | None:
        """Read what lies there of one replica."""
        found = self._connection.execute(_ALL.where(_of(slot, node))).mappings().one_or_none()
        return None if found is None else _row(found)

    def is_placed(self, slot: str, node: str, *, lock: bool = False) -> bool:
        """
        Tell whether a machine holds a slot.

        Args:
            slot: Name of the slot's log.

            node: Name of the machine.

            lock: Whether that shall stay so until the transaction ends.
        """
        placed = select(_REPLICAS.c.node).where(_REPLICAS.c.slot == slot, _REPLICAS.c.node == node)
        found = self._connection.execute(placed.with_for_update() if lock else placed)
        return found.one_or_none() is not None

    def note(self, row: StoredRow) -> bool:
        """
        Note what a machine has put there, in place of what it put there before, if it still holds the slot.

        Returns:
            Whether it does; if not, nothing was noted, and nobody would delete what lies there.
        """
        if not self.is_placed(row.slot, row.node, lock=True):
            return False
        self.forget(row.slot, row.node)
        self._connection.execute(insert(_STORED).values({name: getattr(row, name) for name in row.__slots__}))
        return True

    def forget(self, slot: str, node: str) -> None:
        """Let nobody use what lies there of a replica; it can be deleted afterwards."""
        self._connection.execute(delete(_STORED).where(_of(slot, node)))

    def forget_unplaced(self, slot: str, node: str) -> bool:
        """Do so unless the machine holds the slot; return whether it does not."""
        if self.is_placed(slot, node, lock=True):
            return False
        self.forget(slot, node)
        return True


def _of(slot: str, node: str) -> ColumnElement[bool]:
    return and_(_STORED.c.slot == slot, _STORED.c.node == node)


def _row(found: RowMapping) -> StoredRow:
    return StoredRow(**found)
