"""
What machines of a cluster need of the record: the placement, the logs of slots, and a folder for each replica.

    <data>/cluster/<node>/uploads.1.003/          a replica of slot 3, in the data folder of that machine
    <data>/cluster/<node>.coming/uploads.1.003/   one that is being fetched from the store
    <data>/cluster/gateway.sock                   where servers of this machine ask

It travels to other machines and holds nothing: each reads its own settings, so that no password travels with it and
each says where its data lies. Which slots there are is the record's: a machine whose settings lead to another database
finds no replica of its own there.

Who may call it: `index/cluster`, from holders and the gateway's process; no server.
"""

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import structlog

from api.clock import SystemClock
from api.cluster.placed import placement_in
from api.cluster.stored import PARTS, StoredReplicas
from api.replica.indexes import LOG_FOLDER, layout_in, read_live_items
from api.replica.log_changes import change_of
from api.replica.unfit import without_unfit
from api.security.modes import PRIVATE_FOLDER
from api.settings import Settings, read_settings
from casework.domain.media import Collection
from casework.persistence.connection.database import Database, open_database, open_follower, open_reader
from casework.persistence.index_log.placement import SqlPlacement, check_node
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.slots import Slot, SlotsMovedError
from index.base import IndexOptions
from index.changes import Change, ReadLive
from index.cluster.home import Placed, SlotLog
from index.collections.folder import FolderIndex
from index.storage.manifest import MANIFEST

log = structlog.get_logger()

_MOST_SHARES: Final = 16
_PRIVATE: Final = 0o077
"""Files on this machine are for their owner alone."""

T = TypeVar("T")


