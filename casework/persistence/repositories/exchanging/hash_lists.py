"""Lists of hashes that came from others, over SQL. Invariant: nothing here commits."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, Connection, LargeBinary, bindparam, delete, func, select, update

from casework.domain.ids import HashListId, MediaId, TakedownId
from casework.domain.takedowns.hash_list import HashList, ListEntry
from casework.persistence import tables
from casework.persistence.connection.bulk import Columns, store_columns, store_numbered
from casework.persistence.connection.direct import rows_of
from casework.persistence.encryption.sealed import open_row, seal_row
from casework.persistence.rows import Rows, portions
from casework.ports.vault import Vault

_ENTRIES = tables.hash_list_entries
_KNOWN_OF_ARRAY = select(_ENTRIES.c.key).where(
    _ENTRIES.c.list_id == bindparam("of"), _ENTRIES.c.key == func.any(bindparam("keys", type_=ARRAY(LargeBinary)))
)

_DUE = (
    select(_ENTRIES)
    .where(_ENTRIES.c.disabled_until <= bindparam("now"))
    .order_by(_ENTRIES.c.id)
    .limit(bindparam("most"))
)


@lru_cache(maxsize=8)
def _known(keys: int) -> str:
    """Return the same for SQLite, with a place for each key; nearly all are asked about a thousand."""
    table = _ENTRIES.name
    return f"SELECT key FROM {table} WHERE list_id = ? AND key IN ({', '.join('?' * keys)})"  # noqa: S608


class SqlHashLists(Rows[HashList]):
    """Lists, and their entries, whose notes and addresses are encrypted."""

    def __init__(self, connection: Connection, vault: Vault, *, now: datetime) -> None:
        super().__init__(connection, tables.hash_lists, HashList)
        self._vault = vault
        self._now = now

    def named(self, name: str) -> HashList | None:
        """Return the list of a name, or None."""
        row = self.connection.execute(select(self.table).where(self.table.c.name == name)).mappings().first()
        return None if row is None else self.load(row)

    def all(self) -> list[HashList]:
        """List all of them, by age."""
        rows = self.connection.execute(select(self.table).order_by(self.table.c.id)).mappings()
        return [self.load(row) for row in rows]

    def remove(self, list_id: HashListId) -> None:
        """Forget a list with all its entries."""
        self.connection.execute(delete(_ENTRIES).where(_ENTRIES.c.list_id == list_id))
        self.connection.execute(delete(self.table).where(self.table.c.id == list_id))

    def known_keys(self, list_id: HashListId, keys: Iterable[bytes]) -> set[bytes]:
        """Return which of these keys are on a list already."""
        known: set[bytes] = set()
        for asked in portions(keys):
            if self.connection.dialect.name == "postgresql":
                known.update(self.connection.execute(_KNOWN_OF_ARRAY, {"of": list_id, "keys": asked}).scalars())
            else:  # as it is: SQLAlchemy would look at each of thousands of values
                known.update(self.connection.exec_driver_sql(_known(len(asked)), (list_id, *asked)).scalars())
        return known

    def by_keys(self, list_id: HashListId, keys: Iterable[bytes]) -> dict[bytes, int]:
        """Return the numbers of the entries with these keys on a list."""
        found: dict[bytes, int] = {}
        for asked in portions(keys):
            query = select(_ENTRIES.c.key, _ENTRIES.c.id).where(
                _ENTRIES.c.list_id == list_id, _ENTRIES.c.key.in_(asked)
            )
            found |= {row.key: row.id for row in self.connection.execute(query)}
        return found

    def add_entry(self, entry: ListEntry) -> ListEntry:
        """Put something on a list; return it with the number it got."""
        each = {name: [value] for name, value in _plain_row(entry).items()}
        (number,) = store_numbered(_ENTRIES, each, self.connection, same={})
        numbered = replace(entry, id=number)
        if entry.note is not None or entry.uri is not None:
            self.update_entry(numbered)  # what is encrypted is encrypted for its place, which has the number
        return numbered

    def put_many(self, list_id: HashListId, takedown_id: TakedownId, media: Mapping[bytes, MediaId]) -> None:
        """Put what is imported together on a list, by key: now, enabled, without a note and an address."""
        same = {
            "list_id": list_id,
            "takedown_id": takedown_id,
            "added_at": self._now,
            "disabled": False,
            "disabled_until": None,
        }
        each: Columns = {"media_id": list(media.values()), "key": list(media)}
        store_columns(_ENTRIES, each, self.connection, same=same)

    def entry(self, entry_id: int) -> ListEntry | None:
        """Read one by its number, or None."""
        row = self.connection.execute(select(_ENTRIES).where(_ENTRIES.c.id == entry_id)).mappings().first()
        return None if row is None else self._entry(row)

    def entries_on(self, media_ids: Iterable[MediaId]) -> dict[MediaId, ListEntry]:
        """Return what these media are on lists."""
        found: dict[MediaId, ListEntry] = {}
        for ids in portions(media_ids):
            rows = self.connection.execute(select(_ENTRIES).where(_ENTRIES.c.media_id.in_(ids))).mappings()
            found |= {MediaId(row["media_id"]): self._entry(row) for row in rows}
        return found

    def update_entry(self, entry: ListEntry) -> None:
        """Store its new state."""
        row = seal_row(_ENTRIES, {"id": entry.id, "note": entry.note, "uri": entry.uri}, self._vault)
        values = {
            "disabled": entry.disabled,
            "disabled_until": entry.disabled_until,
            "note": row["note"],
            "uri": row["uri"],
        }
        self.connection.execute(update(_ENTRIES).where(_ENTRIES.c.id == entry.id).values(**values))

    def remove_entry(self, entry_id: int) -> None:
        """Forget one."""
        self.connection.execute(delete(_ENTRIES).where(_ENTRIES.c.id == entry_id))

    def due(self, now: datetime, *, limit: int) -> list[ListEntry]:
        """Return entries that were disabled until a moment that has come."""
        return [self._entry(row) for row in rows_of(self.connection, _DUE, {"now": now, "most": limit})]

    def erase(self, takedown_ids: Iterable[TakedownId]) -> None:
        """Forget what of these takedowns is on lists."""
        for ids in portions(takedown_ids):
            self.connection.execute(delete(_ENTRIES).where(_ENTRIES.c.takedown_id.in_(ids)))

    def size(self, signal_type: str) -> tuple[int, datetime | None]:
        """Count the entries with a signal of a type, and say when the newest was added."""
        signals = tables.signals.c
        query = (
            select(func.count(), func.max(_ENTRIES.c.added_at, type_=_ENTRIES.c.added_at.type))
            .join(tables.signals, signals.media_id == _ENTRIES.c.media_id)
            .where(signals.signal_type == signal_type)
        )
        count, newest = self.connection.execute(query).one()
        return count, newest

    def _entry(self, row: Mapping[Any, Any]) -> ListEntry:
        return ListEntry(**open_row(_ENTRIES, row, self._vault))


def _plain_row(entry: ListEntry) -> dict[str, object]:
    return {
        "list_id": entry.list_id,
        "takedown_id": entry.takedown_id,
        "media_id": entry.media_id,
        "added_at": entry.added_at,
        "key": entry.key,
        "disabled": entry.disabled,
        "disabled_until": entry.disabled_until,
    }
