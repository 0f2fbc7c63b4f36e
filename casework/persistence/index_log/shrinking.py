"""
Making rows of earlier versions like those of today, in which a value lies once (`values.py`).

A transaction takes a few items, lets their rows in the log go of values that are the items', and the items of values
that are their media's signals'. In between everybody else writes; whoever reads finds the same before and after.

Invariant: nothing is let go of that does not lie elsewhere, byte for byte. It may be ended at any moment and done
again: what is done is passed over.

Who may call it: `api/cli/commands/operating/index.py`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from casework.persistence import tables
from casework.persistence.index_log.values import ELSEWHERE, VALUE_OF_ITS_ITEM, VALUE_OF_SIGNAL
from matcher.signals.local import NAME as LOCAL

_ITEMS_AT_ONCE: Final = 200
"""Of a transaction: it writes up to 5 MB, and holds SQLite's turn for as long as that takes."""

_ITEM, _CHANGE, _SIGNAL = tables.items.c, tables.index_changes.c, tables.signals.c

# Rows that somebody else writes are left to a later run: nobody waits for this, and it for nobody.
_NEXT: Final = (
    select(_ITEM.id)
    .where(_ITEM.id > bindparam("last"), _ITEM.signal_type == LOCAL)
    .order_by(_ITEM.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_ARE_ONE: Final = (
    select(func.count())
    .select_from(tables.signals)
    .where(_SIGNAL.media_id == _ITEM.media_id, _SIGNAL.signal_type == _ITEM.signal_type)
    .correlate(tables.items)
    .scalar_subquery()
)


def shrink(engine: Engine, *, at_once: int = _ITEMS_AT_ONCE) -> Iterator[int]:
    """
    Let go of every value that lies elsewhere, too.

    Args:
        engine: Of `open_database`.

        at_once: Items a transaction takes.

    Yields:
        After each transaction, of how many values it let go.
    """
    last = 0
    while True:
        with engine.connect() as connection, connection.begin():
            ids = list(connection.execute(_NEXT, {"last": last, "most": at_once}).scalars())
            let_go = _let_go(ids, connection)
        if not ids:
            return
        yield let_go
        last = ids[-1]


def _let_go(item_ids: Sequence[int], connection: Connection) -> int:
    of_item = (_CHANGE.item_id.in_(item_ids), _CHANGE.op == "add", _CHANGE.own_value == VALUE_OF_ITS_ITEM)
    in_log = connection.execute(update(tables.index_changes).where(*of_item).values(own_value=None)).rowcount
    of_signal = (_ITEM.id.in_(item_ids), func.length(_ITEM.value) > 0, _ITEM.value == VALUE_OF_SIGNAL, _ARE_ONE == 1)
    in_items = connection.execute(update(tables.items).where(*of_signal).values(value=ELSEWHERE)).rowcount
    return in_log + in_items
