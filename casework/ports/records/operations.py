"""
What running the service needs on record: API keys, the answers kept for repeated requests, and counts.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from casework.domain.ids import KeyId
from casework.domain.keys import ApiKey


class Keys(Protocol):
    """API keys, found by the hash of what is presented."""

    def add(self, key: ApiKey, *, key_hash: bytes) -> None:
        """Store a new one; `key_hash` is the SHA-256 of the key, 32 bytes."""

    def get(self, key_id: str, *, lock: bool = False) -> ApiKey:
        """
        Read one, whether or not it is in use.

        Raises:
            NotFoundError: If there is none.
        """

    def revoke(self, key_id: str) -> bool:
        """Refuse a key from now on; return False if there is none with this id that was not revoked before."""

    def revoke_all(self, principal: str) -> list[KeyId]:
        """Refuse every key in use that speaks for a person or a key, from now on; return which."""

    def pause(self, principal: str) -> None:
        """Refuse the questions of every key there is that speaks for this one, from now on."""

    def replace(self, key_id: KeyId, *, by: KeyId, expires_at: datetime) -> None:
        """Note which key took another's place, and when that one ends."""

    def find(self, key_hash: bytes) -> ApiKey | None:
        """Return the key with this hash, whether or not it is in use, or None if it is unknown."""

    def has_admin(self) -> bool:
        """Tell whether a key of the role `admin` is in use."""

    def listed(self, *, after: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
        """List keys by age, refused ones too; the second is the cursor of the next page, or None."""

    def note_uses(self, uses: Mapping[KeyId, datetime], *, apart: timedelta) -> None:
        """Write when keys were last used; those noted less than `apart` before are left as they are."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """
    How a request was answered, kept for its repeats.

    Args:
        scope: Who asked, the method and the path.

        key: The client's `Idempotency-Key`.

        fingerprint: 32 bytes over the request's content.

        status: The HTTP status of the answer.

        body: The answer.
    """

    scope: str
    key: str
    fingerprint: bytes
    status: int
    body: bytes


class KeptAnswers(Protocol):
    """Answers kept beside their effects, so that a repeated request has its effect once."""

    def take_turn(self, scope: str, key: str) -> None:
        """Wait for every other transaction that took its turn under a key; until this one ends, others wait here."""

    def find(self, scope: str, key: str) -> KeptAnswer | None:
        """Return the answer kept under a key, or None; waits for nobody."""

    def keep(self, answer: KeptAnswer) -> None:
        """Store one."""

    def forget_before(self, moment: datetime) -> int:
        """Erase those kept before a moment; return how many."""

    def page(self, after: tuple[str, str] | None, *, limit: int) -> list[KeptAnswer]:
        """List by scope and key, those after one."""

    def forget(self, scope: str, key: str) -> None:
        """Erase one."""


class Figures(Protocol):
    """Counts for operators."""

    def cases_by_state(self) -> Mapping[str, int]:
        """Count cases by the state they are in."""

    def takedowns_by_state(self) -> Mapping[str, int]:
        """Count takedowns by the state they are in."""

    def uploads(self) -> int:
        """Count registered uploads."""
