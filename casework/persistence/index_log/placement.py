"""
The placement of a cluster: which machine holds a replica of which slot, and how far each is.

    cluster_replicas   uploads.1.003   a   serving
                       uploads.1.003   b   serving
                       uploads.1.003   c   coming, replaces b

Whoever holds replicas reads it again and again, and does what it says; so a change of it is all it takes to move one.

Invariant: a slot that is served stays served. A replica goes in the transaction in which the one that replaces it
begins to serve, or where another serves the same slot.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, delete, insert, select, tuple_, update

from casework.domain.errors import NodeNameError
from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.rows import portions

_REPLICAS = tables.cluster_replicas
_ALL = select(_REPLICAS).order_by(_REPLICAS.c.slot, _REPLICAS.c.node)
_HOLD = (
    select(tables.index_slots.c.moves)
    .where(tables.index_slots.c.collection == Collection.UPLOADS.value)
    .with_for_update()
)
_NODE: Final = re.compile(r"[a-z0-9]([a-z0-9_-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ReplicaRow:
    """
    One replica of one slot.

    Args:
        slot: Name of the slot's log.

        node: Name of the machine.

        serving: Whether it is asked; else it is being copied to its machine.

        replaces: Machine whose replica goes once this one serves; None where it replaces none.
    """

    slot: str
    node: str
    serving: bool
    replaces: str | None = None


def check_node(name: str) -> str:
    """
    Return the name of a machine: it becomes the name of a folder there.

    Raises:
        NodeNameError: If it may not be called so.
    """
    if _NODE.fullmatch(name) is None:
        message = f"{name!r} is no name of a machine; take 1 to 40 of a-z, 0-9, - and _, a letter or digit at each end"
        raise NodeNameError(message)
    return name


class SqlPlacement:
    """
    The placement.

    Args:
        connection: To read; with its transaction begun, to write.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, *, lock: bool = False) -> list[ReplicaRow]:
        """
        Read all of it.

        Args:
            lock: Whether nobody else may change them, or how uploads are split, before the transaction ends.
        """
        if lock:
            self._connection.execute(_HOLD)
        found = self._connection.execute(_ALL.with_for_update() if lock else _ALL)
        return [ReplicaRow(row.slot, row.node, row.serving, row.replaces) for row in found]

    def add(self, rows: Iterable[ReplicaRow]) -> None:
        """
        Place replicas where there is none of the same slot.

        Raises:
            NodeNameError: If a machine may not be called so.
        """
        values = [
            {"slot": row.slot, "node": check_node(row.node), "serving": row.serving, "replaces": row.replaces}
            for row in rows
        ]
        if values:
            self._connection.execute(insert(_REPLICAS), values)

    def remove(self, rows: Iterable[ReplicaRow]) -> None:
        """Take replicas away; their machines delete what they hold."""
        pair = tuple_(_REPLICAS.c.slot, _REPLICAS.c.node)
        for some in portions((row.slot, row.node) for row in rows):
            self._connection.execute(delete(_REPLICAS).where(pair.in_(some)))

    def serves(self, slot: str, node: str) -> bool:
        """
        Let a replica that was coming serve, and the one that it replaces go.

        Returns:
            Whether it was coming.
        """
        mine = and_(_REPLICAS.c.slot == slot, _REPLICAS.c.node == node, _REPLICAS.c.serving.is_(False))
        coming = self._connection.execute(select(_REPLICAS.c.replaces).where(mine).with_for_update()).one_or_none()
        if coming is None:
            return False
        self._connection.execute(update(_REPLICAS).where(mine).values(serving=True, replaces=None))
        if coming.replaces is not None:
            gone = and_(_REPLICAS.c.slot == slot, _REPLICAS.c.node == coming.replaces)
            self._connection.execute(delete(_REPLICAS).where(gone))
        return True
