"""A record, machines of a cluster in this process, and a store that they share."""

from pathlib import Path

import numpy as np
from sqlalchemy import Engine, create_engine, delete, insert, update

from api.cluster.home import RecordHome
from api.cluster.placed import rows_of
from api.stores.places import FolderPlace
from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.placement import SqlPlacement
from casework.persistence.index_log.stored import SqlStored, StoredRow
from index.base import ErasedFiles
from index.cluster.holder import Holder
from index.cluster.home import Placed, Stage
from index.errors import SealLockHeldError
from tests.api.conftest import settings_in
from tests.helpers.records.empty_records import prepare_empty

SLOT = "uploads"
PDQ = "pdq/1"


class Log:
    """The log of uploads, as transactions of the service write it."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self.seq = 0

    def add(self, *item_ids: int) -> None:
        """Commit items."""
        same = {"collection": Collection.UPLOADS.value, "signal_type": PDQ, "quality": 100, "removed": False}
        for item in item_ids:
            self._append("add", item, value(item))
            row = {"id": item, "owner_id": f"upl_{item}", "media_id": f"med_{item}", "value": value(item), **same}
            with self._engine.begin() as connection:
                connection.execute(insert(tables.items).values(row))

    def remove(self, item: int) -> None:
        """Commit that an item is gone."""
        self._append("remove", item, None)
        with self._engine.begin() as connection:
            connection.execute(update(tables.items).where(tables.items.c.id == item).values(removed=True))

    def erase(self, item: int) -> None:
        """Erase the value of an item that was removed."""
        with self._engine.begin() as connection:
            changes = tables.index_changes
            connection.execute(update(changes).where(changes.c.item_id == item).values(own_value=None))
            connection.execute(delete(tables.items).where(tables.items.c.id == item))

    def close(self) -> None:
        """Close the record."""
        self._engine.dispose()

    def _append(self, op: str, item: int, value: bytes | None) -> None:
        self.seq += 1
        with self._engine.begin() as connection:
            row = {"collection": SLOT, "seq": self.seq, "op": op, "item_id": item, "signal_type": PDQ}
            connection.execute(insert(tables.index_changes).values(**row, own_value=value))
            counters = tables.index_counters
            connection.execute(update(counters).where(counters.c.collection == SLOT).values(seq=self.seq))


def value(item: int) -> bytes:
    """Return the hash of an item."""
    return np.random.default_rng(item).bytes(32)


class Cluster:
    """
    A record, and machines whose data folder is one.

    Args:
        folder: Of everything.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "store").mkdir()
        self.settings = settings_in(folder, cluster_store=f"file://{folder}/store")
        prepare_empty(self.settings)
        self.log = Log(self.settings.url)
        self.engine: Engine = open_database(self.settings.url)
        self.home = RecordHome(self.settings)
        self.store = FolderPlace(self.settings.cluster_store)
        self._holders: list[Holder] = []

    def place(self, *rows: Placed) -> None:
        """Add rows to the placement."""
        with self.engine.begin() as connection:
            SqlPlacement(connection).add(rows_of(rows))

    def take_away(self, node: str) -> None:
        """Take a machine's replica out of the placement: it was declared lost."""
        with self.engine.begin() as connection:
            SqlPlacement(connection).remove(rows_of([Placed(SLOT, node, Stage.SERVING)]))

    def holder(self, node: str) -> Holder:
        """Start a machine."""
        made = Holder(self.home, node)
        self._holders.append(made)
        made.look()
        return made

    def stored(self) -> list[StoredRow]:
        """Read what lies in stores."""
        with self.engine.begin() as connection:
            return SqlStored(connection).rows()

    def erase(self, holder: Holder) -> ErasedFiles:
        """Have a machine erase what was removed; where it is just looking after its files, again."""
        while True:
            try:
                return holder.erase({SLOT: self.log.seq})
            except SealLockHeldError:
                continue

    def sealed(self, holder: Holder) -> None:
        """Have a machine finish its files, and put them into the store."""
        holder.look()
        holder._replicas[SLOT]._index.seal()
        holder._publisher.look()

    def holds(self, node: str, item: int) -> list[Path]:
        """Return the files of a machine in which a value lies."""
        there = self.settings.cluster_folder.glob(f"{node}*/**/*")
        return [path for path in there if path.is_file() and value(item) in path.read_bytes()]

    def keeps(self, item: int) -> list[Path]:
        """Return the files of the store in which a value lies."""
        there = (self.folder / "store").rglob("*")
        return [path for path in there if path.is_file() and value(item) in path.read_bytes()]

    def names(self, node: str) -> list[str]:
        """Return what lies in the store of a machine."""
        return list(self.store.names(f"{SLOT}/{node}/"))

    def close(self) -> None:
        """End everything."""
        for holder in self._holders:
            holder.close()
        self.home.close()
        self.log.close()
        self.engine.dispose()
