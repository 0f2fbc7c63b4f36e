"""
Values in the record that no index can take: narrower or wider than their type, or not of its form.

What comes in is checked before it is stored, so there is one only where another program wrote it, a disk changed it, or
an earlier version let it in. Invariant: it costs itself alone. All other values are followed, rebuilt and found, and
the log, `staydown index verify` and `staydown doctor` name it.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import structlog

from casework.domain.media import Collection, Item
from casework.persistence.connection.database import Database
from casework.persistence.index_log.reading import IndexLogReader
from index.changes import Add, Change, Remove
from matcher.errors import SignalError
from matcher.signals import signal_type

log = structlog.get_logger()


class Unfit(NamedTuple):
    """
    A value that is set aside.

    Args:
        item_id: Whose it is, in `items` and `index_changes`.

        signal_type: Its type.

        why: What is wrong with it.
    """

    item_id: int
    signal_type: str
    why: str


def without_unfit(collection: Collection, changes: Iterable[Change]) -> list[Change]:
    """Return changes as an index can follow them: in the place of a value that it cannot take stands a removal."""
    return [_set_aside(collection, one) if isinstance(one, Add) and _what_is_wrong(one) else one for one in changes]


def fit_items(collection: Collection, items: Iterable[Add]) -> Iterator[Add]:
    """Yield the live items that an index can take, and log those that it cannot."""
    for one in items:
        if _what_is_wrong(one) is None:
            yield one
        else:
            _set_aside(collection, one)


def unfit_items(reader: Database, collection: Collection) -> list[Unfit]:
    """Read every live value of a collection from the record, and return those that no index can take."""
    with reader.connect() as connection, connection.begin():
        live = IndexLogReader(connection).live_items(collection)
        return [Unfit(item.id, item.signal.type, why) for item in live if (why := _of_item(item)) is not None]


def _of_item(item: Item) -> str | None:
    return _what_is_wrong(Add(seq=0, item_id=item.id, signal_type=item.signal.type, value=item.signal.value))


def _what_is_wrong(change: Add) -> str | None:
    try:
        signal_type(change.signal_type).check(change.value)
    except SignalError as error:
        return str(error)
    return None


def _set_aside(collection: Collection, change: Add) -> Remove:
    log.error(
        "a value of the record cannot be indexed and is set aside; `staydown index verify` names all such",
        collection=collection.value,
        item=change.item_id,
        signal_type=change.signal_type,
        bytes=len(change.value),
    )
    return Remove(seq=change.seq, item_id=change.item_id, signal_type=change.signal_type)
