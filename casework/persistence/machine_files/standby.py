"""
A copy of what a match needs of the record, in a file on this machine, for when the database cannot be reached.

    record                                            copy (SQLite, the same tables)
    items, media, signals, takedowns, cases    ──►    those of `takedowns` and `protected`, as of a seq of each
    takedowns that only hold, and their facts  ──►    all
    api_keys                                   ──►    all

Because the tables are the same, the same repositories and handlers answer from it. Invariant: it is derived and only
ever older than the record; it may be deleted at any time and is then copied again. What left the index leaves the copy.

Who may call it: `api/replica/standby.py`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, Text, and_, cast, delete, insert, or_, select, update
from sqlalchemy.exc import DatabaseError

from casework.domain.media import Collection
from casework.domain.takedowns.takedown import TakedownState
from casework.persistence import tables
from casework.persistence.connection.database import open_copy, url_of_file
from casework.persistence.connection.scrub import begin_zeroed, scrub
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.rows import portions
from casework.persistence.schema import newest_schema

COPIED = (Collection.TAKEDOWNS, Collection.PROTECTED)
_ROWS_A_TRANSACTION = 2_000
_PREFIX = "standby-"


class StandbyCopy:
    """
    The copy; any number of processes may share one.

    Args:
        folder: Where it lies. Files of other versions of the schema there are deleted.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / f"{_PREFIX}{newest_schema()}.db"
        forget_copies(folder, but=path.name)
        try:
            self._open(path)
        except DatabaseError:
            forget_copies(folder)  # damaged, as after a full disk: it holds nothing that is not in the record
            self._open(path)
        self._keys: list[dict[str, Any]] | None = None
        self._has_forgotten = False
        self._held_back: list[tuple[Any, ...]] | None = None

    def follow(self, record: Connection) -> None:
        """
        Copy what changed in the record since the last call, by whichever process.

        Args:
            record: A connection to the record, in autocommit.
        """
        for collection in COPIED:
            while self._follow_some(collection, record):
                pass
        self._copy_keys(record)
        self._copy_held_back(record)
        if self._has_forgotten:
            self._has_forgotten = not self.scrub()

    def scrub(self) -> bool:
        """Leave no byte of what left the copy in its files; return whether it is done, or a reader is in the way."""
        return scrub(self._writer)

    def close(self) -> None:
        """Give the connections back."""
        self._writer.dispose()
        self.reader.dispose()

    def _open(self, path: Path) -> None:
        self._writer: Engine
        self.reader: Engine
        self._writer, self.reader = open_copy(url_of_file(path))
        counters = tables.index_counters
        with self._writer.connect() as connection, connection.begin():
            begin_zeroed(connection)
            tables.metadata.create_all(connection)
            begun = [{"collection": one.value, "seq": 0} for one in COPIED]
            connection.execute(insert(counters).prefix_with("OR IGNORE"), begun)

    def _follow_some(self, collection: Collection, record: Connection) -> bool:
        """Copy the next changes; return whether there may be more."""
        with self._writer.connect() as copy, copy.begin():
            here, there = IndexLogReader(copy), IndexLogReader(record)
            seq = here.version(collection)
            if seq > there.version(collection):
                seq = 0  # the database was restored from a backup
                _forget(tables.items.c.collection == collection.value, copy)
            changes = there.after(collection, seq, limit=_ROWS_A_TRANSACTION)
            if not changes:
                return False
            removed = [row["item_id"] for row in changes if row["op"] == "remove"]
            if removed:
                self._has_forgotten = True
                _forget(tables.items.c.id.in_(removed), copy)
            _copy_items([row["item_id"] for row in changes if row["op"] == "add"], record, copy)
            counters = tables.index_counters
            moved = update(counters).where(counters.c.collection == collection.value)
            copy.execute(moved.values(seq=changes[-1]["seq"]))
        return len(changes) == _ROWS_A_TRANSACTION

    def _copy_keys(self, record: Connection) -> None:
        # Not when they were last used: that changes every minute, and the copy refuses and allows without it.
        copied = [column for column in tables.api_keys.c if column.name != "last_used_at"]
        keys = [dict(row) for row in record.execute(select(*copied)).mappings()]
        if keys == self._keys:
            return
        with self._writer.connect() as copy, copy.begin():
            copy.execute(delete(tables.api_keys))
            _store(tables.api_keys, keys, copy)
        self._keys = keys

    def _copy_held_back(self, record: Connection) -> None:
        """Copy takedowns that do not act by themselves, or do again: that changes without a change of the index."""
        found = _held_back(record)
        if found == self._held_back:
            return
        with self._writer.connect() as copy, copy.begin():
            before = self._held_back if self._held_back is not None else _held_back(copy)
            changed = {row[0] for row in {*found}.symmetric_difference(before)}
            copied = set(copy.execute(select(tables.takedowns.c.id)).scalars())
            _copy_takedowns(sorted(changed & copied), record, copy)
        self._held_back = found


