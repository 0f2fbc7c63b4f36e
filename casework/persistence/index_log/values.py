"""
Where the values of items lie: that of a picture's local features once, though three tables speak of it.

    signals         med_1 · local/1 · 12 KB                  the value
    items           7 · med_1 · local/1 · empty              that of the signal of its type
    index_changes   uploads 12 · add 7 · local/1 · none      that of item 7; none if the item is gone: it was erased

Hashes are shorter than the way to them, and lie in all three. A scene of a video is no signal of its own: its value
lies in `items`. What earlier versions wrote has every value in its own row, and is read as it is
(`shrinking.py` makes it like the rest).

Invariant: a live item has its value. Signals that are erased while an item of them is live, as an entry of a list that
stands, first leave it to the item.

Who may call it: whatever reads or writes `items`, `index_changes` or `signals`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select, update

from casework.domain.ids import MediaId
from casework.domain.media import Media
from casework.persistence import tables
from casework.persistence.rows import portions
from matcher.signals.base import Signal
from matcher.signals.local import NAME as LOCAL

_ITEM, _SIGNAL, _CHANGE = tables.items.c, tables.signals.c, tables.index_changes.c

ELSEWHERE: Final = b""
"""The value of an item that has that of its media's signal; no signal's value is empty."""

_IS_ELSEWHERE: Final = func.length(_ITEM.value) == 0
VALUE_OF_SIGNAL: Final = (
    select(_SIGNAL.value)
    .where(_SIGNAL.media_id == _ITEM.media_id, _SIGNAL.signal_type == _ITEM.signal_type)
    .order_by(_SIGNAL.position)
    .limit(1)
    .correlate(tables.items)
    .scalar_subquery()
)
"""The value of the signal a row of `items` is of, if its type is one that media have once."""

VALUE_OF_ITEM: Final[ColumnElement[bytes | None]] = case((_IS_ELSEWHERE, VALUE_OF_SIGNAL), else_=_ITEM.value)
"""The value of a row of `items`; None where signals were erased of which it was not live."""

# Subqueries, not joins: they are asked only of rows without a value, and no planner ever reads a table whole for them.
VALUE_OF_ITS_ITEM: Final = (
    select(VALUE_OF_ITEM).where(_ITEM.id == _CHANGE.item_id).correlate(tables.index_changes).scalar_subquery()
)
"""The value of the item a row of `index_changes` is of; None where that is gone."""

VALUE_OF_CHANGE: Final[ColumnElement[bytes | None]] = case(
    (and_(_CHANGE.own_value.is_(None), _CHANGE.op == "add"), VALUE_OF_ITS_ITEM), else_=_CHANGE.own_value
)
"""The value of a row of `index_changes`; None of a removal, and of what was erased since it was added."""

READ_ITEMS: Final[Select[tuple[object, ...]]] = select(
    _ITEM.id,
    _ITEM.collection,
    _ITEM.owner_id,
    _ITEM.media_id,
    _ITEM.signal_type,
    func.coalesce(VALUE_OF_ITEM, literal(ELSEWHERE)).label("value"),
    _ITEM.quality,
)
"""Reads whole items; an empty value is of none that is live."""


def values_in_items(media: Media, searched: Sequence[Signal]) -> list[bytes]:
    """
    Return what `items` holds of what is searched of media.

    Args:
        media: As it is stored, or without its signals of some types.

        searched: `searched_as` of its signals.
    """
    kept = [one.value for one in media.signals if one.type == LOCAL]
    if len(kept) != 1:  # which of several is meant, a type does not say
        return [one.value for one in searched]
    return [ELSEWHERE if one.type == LOCAL and one.value == kept[0] else one.value for one in searched]


def value_in_log(signal_type: str, value: bytes) -> bytes | None:
    """Return what `index_changes` holds of a value that is added."""
    return None if signal_type == LOCAL else value


def leave_to_live_items(media_ids: Iterable[MediaId], connection: Connection) -> None:
    """
    Give live items the values that they have by their media's signals, which are about to be erased.

    Args:
        media_ids: Whose signals. Their rows are held until the transaction ends: an item added meanwhile is waited for.

        connection: With its transaction begun.
    """
    for ids in portions(media_ids):
        held = select(tables.media.c.id).where(tables.media.c.id.in_(ids)).order_by(tables.media.c.id)
        connection.execute(held.with_for_update()).all()
        live = (_ITEM.media_id.in_(ids), _ITEM.removed.is_(False), _IS_ELSEWHERE)
        value = func.coalesce(VALUE_OF_SIGNAL, literal(ELSEWHERE))
        connection.execute(update(tables.items).where(*live).values(value=value))
