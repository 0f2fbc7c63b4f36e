"""
What this machine keeps of its replicas in a store of objects, and what it takes from there.

    publish    chunks  ->  document  ->  a row of the record, while the slot is placed here  ->  what is not named goes
    restore    the newest row of the slot  ->  a folder beside  ->  checked, opened once  ->  renamed
    erase      files were written again: the row goes, then every chunk that a live file does not have

Invariant: the record decides. What no row names is not used; a row is of this record's log and names what lies there by
its SHA-256, so the store can neither add nor change anything. A machine writes under its own name alone, and deletes
under another's only where the placement has no such machine.
"""

import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from api.cluster.placed import placement_in
from api.replica.indexes import LOG_FOLDER
from api.security.modes import PRIVATE_FOLDER
from api.stores.places import place_at
from casework.persistence.connection.database import Database
from casework.persistence.index_log.stored import SqlStored, StoredRow
from index.collections.folder import LOCAL_FOLDER
from index.errors import ClusterError, IndexStoreError, StoredDamagedError
from index.stored.document import Document, prefix_of
from index.stored.place import Place
from index.stored.publishing import GoOn, forget_others, is_outdated, kept_of, live_replica, publish
from index.stored.restoring import fetch_document, restore

log = structlog.get_logger()

PARTS: Final = (".", LOCAL_FOLDER)
"""Collections in the folder of a replica."""

_OURS: Final = re.compile(rf"(?P<slot>{LOG_FOLDER.pattern})/(?P<node>[a-z0-9_-]+)/[0-9a-f]{{64}}(\.new)?")
_TRIES: Final = 3