_HELD_BACK = (TakedownState.INTERIM.value, TakedownState.PAUSED.value)
"""States that a takedown gets into, or out of, without a change of the index."""


def _held_back(record: Connection) -> list[tuple[Any, ...]]:
    """Return of each takedown that only holds what a match with it is judged by."""
    columns = tables.takedowns.c
    query = (
        select(columns.id, columns.state, columns.quarantined_at, columns.trust_lacks, cast(tables.cases.c.facts, Text))
        .outerjoin(tables.cases, tables.cases.c.id == columns.case_id)
        .where(
            or_(
                columns.quarantined_at.is_not(None),
                columns.state.in_(_HELD_BACK),
                and_(columns.trust_lacks.is_not(None), columns.state == TakedownState.ACTIVE.value),
            )
        )
        .order_by(columns.id)
    )
    return [tuple(row) for row in record.execute(query)]


def forget_copies(folder: Path, *, but: str = "") -> None:
    """Delete the copies in a folder: hashes are sensitive, and one that nobody follows is of no use."""
    for path in folder.glob(f"{_PREFIX}*"):
        if not but or not path.name.startswith(but):
            path.unlink(missing_ok=True)


def _copy_items(item_ids: Sequence[int], record: Connection, copy: Connection) -> None:
    items = tables.items
    live = items.c.removed.is_(False)
    found = [row for ids in portions(item_ids) for row in _rows(items, items.c.id.in_(ids) & live, record)]
    media = {row["media_id"] for row in found}
    owners = {row["owner_id"] for row in found}
    _copy_takedowns(owners, record, copy)
    _store(tables.media, _rows(tables.media, tables.media.c.id.in_(media), record), copy)
    _store(tables.signals, _rows(tables.signals, tables.signals.c.media_id.in_(media), record), copy)
    _store(items, found, copy)


def _copy_takedowns(takedown_ids: Iterable[str], record: Connection, copy: Connection) -> None:
    for ids in portions(takedown_ids):
        takedowns = _rows(tables.takedowns, tables.takedowns.c.id.in_(ids), record)
        cases = _rows(tables.cases, tables.cases.c.id.in_([row["case_id"] for row in takedowns]), record)
        _store(tables.cases, [{**row, "note": None} for row in cases], copy)  # a match needs the facts, not the words
        _store(tables.takedowns, [{**row, "reversal_reason": None} for row in takedowns], copy)


def _forget(condition: ColumnElement[bool], copy: Connection) -> None:
    """Delete items, and the media and takedowns that no other item is of."""
    items, media, takedowns, cases = tables.items, tables.media, tables.takedowns, tables.cases
    gone = copy.execute(select(items.c.media_id, items.c.owner_id).where(condition)).all()
    copy.execute(delete(items).where(condition))
    for owners in portions({owner for _, owner in gone}):
        kept = select(items.c.owner_id).where(items.c.owner_id.in_(owners))
        ended = takedowns.c.id.in_(owners) & takedowns.c.id.not_in(kept)
        copy.execute(delete(cases).where(cases.c.id.in_(select(takedowns.c.case_id).where(ended))))
        copy.execute(delete(takedowns).where(ended))
    for ids in portions({media_id for media_id, _ in gone}):
        kept = select(items.c.media_id).where(items.c.media_id.in_(ids))
        copy.execute(
            delete(tables.signals).where(tables.signals.c.media_id.in_(ids), tables.signals.c.media_id.not_in(kept))
        )
        copy.execute(delete(media).where(media.c.id.in_(ids), media.c.id.not_in(kept)))


def _rows(table: Table, condition: ColumnElement[bool], connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table).where(condition)).mappings()]


def _store(table: Table, rows: Iterable[dict[str, Any]], copy: Connection) -> None:
    if stored := list(rows):
        copy.execute(insert(table).prefix_with("OR REPLACE"), stored)
