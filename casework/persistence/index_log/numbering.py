"""
Giving changes their `seq`: the counter of each log is moved on, and held until the transaction ends.

On PostgreSQL one statement takes the counters, moves them on and writes the rows: whoever waits for a counter
waits for each statement that its holder still sends. Many rows are written by COPY, which is a statement of its own.

Invariant: counters are taken in the order of slots, whatever the order of changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, text, update

from casework.persistence import tables
from casework.persistence.connection.bulk import WORTH_IT, Columns, store, store_columns
from casework.persistence.connection.direct import column_of
from casework.persistence.index_log.slots import Slot, SlotsMovedError

Change = Mapping[str, Any]
"""A row of `index_changes` without `collection` and `seq`."""

_COUNTERS = tables.index_counters
_HOLD_SEVERAL = (
    select(_COUNTERS.c.collection, _COUNTERS.c.seq)
    .where(_COUNTERS.c.collection.in_(bindparam("several", expanding=True)))
    .order_by(_COUNTERS.c.collection)
    .with_for_update()
)
_MOVE_ON = update(_COUNTERS).where(_COUNTERS.c.collection == bindparam("of")).values(seq=bindparam("to"))
_ADVANCE = (
    update(_COUNTERS)
    .where(_COUNTERS.c.collection == bindparam("of"))
    .values(seq=_COUNTERS.c.seq + bindparam("by"))
    .returning(_COUNTERS.c.seq)
)

_COLUMNS: Final = ("op", "item_id", "signal_type", "own_value")
_AT_ONCE: Final = text("""
    WITH held AS (
        SELECT collection FROM index_counters
        WHERE collection = ANY(CAST(:logs AS varchar[])) ORDER BY collection FOR UPDATE
    ), moved AS (
        UPDATE index_counters AS counter SET seq = counter.seq + wanted.changes
        FROM held JOIN unnest(CAST(:logs AS varchar[]), CAST(:changes AS bigint[])) AS wanted (log, changes)
            ON wanted.log = held.collection
        WHERE counter.collection = held.collection
        RETURNING counter.collection, counter.seq
    ), written AS (
        INSERT INTO index_changes (collection, seq, op, item_id, signal_type, own_value)
        SELECT moved.collection, moved.seq - change.behind, change.op, change.item_id, change.signal_type,
            change.own_value
        FROM moved JOIN unnest(
            CAST(:log AS varchar[]), CAST(:behind AS bigint[]), CAST(:op AS varchar[]), CAST(:item_id AS bigint[]),
            CAST(:signal_type AS varchar[]), CAST(:own_value AS bytea[])
        ) AS change (log, behind, op, item_id, signal_type, own_value) ON change.log = moved.collection
    )
    SELECT collection, seq FROM moved
""")
"""`behind` counts the changes of the same log that come after a change."""


def hold(connection: Connection, slots: Sequence[Slot]) -> dict[str, int]:
    """Hold the counters of several slots, taken in their order; return the last `seq` of each log."""
    rows = connection.execute(_HOLD_SEVERAL, {"several": [slot.log for slot in slots]})
    held = {row.collection: int(row.seq) for row in rows}
    if len(held) != len(slots):
        raise SlotsMovedError(slots[0].collection)
    return held


def append(connection: Connection, slot: Slot, op: str, changes: Columns) -> int:
    """
    Number changes of one slot and write them.

    Args:
        connection: With its transaction begun.

        slot: Whose log it is.

        op: What all of them are.

        changes: `item_id`, `signal_type` and `own_value`, column by column; at least one.

    Returns:
        The last `seq`.

    Raises:
        SlotsMovedError: If there is no such log any more.
    """
    count = len(changes["item_id"])
    if connection.dialect.name == "postgresql" and count < WORTH_IT:
        return _at_once(connection, {slot: count}, {"op": [op] * count, **changes}, [slot.log] * count)[slot]
    last = _advance(connection, slot, count)
    numbered = {"seq": range(last - count + 1, last + 1), **changes}
    store_columns(tables.index_changes, numbered, connection, same={"collection": slot.log, "op": op})
    return last


def append_to_slots(connection: Connection, changes: Mapping[Slot, Sequence[Change]]) -> None:
    """
    Number changes of several slots of one collection and write them.

    Args:
        connection: With its transaction begun.

        changes: Of each slot, in their order.

    Raises:
        SlotsMovedError: If there is a log no more.
    """
    slots = sorted(changes, key=lambda slot: slot.number)
    rows = [row for slot in slots for row in changes[slot]]
    if connection.dialect.name == "postgresql" and len(rows) < WORTH_IT:
        columns = {name: [row[name] for row in rows] for name in _COLUMNS}
        logs = [slot.log for slot in slots for _ in changes[slot]]
        _at_once(connection, {slot: len(changes[slot]) for slot in slots}, columns, logs)
        return
    if len(slots) == 1:
        last = {slots[0]: _advance(connection, slots[0], len(rows))}
    else:
        held = hold(connection, slots)
        last = {slot: held[slot.log] + len(changes[slot]) for slot in slots}
        connection.execute(_MOVE_ON, [{"of": slot.log, "to": last[slot]} for slot in slots])
    store(
        tables.index_changes,
        [row for slot in slots for row in _numbered(slot, last[slot], changes[slot])],
        connection,
    )


def _at_once(
    connection: Connection, counts: Mapping[Slot, int], changes: Columns, logs: Sequence[str]
) -> dict[Slot, int]:
    """Do all of it by one statement; changes lie in the order of slots, each slot's together."""
    behind = [place for count in counts.values() for place in range(count - 1, -1, -1)]
    values = {
        "logs": [slot.log for slot in counts],
        "changes": list(counts.values()),
        "log": logs,
        "behind": behind,
        **{name: list(changes[name]) for name in _COLUMNS},
    }
    last = {row.collection: int(row.seq) for row in connection.execute(_AT_ONCE, values)}
    if len(last) != len(counts):
        raise SlotsMovedError(next(iter(counts)).collection)
    return {slot: last[slot.log] for slot in counts}


def _advance(connection: Connection, slot: Slot, by: int) -> int:
    last = column_of(connection, _ADVANCE, {"of": slot.log, "by": by})
    if not last:
        raise SlotsMovedError(slot.collection)
    return int(last[0])


def _numbered(slot: Slot, last: int, changes: Sequence[Change]) -> list[dict[str, object]]:
    """Return rows of a slot's log, of which the last one is so numbered."""
    first = last - len(changes) + 1
    return [{"collection": slot.log, "seq": first + place, **one} for place, one in enumerate(changes)]
