"""An API key as it is kept: who it speaks for, never the key itself."""

from dataclasses import dataclass
from datetime import datetime

from casework.domain.actor import Actor, Role
from casework.domain.ids import KeyId


@dataclass(frozen=True, slots=True)
class ApiKey:
    """
    What is known of a key; never the key itself.

    Args:
        name: Whose it is; shown in histories.

        trusted: Whether its answers show distances and evidence.

        revoked_at: When it was refused for good; None while it is in use.
    """

    id: KeyId
    name: str
    role: Role
    trusted: bool
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """Who acts where this key is presented."""
        return Actor(id=self.id, name=self.name, role=self.role, trusted=self.trusted)
