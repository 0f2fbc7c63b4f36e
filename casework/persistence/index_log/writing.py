"""
`index_changes`: the append-only logs every index follows, one for each slot of a collection (`slots.py`).

Invariant: within a log, seq follows commit order without gaps. The writer takes the log's counter row and
holds it until its transaction ends, so the transaction that got 4 has committed, or vanished with its 4, before anyone
gets 5; a plain sequence would let 5 commit first and a reader skip 4.

Of a collection in several slots a transaction collects its changes and numbers them as it ends, counters in the order
of slots: however two transactions came upon their items, they never wait for each other in a circle.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select, update

from casework.domain.ids import MediaId
from casework.domain.media import Collection, Item, Media
from casework.persistence import tables
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.collected_writes import CollectedWrites, Kind
from casework.persistence.connection.bulk import Columns, store_numbered
from casework.persistence.connection.direct import column_of, rows_of
from casework.persistence.index_log.numbering import append, append_to_slots, hold
from casework.persistence.index_log.reading import VERSION, item_of
from casework.persistence.index_log.slots import SLOTTED, Layout, SlotsMovedError, layout_of, slot_number
from casework.persistence.index_log.values import READ_ITEMS, value_in_log, values_in_items
from casework.persistence.rows import portions
from matcher.signals import searched_as

_HOLD = VERSION.with_for_update()
_ITEMS = READ_ITEMS.where(tables.items.c.id.in_(bindparam("ids", expanding=True)), tables.items.c.removed.is_(False))
_OWNERS = select(tables.items.c.id, tables.items.c.owner_id).where(
    tables.items.c.id.in_(bindparam("ids", expanding=True)), tables.items.c.removed.is_(False)
)

_OF_OWNERS = (
    select(tables.items.c.id)
    .where(
        tables.items.c.owner_id.in_(bindparam("owners", expanding=True)),
        tables.items.c.removed.is_(False),
        tables.items.c.signal_type.in_(bindparam("types", expanding=True)),
    )
    .limit(bindparam("most"))
)
_NEWEST_OF_OWNERS = _OF_OWNERS.order_by(tables.items.c.id.desc())


_Items: TypeAlias = dict[str, list[Any]]
"""Items to be added, column by column, but for what all of them have."""


class SqlIndexLog:
    """
    The log, inside a transaction that writes.

    Args:
        connection: With its transaction begun.

        changed_records: Where it is noted what others must forget.

        writes: Where what is added may wait for others.
    """

    def __init__(
        self, connection: Connection, changed_records: ChangedRecords, *, writes: CollectedWrites | None = None
    ) -> None:
        self._connection = connection
        self._writes = writes or CollectedWrites(connection)
        self._held: dict[Collection, int] = {}
        """The counters this transaction holds: nobody else changes them before it ends."""
        self._layouts: dict[Collection, Layout] = {}
        self._unnumbered: dict[Collection, list[dict[str, object]]] = {}
        """Changes to collections in several slots, in the order they were made."""
        self.changed: set[Collection] = set()
        """The collections this transaction added to, or took from."""
        self._changed_records = changed_records

    def mark(self) -> Callable[[], None]:
        """Return what forgets all that is done from now on, should it be undone; counters held by then are let go."""
        held, changed = dict(self._held), set(self.changed)
        unnumbered = {collection: list(changes) for collection, changes in self._unnumbered.items()}

        def forget() -> None:
            self._held, self.changed, self._unnumbered = held, changed, unnumbered

        return forget

    def version(self, collection: Collection) -> int:
        """
        Return the last `seq`, and hold the counter so that nobody passes it before this transaction ends.

        Of several slots all are held, and their sum is returned.
        """
        if collection not in self._held:
            layout = self._layout(collection)
            if layout.count == 1:
                held = column_of(self._connection, _HOLD, {"of": layout.slot(0).log})
                if not held:
                    raise SlotsMovedError(collection)
                self._held[collection] = int(held[0])
            else:
                self._held[collection] = sum(hold(self._connection, layout.slots).values())
        return self._held[collection] + len(self._unnumbered.get(collection, ()))

    def add(self, collection: Collection, owner_id: str, media: Media) -> int:
        """
        Make every signal of the media findable, a video by its frames.

        Returns:
            The version from which it is; 0 of a collection in several slots: its changes are numbered by `flush`.
        """
        return self.add_many(collection, [(owner_id, media)])

    def add_many(self, collection: Collection, owned: Sequence[tuple[str, Media]]) -> int:
        """Do the same for several, each with its owner."""
        added = _items_of(owned)
        count = len(added["value"])
        if not count:
            return self._unchanged(collection)
        if not self._writes.is_collecting or collection in SLOTTED:
            return self._store_added(collection, added)
        last = self.version(collection)
        self._writes.put(Kind.INSERT, tables.items, (collection, last), (collection, added), self._store_collected)
        self._held[collection] = last + count
        self.changed.add(collection)
        return self._held[collection]

    def _store_collected(self, added: Sequence[tuple[Collection, _Items]]) -> None:
        """Write what waited, in the order in which it was added."""
        items_of: dict[Collection, _Items] = {}
        for collection, items in added:
            together = items_of.setdefault(collection, {name: [] for name in items})
            for name, values in items.items():
                together[name].extend(values)
        for collection, items in items_of.items():
            self._store_added(collection, items)

    def _store_added(self, collection: Collection, added: _Items) -> int:
        same = {"collection": collection.value, "removed": False}
        item_ids = store_numbered(tables.items, added, self._connection, same=same)
        types = added["signal_type"]
        in_log = [value_in_log(name, value) for name, value in zip(types, added["value"], strict=True)]
        return self._append(collection, "add", {"item_id": item_ids, "signal_type": types, "own_value": in_log})

    def remove(self, collection: Collection, owner_id: str, media_id: MediaId | None = None) -> int:
        """Take an owner's items out; return the version from which they are gone, 0 where `add` does."""
        items = tables.items.c
        condition = [items.collection == collection.value, items.owner_id == owner_id, items.removed.is_(False)]
        if media_id is not None:
            condition.append(items.media_id == media_id)
        query = select(items.id, items.signal_type).where(*condition).order_by(items.id)
        found = self._connection.execute(query).all()
        if not found:
            return self._unchanged(collection)
        self._connection.execute(update(tables.items).where(*condition).values(removed=True))
        if collection is not Collection.UPLOADS:
            self._changed_records.note(owner_id)
        gone = {"item_id": [one.id for one in found], "signal_type": [one.signal_type for one in found]}
        return self._append(collection, "remove", {**gone, "own_value": [None] * len(found)})

    def erase(self, owner_ids: Iterable[str], media_ids: Iterable[MediaId]) -> None:
        """
        Erase the values of items that were removed, of these owners or these media, wherever the log has them.

        The rows of the log stay, with their `seq`, so that none is missing to those that have yet to read them.
        """
        items, changes = tables.items, tables.index_changes
        gone: set[int] = set()
        for column, values in ((items.c.owner_id, owner_ids), (items.c.media_id, media_ids)):
            for ids in portions(values):
                query = select(items.c.id).where(column.in_(ids), items.c.removed.is_(True)).order_by(items.c.id)
                gone.update(self._connection.execute(query.with_for_update()).scalars())
        for item_ids in portions(sorted(gone)):
            held = changes.c.item_id.in_(item_ids) & changes.c.own_value.is_not(None)
            self._connection.execute(update(changes).where(held).values(own_value=None))
            self._connection.execute(delete(items).where(items.c.id.in_(item_ids)))
        for change in (one for several in self._unnumbered.values() for one in several):
            if change["item_id"] in gone:
                change["own_value"] = None

    def flush(self) -> None:
        """Number and write what was changed in collections of several slots; done once, before what others wait for."""
        for collection, changes in self._unnumbered.items():
            self._append_to_slots(self._layout(collection), changes)
        self._unnumbered = {}

    def items(self, item_ids: Iterable[int]) -> dict[int, Item]:
        """Read the live items that a search found."""
        found: dict[int, Item] = {}
        for ids in portions(item_ids):
            rows = rows_of(self._connection, _ITEMS, {"ids": ids})
            found |= {row["id"]: item_of(row) for row in rows if row["value"]}
        return found

    def owners(self, item_ids: Iterable[int]) -> set[str]:
        """Return the owners of the live items that a search found, without reading their values."""
        return set(self.owner_of(item_ids).values())

    def owner_of(self, item_ids: Iterable[int]) -> dict[int, str]:
        """Return the owner of each live item that a search found, by item, without reading values."""
        found: dict[int, str] = {}
        for ids in portions(item_ids):
            found.update((row["id"], row["owner_id"]) for row in rows_of(self._connection, _OWNERS, {"ids": ids}))
        return found

    def of_owner(self, owner_id: str) -> list[Item]:
        """List an owner's live items."""
        items = tables.items.c
        query = READ_ITEMS.where(items.owner_id == owner_id, items.removed.is_(False)).order_by(items.id)
        return [item_of(row) for row in self._connection.execute(query).mappings()]

    def newest(
        self, collection: Collection, signal_types: Sequence[str], *, before: int | None, limit: int
    ) -> list[int]:
        """List the ids of live items of some signal types, the newest first, from before an id."""
        items = tables.items.c
        wanted = [items.collection == collection.value, items.removed.is_(False), items.signal_type.in_(signal_types)]
        if before is not None:
            wanted.append(items.id < before)
        query = select(items.id).where(*wanted).order_by(items.id.desc()).limit(limit)
        return list(self._connection.execute(query).scalars())

    def newest_of(self, owner_ids: Iterable[str], signal_types: Sequence[str], *, each: int) -> list[int]:
        """
        List the ids of live items of some signal types, of several owners.

        All, if they are no more than so many an owner; else, of each owner, the newest ones.
        """
        owners, types = list(owner_ids), list(signal_types)
        most = each * len(owners)
        asked = {"owners": owners, "types": types, "most": most + 1}
        found = list(self._connection.execute(_OF_OWNERS, asked).scalars())
        if len(found) <= most:
            return found
        found.clear()
        for owner in owners:  # one of them has very many
            asked = {"owners": [owner], "types": types, "most": each}
            found.extend(self._connection.execute(_NEWEST_OF_OWNERS, asked).scalars())
        return found

    def _layout(self, collection: Collection) -> Layout:
        if collection not in self._layouts:
            self._layouts[collection] = layout_of(self._connection, collection)
        return self._layouts[collection]

    def _unchanged(self, collection: Collection) -> int:
        return self.version(collection) if self._layout(collection).count == 1 else 0

    def _append(self, collection: Collection, op: str, changes: Columns) -> int:
        layout = self._layout(collection)
        self.changed.add(collection)
        if layout.count > 1:
            rows = [{"op": op, **dict(zip(changes, one, strict=True))} for one in zip(*changes.values(), strict=True)]
            self._unnumbered.setdefault(collection, []).extend(rows)
            return 0
        self._held[collection] = append(self._connection, layout.slot(0), op, changes)
        return self._held[collection]

    def _append_to_slots(self, layout: Layout, changes: list[dict[str, object]]) -> None:
        by_number: dict[int, list[dict[str, object]]] = {}
        for change in changes:
            by_number.setdefault(slot_number(int(str(change["item_id"])), layout.count), []).append(change)
        append_to_slots(self._connection, {layout.slot(number): each for number, each in by_number.items()})


def _items_of(owned: Sequence[tuple[str, Media]]) -> _Items:
    """Return what is searched of media, each with its owner, column by column, as the table has it."""
    searched = [(owner_id, media, searched_as(media.signals)) for owner_id, media in owned]
    return {
        "owner_id": [owner_id for owner_id, _, signals in searched for _ in signals],
        "media_id": [media.id for _, media, signals in searched for _ in signals],
        "signal_type": [one.type for _, _, signals in searched for one in signals],
        "value": [value for _, media, signals in searched for value in values_in_items(media, signals)],
        "quality": [one.quality for _, _, signals in searched for one in signals],
    }
