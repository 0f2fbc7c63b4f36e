"""
Media that a list is kept of: newsworthy pictures on whose copies nothing acts by itself, and what is never banked.

    protected    newsworthy media               a copy waits for a person, its removal for a second one
    never_bank   templates, logos, blanks, ...  upheld, the post is removed and its media is not banked

Invariant: neither list decides anything about a post. Items of both lie in the `protected` collection, told apart by
the prefix of their owner's id.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework.domain.errors import WrongStateError
from casework.domain.ids import MediaId, ProtectedId


class Kept(StrEnum):
    """Which list a piece of media is on."""

    PROTECTED = "protected"
    NEVER_BANK = "never_bank"

    @property
    def prefix(self) -> str:
        """What the ids of its entries begin with."""
        return {Kept.PROTECTED: "prt", Kept.NEVER_BANK: "nvb"}[self]

    def has(self, owner_id: str) -> bool:
        """Tell whether an item of the `protected` collection belongs to this list."""
        return owner_id.startswith(f"{self.prefix}_")


@dataclass(frozen=True, slots=True)
class Protected:
    """One piece of media on a list: why, by whom, since when."""

    id: ProtectedId
    media_id: MediaId
    reason: str
    added_by: str
    added_at: datetime
    removed_at: datetime | None = None
    kept_as: Kept = Kept.PROTECTED

    def remove(self, now: datetime) -> "Protected":
        """
        Take it off its list.

        Raises:
            WrongStateError: If that was done before.
        """
        if self.removed_at is not None:
            message = f"the protection {self.id} ended before"
            raise WrongStateError(message)
        return replace(self, removed_at=now)