class RecordHome:
    """
    A `Home` of `index.cluster.home` over the record; safe from any thread.

    Args:
        settings: Of this machine; read from its environment where they are first needed, if left out.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    def __reduce__(self) -> tuple[type["RecordHome"], tuple[()]]:
        """Leave everything here: whoever gets it has settings of its own."""
        return RecordHome, ()

    def placement(self) -> Sequence[Placed]:
        """Read the whole placement."""
        return placement_in(self._here.reader)

    def serves(self, slot: str, node: str) -> None:
        """Note that a replica that was coming is as new as the log: it serves, and what it replaces goes."""
        with self._here.writer.connect() as connection, connection.begin():
            came = SqlPlacement(connection).serves(slot, node)
        if came:
            log.info("a replica serves", slot=slot, node=node)

    def open_log(self, slot: str) -> SlotLog:
        """Open a slot's log."""
        return _Log(self._here.follower, self._slot(slot))

    def open_index(self, slot: str, node: str) -> FolderIndex:
        """
        Open the index of a replica in its folder; what is damaged is rebuilt from the record.

        An empty one is fetched from the store, if something of this slot lies there. One that has seen more than the
        record knows is of another record, or of a time before a backup was restored: it is deleted, and all of it
        followed anew.
        """
        of, folder = self._slot(slot), self._folder_of(slot, node)
        with self._here.reader.connect() as connection, connection.begin():
            committed = IndexLogReader(connection).version(of)
        if not any((folder / part / MANIFEST).exists() for part in PARTS):
            beside = self._coming_of(node) / slot
            self._here.stored.restore(
                slot, folder, beside, committed=committed, check=lambda path: FolderIndex.open(self._options(of, path))
            )
        index = self._open(of, folder)
        if index.newest_version > committed:
            log.error("a replica is ahead of the database and begins anew", slot=slot, node=node, database=committed)
            shutil.rmtree(folder)
            index = self._open(of, folder)
        if index.rebuilt_because is not None:
            log.error("a replica was rebuilt from the record", slot=slot, because=str(index.rebuilt_because))
        return index

    def read_live(self, slot: str) -> ReadLive:
        """Return what reads every live item of a slot."""
        return lambda: read_live_items(self._here.reader, self._slot(slot))()

    def folders(self, node: str) -> Sequence[str]:
        """Name the slots of which there is a folder on this machine, one that is not whole too."""
        places = (self._folder_of_node(node), self._coming_of(node))
        return sorted({path.name for place in places for path in place.glob("*") if path.is_dir()})

    def remove_folder(self, slot: str, node: str) -> None:
        """Delete the folder of a replica, with every value in it."""
        for folder in (self._folder_of(slot, node), self._coming_of(node) / slot):
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)

    def publish(self, slot: str, node: str, go_on: Callable[[], None]) -> None:
        """Put what is finished of a replica into the store, if there is one and it has changed."""
        self._here.stored.publish(slot, node, self._folder_of(slot, node), go_on=go_on)

    def erase_stored(self, slot: str, node: str) -> int:
        """Delete from the store what this machine put there and the replica has no more."""
        return self._here.stored.erase(slot, node, self._folder_of(slot, node))

    def sweep_stored(self, *, unnamed: bool) -> int:
        """Delete what machines have left in the store that hold a slot no more."""
        return self._here.stored.sweep(unnamed=unnamed)

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _open(self, slot: Slot, folder: Path) -> FolderIndex:
        return FolderIndex.open_or_rebuild(self._options(slot, folder), self.read_live(slot.log))

    def _options(self, slot: Slot, folder: Path) -> IndexOptions:
        return IndexOptions(folder, self._here.settings.index_backend, share=min(slot.of, _MOST_SHARES))

    def _slot(self, name: str) -> Slot:
        for slot in layout_in(self._here.reader, Collection.UPLOADS).slots:
            if slot.log == name:
                return slot
        raise SlotsMovedError(Collection.UPLOADS)

    def _folder_of(self, slot: str, node: str) -> Path:
        if LOG_FOLDER.fullmatch(slot) is None:
            message = f"{slot!r} is no name of a log"
            raise ValueError(message)
        return self._folder_of_node(node) / slot

    def _folder_of_node(self, node: str) -> Path:
        return self._here.settings.cluster_folder / check_node(node)

    def _coming_of(self, node: str) -> Path:
        return self._here.settings.cluster_folder / f"{check_node(node)}.coming"

    @property
    def _here(self) -> "_Opened":
        with self._lock:
            if self._opened is None:
                if self._settings is None:
                    os.umask(_PRIVATE)  # this is a process of Ray's, which began with another
                    self._settings = read_settings()
                self._opened = _Opened(self._settings)
            return self._opened


class _Opened:
    """What is open in this process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.cluster_folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.writer = open_database(settings.url)
        self.reader = open_reader(settings.url)
        self.follower = open_follower(settings.url)
        self.stored = StoredReplicas(self.writer, self.reader, settings.cluster_store, now=SystemClock().now)

    def close(self) -> None:
        """Give all connections back."""
        for engine in (self.writer, self.reader, self.follower):
            engine.dispose()


class _Log:
    """
    One slot's log: a connection of the pool for each look, for a machine may hold hundreds of slots.

    Args:
        follower: The record, for following what is written to it.

        slot: Whose log.
    """

    def __init__(self, follower: Database, slot: Slot) -> None:
        self._follower = follower
        self._slot = slot

    def version(self) -> int:
        """Return the last committed `seq`."""
        return self._read(lambda reader: reader.version(self._slot))

    def after(self, seq: int, *, limit: int) -> Sequence[Change]:
        """Read up to `limit` committed changes after `seq`; in the place of what no index can take stands a removal."""
        rows = self._read(lambda reader: reader.after(self._slot, seq, limit=limit))
        return without_unfit(self._slot.collection, map(change_of, rows))

    def close(self) -> None:
        """Do nothing: it holds no connection."""

    def _read(self, read: Callable[[IndexLogReader], T]) -> T:
        with self._follower.connect() as connection:
            return read(IndexLogReader(connection))
