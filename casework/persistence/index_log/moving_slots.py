"""
Moving a collection's log to another number of slots.

    uploads          1 add 8 · 2 add 9 · 3 add 12 · 4 remove 8
    uploads.1.000    1 add 12                                        to two slots
    uploads.1.001    1 add 8 · 2 add 9 · 3 remove 8

Invariant: every row of the log is kept, in one log, and those of an item in the order they had; each new log has its
own seq from 1, without gaps, so that whoever follows it needs nothing else. One transaction: all of it, or nothing.
Processes that knew the old slots find no counter of theirs any more and say so; indexes of old slots are of no use.

Who may call it: `api/replica/slot_count.py`, while nothing else runs.
"""

from sqlalchemy import Connection, Engine, String, cast, delete, func, insert, literal, select, update

from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.index_log.slots import Layout, SlotsMovedError, layout_of, slot_number

_SLOTS, _COUNTERS, _CHANGES = tables.index_slots, tables.index_counters, tables.index_changes


def move_to_slots(engine: Engine, collection: Collection, count: int) -> Layout:
    """
    Move a collection's log, whatever is in it.

    Args:
        engine: Of `open_database`.

        collection: One of `SLOTTED`.

        count: How many slots it gets, 1..`MOST_SLOTS`.

    Returns:
        How the collection is split now.
    """
    with engine.connect() as connection, connection.begin():
        before = _held(connection, collection)
        return before if before.count == count else _moved(connection, before, count)


def split_if_empty(engine: Engine, collection: Collection, count: int) -> bool:
    """
    Split a collection's log, if nothing was ever written to it.

    Returns:
        Whether it lies in so many slots now.
    """
    with engine.connect() as connection, connection.begin():
        if layout_of(connection, collection).count == count:
            return True
        before = _held(connection, collection)
        if before.count != count:
            logs = [slot.log for slot in before.slots]
            written = connection.execute(select(func.sum(_COUNTERS.c.seq)).where(_COUNTERS.c.collection.in_(logs)))
            if written.scalar_one():
                return False
            _moved(connection, before, count)
        return True


def _held(connection: Connection, collection: Collection) -> Layout:
    """Hold the layout and every counter, so that nobody else moves or writes; return how the collection is split."""
    connection.execute(select(_SLOTS.c.moves).where(_SLOTS.c.collection == collection.value).with_for_update())
    layout = layout_of(connection, collection)
    logs = [slot.log for slot in layout.slots]
    query = select(_COUNTERS.c.seq).where(_COUNTERS.c.collection.in_(logs)).order_by(_COUNTERS.c.collection)
    if len(connection.execute(query.with_for_update()).all()) != layout.count:
        raise SlotsMovedError(collection)
    return layout


def _moved(connection: Connection, before: Layout, count: int) -> Layout:
    after = Layout(before.collection, count, before.moves + 1)
    old = [slot.log for slot in before.slots]
    number = slot_number(_CHANGES.c.item_id, count)
    place = func.row_number().over(partition_by=number, order_by=(_CHANGES.c.seq, _CHANGES.c.collection))
    dealt = (
        select(
            _CHANGES.c.collection.label("was"),
            _CHANGES.c.seq.label("at"),
            number.label("number"),
            place.label("place"),
        )
        .where(_CHANGES.c.collection.in_(old))
        .subquery()
    )
    digits = literal("000").concat(cast(dealt.c.number, String))
    log = literal(after.slot(0).log[:-3]).concat(func.substr(digits, func.length(digits) - 2, 3))
    connection.execute(
        update(_CHANGES)
        .values(collection=log, seq=dealt.c.place)
        .where(_CHANGES.c.collection == dealt.c.was, _CHANGES.c.seq == dealt.c.at)
    )
    new = [slot.log for slot in after.slots]
    ends = select(_CHANGES.c.collection, func.max(_CHANGES.c.seq)).where(_CHANGES.c.collection.in_(new))
    last = {row[0]: row[1] for row in connection.execute(ends.group_by(_CHANGES.c.collection))}
    connection.execute(delete(_COUNTERS).where(_COUNTERS.c.collection.in_(old)))
    connection.execute(insert(_COUNTERS), [{"collection": name, "seq": last.get(name, 0)} for name in new])
    connection.execute(
        update(_SLOTS).where(_SLOTS.c.collection == before.collection.value).values(slots=count, moves=after.moves)
    )
    return after