class StoredReplicas:
    """
    Finished files of replicas, in the store; of one replica one thing at a time.

    Args:
        writer: The record, for writing.

        reader: The same, for reading.

        address: Of the store; empty for none: then what was put into one before is deleted.

        now: Tells the time.
    """

    def __init__(self, writer: Database, reader: Database, address: str, *, now: Callable[[], datetime]) -> None:
        self._writer = writer
        self._reader = reader
        self._address = address
        self._now = now
        self._places: dict[str, Place] = {}
        self._documents: dict[tuple[str, str], tuple[str, Document]] = {}

    def publish(self, slot: str, node: str, folder: Path, *, go_on: GoOn = lambda: None) -> bool:
        """
        Put what is finished of a replica into the store, where that has changed.

        Args:
            slot: Name of the slot's log.

            node: Name of this machine.

            folder: Of the replica.

            go_on: Called between chunks; raises what ends it.

        Returns:
            Whether it had changed, and lies there now.

        Raises:
            ClusterError: If the store does not take it.
        """
        live = live_replica(folder, PARTS) if self._address else None
        if live is None:
            return False
        with self._reader.connect() as connection, connection.begin():
            stored = SqlStored(connection)
            row, placed = stored.get(slot, node), stored.is_placed(slot, node)
        if not placed:
            return False  # what it has may have been erased elsewhere
        if row is not None and row.store != self._address:
            self._withdraw(row)
            row = None
        if row is not None and (row.generation, row.version) == (live.generation, live.version):
            return False
        place, prefix = self._place(self._address), prefix_of(slot, node)
        try:
            digest, document = publish(place, prefix, live, self._document(row) if row else None, go_on=go_on)
        except FileNotFoundError:
            return False  # a merge was faster: the next round has what it wrote
        new = StoredRow(
            slot, node, self._address, digest, live.version, live.generation, document.size_bytes, self._now()
        )
        with self._writer.connect() as connection, connection.begin():
            noted = SqlStored(connection).note(new)
        forget_others(place, prefix, {*document.chunks, digest} if noted else ())
        if noted:
            self._documents[slot, node] = digest, document
            log.info("a replica lies in the store", slot=slot, version=new.version, bytes=new.size_bytes)
        else:
            log.warning("this machine holds a slot no more, and takes its files out of the store", slot=slot)
        return noted

    def restore(
        self, slot: str, folder: Path, beside: Path, *, committed: int, check: Callable[[Path], object]
    ) -> bool:
        """
        Fetch a replica into an empty folder: the newest that any machine put into the store.

        Args:
            slot: Name of the slot's log.

            folder: Of the replica, without a manifest.

            beside: A folder on the same disk in which it is put together; whatever lies there is deleted.

            committed: How far the log is; what claims to be further is not used.

            check: Opens what was put together, and raises what is wrong with it.

        Returns:
            Whether it is there; else it is to be built from the record.
        """
        tried: set[str] = set()
        for _ in range(_TRIES):
            _remove(beside)
            row = self._newest(slot, committed, without=tried)
            if row is None:
                break
            tried.add(row.document)
            try:
                self._fetch(row, beside)
                check(beside)
                folder.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                _remove(folder)
                beside.replace(folder)
            except (IndexStoreError, OSError, ValueError) as error:
                log.error("a replica cannot be taken from the store", slot=slot, machine=row.node, why=str(error))
                continue
            log.info("a replica was taken from the store", slot=slot, machine=row.node, version=row.version)
            return True
        _remove(beside)
        if tried:
            log.error("a replica is built from the record, not from the store", slot=slot)
        return False

    def erase(self, slot: str, node: str, folder: Path) -> int:
        """
        Delete from the store what this machine put there and a replica has no more; its next publication fills the gap.

        Args:
            slot: Name of the slot's log.

            node: Name of this machine.

            folder: Of the replica, from which what was removed is erased already.

        Returns:
            How many objects were deleted.

        Raises:
            ClusterError: If the store does not say that it did: then it is not done.
        """
        row, deleted, keep = self._row(slot, node), 0, set[str]()
        if row is not None and row.store != self._address:
            deleted += self._withdraw(row)
        elif row is not None:
            document, live = self._document(row), live_replica(folder, PARTS)
            if document is None or is_outdated(document, live):
                self._forget(row)  # first: nobody shall begin to fetch it now
                keep = kept_of(document, live) if document else set()
            else:
                keep = {*document.chunks, row.document}
        if self._address:
            deleted += forget_others(self._place(self._address), prefix_of(slot, node), keep)
        return deleted

    def sweep(self, *, unnamed: bool) -> int:
        """
        Delete what machines have left in stores that hold a slot no more.

        Args:
            unnamed: Whether to look for what no row names, too: a machine may have been lost before it was noted.

        Returns:
            How many objects were deleted.

        Raises:
            ClusterError: If a store does not say that it did.
        """
        with self._reader.connect() as connection, connection.begin():
            rows = SqlStored(connection).unplaced()
        deleted = 0
        for row in rows:
            deleted += forget_others(self._place(row.store), prefix_of(row.slot, row.node), ())
            with self._writer.connect() as connection, connection.begin():
                SqlStored(connection).forget_unplaced(row.slot, row.node)
        if unnamed and self._address:
            place = self._place(self._address)
            found = [each for each in map(_OURS.fullmatch, place.names("")) if each is not None]
            placed = {(row.slot, row.node) for row in placement_in(self._reader)}
            for each in found:
                if (each["slot"], each["node"]) not in placed:
                    place.delete(each.string)
                    deleted += 1
        return deleted

    def _fetch(self, row: StoredRow, into: Path) -> None:
        place, prefix = self._place(row.store), prefix_of(row.slot, row.node)
        restore(place, prefix, fetch_document(place, prefix, row.document), into)
        found = live_replica(into, PARTS)
        if found is None or found.version != row.version:
            version = None if found is None else found.version
            message = f"what was fetched is at version {version}, not {row.version}"
            raise StoredDamagedError(message)

    def _newest(self, slot: str, committed: int, *, without: set[str]) -> StoredRow | None:
        with self._reader.connect() as connection, connection.begin():
            rows = SqlStored(connection).rows()
        usable = [
            row
            for row in rows
            if row.slot == slot
            and row.store == self._address
            and row.version <= committed
            and row.document not in without
        ]
        return max(usable, key=lambda row: row.version, default=None)

    def _row(self, slot: str, node: str) -> StoredRow | None:
        with self._reader.connect() as connection, connection.begin():
            return SqlStored(connection).get(slot, node)

    def _document(self, row: StoredRow) -> Document | None:
        """Return what a row names; None where that is not there any more, or damaged."""
        digest, document = self._documents.get((row.slot, row.node), ("", None))
        if document is not None and digest == row.document:
            return document
        place, prefix = self._place(row.store), prefix_of(row.slot, row.node)
        try:
            document = fetch_document(place, prefix, row.document)
        except ClusterError as error:
            log.warning("what names a replica's files in the store cannot be read", slot=row.slot, why=str(error))
            return None
        self._documents[row.slot, row.node] = row.document, document
        return document

    def _withdraw(self, row: StoredRow) -> int:
        """Delete everything of a replica where it was kept before, and then the row that says where."""
        deleted = forget_others(self._place(row.store), prefix_of(row.slot, row.node), ())
        self._forget(row)
        return deleted

    def _forget(self, row: StoredRow) -> None:
        with self._writer.connect() as connection, connection.begin():
            SqlStored(connection).forget(row.slot, row.node)

    def _place(self, address: str) -> Place:
        if address not in self._places:
            self._places[address] = place_at(address)
        return self._places[address]


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
