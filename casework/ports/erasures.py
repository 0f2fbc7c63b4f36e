"""
Erasures as they are carried through.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from datetime import datetime
from typing import Protocol

from casework.domain.erasure import Erasure


class Erasures(Protocol):
    """What was, or is being, erased."""

    def add(self, erasure: Erasure) -> None:
        """Store a new one."""

    def get(self, erasure_id: str, *, lock: bool = False) -> Erasure:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, erasure: Erasure) -> None:
        """Store its new state."""

    def of_scope(self, scope_id: str) -> Erasure | None:
        """Return the erasure of a case's report and takedown, or of an upload; None if nobody asked for one."""

    def next_due(self, now: datetime) -> Erasure | None:
        """Lock and read, of the unfinished ones no worker has, the oldest."""

    def last_from_record(self) -> datetime | None:
        """Return when an erasure last took values out of the record; None if none ever did."""
