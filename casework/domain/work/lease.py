"""A lease: something is one worker's for a while, so that another takes over where that worker died."""

from dataclasses import dataclass
from datetime import datetime

from casework.domain.ids import new_id


@dataclass(frozen=True, slots=True)
class Lease:
    """
    Who may go on with something that is done outside a transaction.

    Args:
        id: Of this claim; another claim has another one.

        until: From when another worker may claim it.
    """

    id: str
    until: datetime

    @classmethod
    def begin(cls, now: datetime, *, until: datetime) -> "Lease":
        """Return a new lease."""
        return cls(id=new_id("lse", now), until=until)
