"""
The part of this process in the totals that all processes of a data folder share, and which workers are heard of.

A process is named for the host it runs on: containers over one volume share the file, and each asks after its own.
"""

import os
import secrets
import socket
import threading
from pathlib import Path

from api.metrics.catalogue import WORKERS
from api.metrics.counting import Counts, Levels, take_noted
from casework.persistence.machine_files.shared_totals import Published, SharedTotals


class SharedMetrics:
    """
    What was counted here, until it is with what others counted.

    Args:
        totals: Of the data folder.
    """

    def __init__(self, totals: SharedTotals) -> None:
        self._totals = totals
        self._name = f"{_of_this_host()}{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = threading.Lock()
        self._unpublished: Counts = {}

    def publish(self, levels: Levels | None) -> None:
        """
        Add what was counted since to the shared totals; what cannot be added is kept for the next time.

        Args:
            levels: What this process says of itself, for as long as it publishes; None as its last word.
        """
        with self._lock:
            for series, more in take_noted().items():
                self._unpublished[series] = self._unpublished.get(series, 0) + more
            if self._totals.add(self._unpublished, process=self._name, levels=levels):
                self._unpublished = {}

    def read(self, levels: Levels) -> Published:
        """
        Return what all processes counted and say of themselves, this one as of now.

        Args:
            levels: What this process says of itself.
        """
        self.publish(levels)
        found = self._totals.read()
        with self._lock:
            counts = {**found.totals}
            for series, more in self._unpublished.items():  # where the file cannot be written
                counts[series] = counts.get(series, 0) + more
        return Published(counts, found.processes or {self._name: levels})

    def close(self) -> None:
        """Add what is left, and give the file back."""
        self.publish(None)
        self._totals.close()


def workers_heard_of(path: Path) -> int:
    """
    Count the processes of this host that deliver and look back, and that said so in the last 15 seconds.

    Args:
        path: The file of the data folder; where it is missing nobody was heard of, and none is made.
    """
    if not path.is_file():
        return 0
    totals = SharedTotals(path)
    try:
        said = totals.read().processes
    finally:
        totals.close()
    here = _of_this_host()
    return sum(levels.get((WORKERS.name, ()), 0.0) > 0 for process, levels in said.items() if process.startswith(here))


def _of_this_host() -> str:
    """Return how the names of all processes of this host begin."""
    return f"{socket.gethostname()}/"
