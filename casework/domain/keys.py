"""An API key as it is kept: who it speaks for and until when, never the key itself."""

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

        principal: The person or the key for whose bearer it speaks too, as after a rotation; None for a key that speaks
            for itself.

        expires_at: From when on it is refused; None for never.

        last_used_at: When it was last presented, to a minute; None if it never was.

        replaced_by: The key that took its place at a rotation.

        paused_at: Since when its questions are refused, for it asked many around one reference; else None.

        requests_per_minute: How many it may ask; None for as many as the operator's setting says.
    """

    id: KeyId
    name: str
    role: Role
    trusted: bool
    created_at: datetime
    revoked_at: datetime | None = None
    principal: KeyId | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    replaced_by: KeyId | None = None
    requests_per_minute: int | None = None
    paused_at: datetime | None = None

    @property
    def speaks_for(self) -> KeyId:
        """The id under which everything its bearer does is recorded; it stays the same when the key is rotated."""
        return self.principal or self.id

    @property
    def actor(self) -> Actor:
        """Who acts where this key is presented."""
        return Actor(
            id=self.speaks_for, name=self.name, role=self.role, trusted=self.trusted, paused=self.paused_at is not None
        )

    def refused_because(self, now: datetime) -> str | None:
        """Say why it opens nothing (any more), or None while it is in use."""
        if self.revoked_at is not None:
            return f"was revoked at {self.revoked_at:%Y-%m-%dT%H:%M:%SZ}"
        if self.expires_at is not None and now >= self.expires_at:
            return f"expired at {self.expires_at:%Y-%m-%dT%H:%M:%SZ}"
        return None
