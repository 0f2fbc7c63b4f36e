"""The part of this process in the totals that all processes of a data folder share."""

import os
import secrets
import threading

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
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
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
        return Published(counts, found.levels or (levels,))

    def close(self) -> None:
        """Add what is left, and give the file back."""
        self.publish(None)
        self._totals.close()
