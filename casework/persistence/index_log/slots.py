"""
How the log of a collection is split into slots, so that many transactions write to it at once.

    index_slots      uploads, 4 slots, moved once
    index_counters   uploads.1.000   uploads.1.001   uploads.1.002   uploads.1.003      a row a slot, named as its log
    index_changes    each log has its own seq, from 1, without gaps

Which slot an item is in follows from its id (`slot_number`). Four ids that follow each other share one: the signals of
a picture, so that who registers it takes one counter or two, and those who do so at once take others. Slots take turns
by blocks of four, in each round from another one on: with `id % slots` all `pdq/1` would lie in one slot of four, and
all local features in another.

A collection in one slot that was never moved has one log, named as the collection: takedowns and protected media
always, uploads by default. Each move gives new names, so that nobody takes a folder, or what was remembered of a log,
for what it was before.

Invariant: everything about an item lies in one slot, in the order of commits; a transaction locks counters in the order
of slots. The number of slots is the record's: `STAYDOWN_UPLOAD_SLOTS` decides only as long as a collection is empty.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.connection.direct import rows_of
from casework.persistence.connection.failures import DatabaseFailedError

SLOTTED: Final = frozenset({Collection.UPLOADS})
"""Collections that may lie in several slots: what outgrows one machine. Takedowns are followed whole everywhere."""

MOST_SLOTS: Final = 512


TOGETHER: Final = 4

NumberT = TypeVar("NumberT", int, ColumnElement[int])


def slot_number(item_id: NumberT, count: int) -> NumberT:
    """
    Return the number of an item's slot.

    Args:
        item_id: 0 or more, or a column of such.

        count: How many slots there are.
    """
    block = item_id // TOGETHER
    return (block + block // count) % count


class SlotsMovedError(DatabaseFailedError):
    """
    The log of a collection was moved to other slots by another process; nothing was stored.

    Args:
        collection: Whose log it was.
    """

    def __init__(self, collection: Collection) -> None:
        """Say what helps."""
        super().__init__(f"the log of {collection.value} was moved to other slots; restart this process")


@dataclass(frozen=True, slots=True)
class Slot:
    """
    One part of a collection, with a log of its own.

    Args:
        collection: Whose it is.

        number: From 0.

        of: How many slots the collection has.

        log: What its log is called in `index_counters` and `index_changes`, and its folder in the index.
    """

    collection: Collection
    number: int
    of: int
    log: str

    def holds(self, item_id: ColumnElement[int]) -> ColumnElement[bool]:
        """Return what is true of the ids of items that belong here."""
        return slot_number(item_id, self.of) == self.number

    def __str__(self) -> str:
        """Name it for people."""
        return self.collection.value if self.of == 1 else f"{self.collection.value}, slot {self.number} of {self.of}"


@dataclass(frozen=True, slots=True)
class Layout:
    """
    How a collection is split.

    Args:
        collection: Which.

        count: How many slots it has, 1..`MOST_SLOTS`.

        moves: How often that was changed.
    """

    collection: Collection
    count: int = 1
    moves: int = 0

    def slot(self, number: int) -> Slot:
        """Return one slot."""
        log = self.collection.value if not self.moves else f"{self.collection.value}.{self.moves}.{number:03}"
        return Slot(self.collection, number, self.count, log)

    def slot_of(self, item_id: int) -> Slot:
        """Return the slot of an item."""
        return self.slot(slot_number(item_id, self.count))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All of them, in their order, which is that of their names, too."""
        return _slots_of(self)


def collection_of(log: str) -> str:
    """Return the name of the collection that a log is of."""
    return log.partition(".")[0]


@cache
def _slots_of(layout: Layout) -> tuple[Slot, ...]:
    """Return the slots of a layout; made once, for hundreds are named at each look."""
    return tuple(layout.slot(number) for number in range(layout.count))


_SLOTS, _COUNTERS = tables.index_slots.c, tables.index_counters.c
_LAYOUT = select(_SLOTS.slots, _SLOTS.moves).where(_SLOTS.collection == bindparam("of"))
_SEQS = select(_COUNTERS.collection, _COUNTERS.seq).where(
    or_(_COUNTERS.collection == bindparam("of"), _COUNTERS.collection.like(bindparam("parts")))
)


def layout_of(connection: Connection, collection: Collection) -> Layout:
    """Return how a collection is split, as the record has it."""
    if collection not in SLOTTED:
        return Layout(collection)
    rows = rows_of(connection, _LAYOUT, {"of": collection.value})
    return Layout(collection, rows[0]["slots"], rows[0]["moves"]) if rows else Layout(collection)


def seqs_of(connection: Connection, collection: Collection) -> dict[str, int]:
    """Return the last committed `seq` of each log of a collection, by the log's name, in one statement."""
    asked = {"of": collection.value, "parts": f"{collection.value}.%"}
    return {row["collection"]: int(row["seq"]) for row in rows_of(connection, _SEQS, asked)}


def versions_of(connection: Connection, layout: Layout) -> tuple[int, ...]:
    """
    Return the last committed `seq` of each slot, in their order, in one statement: what a question has to contain.

    Raises:
        SlotsMovedError: If the collection was moved since the layout was read.
    """
    seqs = seqs_of(connection, layout.collection)
    names = [slot.log for slot in layout.slots]
    if len(seqs) != len(names) or any(name not in seqs for name in names):
        raise SlotsMovedError(layout.collection)
    return tuple(seqs[name] for name in names)
