"""
Protected media: newsworthy pictures on whose copies nothing acts by itself.

Invariant: protection decides nothing. It makes a person look, and a second one agree.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from casework.domain.errors import WrongStateError
from casework.domain.ids import MediaId, ProtectedId


@dataclass(frozen=True, slots=True)
class Protected:
    """One piece of protected media: why, by whom, since when."""

    id: ProtectedId
    media_id: MediaId
    reason: str
    added_by: str
    added_at: datetime
    removed_at: datetime | None = None

    def remove(self, now: datetime) -> "Protected":
        """
        End the protection.

        Raises:
            WrongStateError: If it ended before.
        """
        if self.removed_at is not None:
            message = f"the protection {self.id} ended before"
            raise WrongStateError(message)
        return replace(self, removed_at=now)
