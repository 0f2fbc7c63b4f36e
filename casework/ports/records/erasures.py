"""
Erasures as they are carried through, and what is past its date.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from datetime import datetime
from typing import Protocol

from casework.domain.keeping.erasure import Erasure
from casework.domain.keeping.retention import Dated


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

    def last_from_index(self) -> datetime | None:
        """Return the newest `record_erased_at` of those whose values left an index, too; None if there is none."""


class PastDate(Protocol):
    """What is past its date: never what stands, is undecided or appealed against."""

    def due(self, kind: Dated, before: datetime, *, limit: int) -> list[str]:
        """List takedowns, reports or uploads of a kind whose time ended before a moment, the oldest first."""

    def count(self, kind: Dated, before: datetime) -> int:
        """Count them."""
