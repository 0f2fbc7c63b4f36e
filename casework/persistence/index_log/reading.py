"""The log as a replica reads it, of a collection or of one slot: how far it is committed, and what came since."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from casework.domain.media import Collection, Item
from casework.persistence import tables
from casework.persistence.connection.direct import column_of, rows_of
from casework.persistence.index_log.slots import SLOTTED, Slot, SlotsMovedError, seqs_of
from casework.persistence.index_log.values import READ_ITEMS, VALUE_OF_CHANGE
from matcher.signals.base import Signal

LogRow = Mapping[str, Any]
"""
One change of the log: `seq`, `op` (``add`` or ``remove``), `item_id`, `signal_type`, `value`, wherever that lies.

An ``add`` without a value was erased since: its item was removed later, and there is nothing to add.
"""


Log = Collection | Slot
"""What has a log: a slot, or a collection that lies in one."""

VERSION = select(tables.index_counters.c.seq).where(tables.index_counters.c.collection == bindparam("of"))
"""Reads the last `seq` of one log."""

_CHANGES = tables.index_changes.c
_AFTER = (
    select(_CHANGES.seq, _CHANGES.op, _CHANGES.item_id, _CHANGES.signal_type, VALUE_OF_CHANGE.label("value"))
    .where(_CHANGES.collection == bindparam("of"), _CHANGES.seq > bindparam("seq"))
    .order_by(_CHANGES.seq)
    .limit(bindparam("most"))
)


class IndexLogReader:
    """
    The log as a replica reads it; one short read transaction a call.

    Args:
        connection: In autocommit, used by one thread at a time.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self, log: Log) -> int:
        """
        Return the last committed `seq`; of a collection in several slots the sum of theirs, as it is known outside.

        Raises:
            SlotsMovedError: If the slot's log is no more.
        """
        if isinstance(log, Collection) and log in SLOTTED:
            return sum(seqs_of(self._connection, log).values())
        found = column_of(self._connection, VERSION, {"of": _name_of(log)})
        if not found:
            raise SlotsMovedError(log.collection if isinstance(log, Slot) else log)
        return int(found[0])

    def after(self, log: Log, seq: int, *, limit: int) -> Sequence[LogRow]:
        """
        Read up to `limit` committed changes of a log after `seq`, in order.

        Returns:
            Rows with `seq`, `op` (``add`` or ``remove``), `item_id`, `signal_type`, `value`.
        """
        asked = {"of": _name_of(log), "seq": seq, "most": limit}
        return rows_of(self._connection, _AFTER, asked)

    def live_items(self, log: Log, *, batch: int = 10_000) -> Iterator[Item]:
        """Read every live item of a slot or a collection, by id; inside one transaction together with `version`."""
        items = tables.items.c
        collection = log.collection if isinstance(log, Slot) else log
        wanted = [items.collection == collection.value, items.removed.is_(False)]
        if isinstance(log, Slot) and log.of > 1:
            wanted.append(log.holds(items.id))
        last = 0
        while True:
            query = READ_ITEMS.where(*wanted, items.id > last).order_by(items.id).limit(batch)
            rows = self._connection.execute(query).mappings().all()
            yield from map(item_of, rows)
            if len(rows) < batch:
                return
            last = rows[-1]["id"]


def _name_of(log: Log) -> str:
    return log.log if isinstance(log, Slot) else log.value


def item_of(row: Mapping[Any, Any]) -> Item:
    """Read an item, of `READ_ITEMS`."""
    return Item(
        id=row["id"],
        collection=Collection(row["collection"]),
        owner_id=row["owner_id"],
        media_id=row["media_id"],
        signal=Signal(type=row["signal_type"], value=row["value"], quality=row["quality"]),
    )
