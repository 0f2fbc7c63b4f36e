"""
Counts that all processes of one machine add to, and what each says of itself, in a file of its own.

    totals      one row a series: how often, or how much, since the file was made
    processes   one row a process: when it was last heard of, and its levels as JSON

A process adds what it counted and its own row in one transaction, every few seconds. So there is nothing to gather from
processes that are gone: their counts are in the totals, and a row that was not renewed for `FORGET_AFTER_S` counts no
more and is deleted. The file is no record (`machine_file.py`). Invariant: where it cannot be written, nothing is lost
but time: `add` says so, and the caller keeps what it counted.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from casework.persistence.machine_files.machine_file import MachineFile

Series: TypeAlias = tuple[str, tuple[str, ...]]
"""A name, and the values of its labels."""

FORGET_AFTER_S = 15.0

_TABLES = """
CREATE TABLE IF NOT EXISTS totals
    (name TEXT NOT NULL, labels TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (name, labels)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS processes (id TEXT PRIMARY KEY, heard_at REAL NOT NULL, levels TEXT NOT NULL) WITHOUT ROWID;
"""
_ADD = """
INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT (name, labels) DO UPDATE SET value = value + excluded.value
"""
_HEARD = "INSERT OR REPLACE INTO processes VALUES (?, ?, ?)"
_WAIT_FOR_OTHERS_S = 1.0


@dataclass(frozen=True, slots=True)
class Published:
    """
    What all processes said.

    Args:
        totals: Since the file was made.

        processes: What each says of itself that was heard of lately, by its name.
    """

    totals: Mapping[Series, float]
    processes: Mapping[str, Mapping[Series, float]]

    @property
    def levels(self) -> Sequence[Mapping[Series, float]]:
        """What each process says of itself, whichever it is."""
        return tuple(self.processes.values())


class SharedTotals:
    """
    The totals of one data folder; close it at the end.

    Args:
        path: The file; made, readable by its owner alone, if it is missing.

        now: Seconds since whenever, the same for all processes of the machine.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._file = MachineFile(
            path,
            _TABLES,
            complaint="metrics cannot be shared with other processes",
            wait_for_others_s=_WAIT_FOR_OTHERS_S,
            now=now,
        )

    def add(self, counts: Mapping[Series, float], *, process: str, levels: Mapping[Series, float] | None) -> bool:
        """
        Add what a process counted, and say that it lives.

        Args:
            counts: Since it last did.

            process: Its name, of no other process.

            levels: What it says of itself; None where it ends, or has nothing to say.

        Returns:
            False if nothing was added: the caller adds it another time.
        """
        now = self._now()

        def write(connection: sqlite3.Connection) -> bool:
            with connection:  # one transaction
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(_ADD, [(name, _text(labels), value) for (name, labels), value in counts.items()])
                connection.execute("DELETE FROM processes WHERE id = ? OR abs(? - heard_at) > ?", _old(process, now))
                if levels is not None:
                    said = json.dumps([[name, labels, value] for (name, labels), value in levels.items()])
                    connection.execute(_HEARD, (process, now, said))
            return True

        return self._file.ask(write, otherwise=False)

    def read(self) -> Published:
        """Return what there is; nothing where the file cannot be read."""
        now = self._now()

        def fetch(connection: sqlite3.Connection) -> Published:
            totals = {
                (name, tuple(json.loads(labels))): value
                for name, labels, value in connection.execute("SELECT name, labels, value FROM totals")
            }
            said = connection.execute(
                "SELECT id, levels FROM processes WHERE abs(? - heard_at) <= ?", (now, FORGET_AFTER_S)
            ).fetchall()
            processes = {
                process: {(name, tuple(labels)): value for name, labels, value in json.loads(of_one)}
                for process, of_one in said
            }
            return Published(totals, processes)

        return self._file.ask(fetch, otherwise=Published({}, {}))

    def close(self) -> None:
        """Give the connection back."""
        self._file.close()


def _text(labels: Sequence[str]) -> str:
    return json.dumps(labels, ensure_ascii=False)


def _old(process: str, now: float) -> tuple[str, float, float]:
    return process, now, FORGET_AFTER_S
