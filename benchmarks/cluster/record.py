"""
A small record for clusters on one machine: the logs of some slots and the placement, in one SQLite file.

It stands in for the record of a service, so that commits cost next to nothing and what is measured is
the cluster. Each machine's folders lie beside the file, in one named as the machine.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.base import IndexOptions
from index.changes import Add, Change, LiveItems, ReadLive, Remove
from index.cluster.home import Placed, SlotLog, Stage
from index.collections.folder import FolderIndex

_TABLES = """
CREATE TABLE IF NOT EXISTS changes (
    slot TEXT, seq INTEGER, item_id INTEGER, signal_type TEXT, value BLOB, PRIMARY KEY (slot, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS placement (slot TEXT, node TEXT, stage TEXT, replaces TEXT, PRIMARY KEY (slot, node));
"""


@dataclass(frozen=True, slots=True)
class Record:
    """
    What holders are built from, and what a benchmark writes to: a `Home` of `index.cluster.home`.

    Args:
        folder: Of the file and of all folders.

        backend: A row of `INDEX_BACKENDS`.
    """

    folder: Path
    backend: str = "multi_index"

    def prepare(self) -> None:
        """Make the file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._connected() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_TABLES)

    def append(self, slot: str, changes: Sequence[Change]) -> int:
        """Commit changes, numbered already, to a slot's log; return the last `seq`."""
        rows = [
            (slot, one.seq, one.item_id, one.signal_type, one.value if isinstance(one, Add) else None)
            for one in changes
        ]
        with self._connected() as connection:
            connection.executemany("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", rows)
        return changes[-1].seq

    def versions(self, slots: Sequence[str]) -> dict[str, int]:
        """Return the last committed `seq` of each slot, in one statement."""
        with self._connected() as connection:
            found = dict(connection.execute("SELECT slot, max(seq) FROM changes GROUP BY slot"))
        return {slot: int(found.get(slot, 0)) for slot in slots}

    def place(self, rows: Sequence[Placed]) -> None:
        """Add rows to the placement; one of the same slot and machine is replaced."""
        values = [(row.slot, row.node, row.stage.value, row.replaces) for row in rows]
        with self._connected() as connection:
            connection.executemany("INSERT OR REPLACE INTO placement VALUES (?, ?, ?, ?)", values)

    def placement(self) -> Sequence[Placed]:
        """Read the whole placement."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT slot, node, stage, replaces FROM placement ORDER BY slot, node"
            ).fetchall()
        return [Placed(slot, node, Stage(stage), replaces) for slot, node, stage, replaces in rows]

    def serves(self, slot: str, node: str) -> None:
        """Let a replica serve, and the one that it replaces go."""
        with self._connected() as connection:
            here = "slot = ? AND node = ? AND stage = 'coming'"
            gone = f"SELECT replaces FROM placement WHERE {here}"  # noqa: S608
            connection.execute(f"DELETE FROM placement WHERE slot = ? AND node = ({gone})", (slot, slot, node))  # noqa: S608
            connection.execute(
                f"UPDATE placement SET stage = 'serving', replaces = NULL WHERE {here}",  # noqa: S608
                (slot, node),
            )

    def open_log(self, slot: str) -> SlotLog:
        """Open a slot's log."""
        return _Log(self, slot)

    def open_index(self, slot: str, node: str) -> FolderIndex:
        """Open the index of a replica in its folder."""
        with self._connected() as connection:
            (slots,) = connection.execute("SELECT count(DISTINCT slot) FROM placement").fetchone()
        options = IndexOptions(self._folder_of(slot, node), self.backend, share=max(1, slots))
        return FolderIndex.open_or_rebuild(options, self.read_live(slot))

    def read_live(self, slot: str) -> ReadLive:
        """Return what reads every live item of a slot."""

        def read() -> LiveItems:
            with self._connected() as connection:
                rows = connection.execute(f"{_SELECT} WHERE slot = ? ORDER BY seq", (slot,)).fetchall()
            live: dict[tuple[str, int], Add] = {}
            for change in map(_change, rows):
                if isinstance(change, Add):
                    live[change.signal_type, change.item_id] = change
                else:
                    live.pop((change.signal_type, change.item_id), None)
            return LiveItems(rows[-1][0] if rows else 0, live.values())

        return read

    def folders(self, node: str) -> Sequence[str]:
        """Name the slots of which there is a folder on a machine."""
        return sorted(path.name for path in (self.folder / node).glob("*"))

    def remove_folder(self, slot: str, node: str) -> None:
        """Delete the folder of a replica."""
        shutil.rmtree(self._folder_of(slot, node), ignore_errors=True)

    def publish(self, slot: str, node: str, go_on: Callable[[], None]) -> None:
        """Do nothing: there is no store."""

    def erase_stored(self, slot: str, node: str) -> int:
        """Do nothing: there is no store."""
        return 0

    def sweep_stored(self, *, unnamed: bool) -> int:
        """Do nothing: there is no store."""
        return 0

    def connect(self) -> sqlite3.Connection:
        """Open the file."""
        connection = sqlite3.connect(self.folder / "record.sqlite3", timeout=30, check_same_thread=False)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with closing(self.connect()) as connection, connection:
            yield connection

    def _folder_of(self, slot: str, node: str) -> Path:
        return self.folder / node / slot


_SELECT = "SELECT seq, item_id, signal_type, value FROM changes"


class _Log:
    """One slot's log, over a connection of its own."""

    def __init__(self, record: Record, slot: str) -> None:
        self._connection = record.connect()
        self._slot = slot

    def version(self) -> int:
        """Return the last committed `seq`."""
        query = "SELECT coalesce(max(seq), 0) FROM changes WHERE slot = ?"
        return int(self._connection.execute(query, (self._slot,)).fetchone()[0])

    def after(self, seq: int, *, limit: int) -> Sequence[Change]:
        """Read up to `limit` changes after `seq`."""
        query = f"{_SELECT} WHERE slot = ? AND seq > ? ORDER BY seq LIMIT ?"
        return [_change(row) for row in self._connection.execute(query, (self._slot, seq, limit))]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _change(row: tuple[int, int, str, bytes | None]) -> Change:
    seq, item_id, signal_type, value = row
    return Remove(seq, item_id, signal_type) if value is None else Add(seq, item_id, signal_type, value)
