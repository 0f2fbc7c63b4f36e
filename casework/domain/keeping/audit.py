"""
The audit log as a chain: each row's hash covers the row before it, so no row can be changed, left out or put between.

    digest(n) = SHA-256( salt(n)  ·  detail(n) as canonical JSON )
    hash(n)   = SHA-256( hash(n-1)  ·  [position, at, actor_id, action, subject_id, digest(n)] as canonical JSON )

Invariant: the chain holds the digest of a detail, not the detail. So a detail may be erased later with its salt, and
the chain still proves that something was done, when, by whom and to what; the salt keeps a digest from being guessed.

What it cannot see by itself: an attacker who writes the database may cut rows off the end, or write a whole new chain.
A hash noted elsewhere shows both (`Chain.follow` with `noted`): servers log the newest one, exports hold all.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

SALT_BYTES = 16
FIRST_LINK = bytes(32)
"""What stands for the hash before the first row."""

Detail = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    What is written into the audit log, `source:subject:action`: ``case:decision:made``.

    Args:
        at: When.

        actor_id: Who.

        action: The tag.

        subject_id: What it was done to.

        detail: JSON-ready fields; ids, counts, versions.
    """

    at: datetime
    actor_id: str
    action: str
    subject_id: str
    detail: dict[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """
    One row of the audit log as it is kept.

    Args:
        position: 1 for the first; each one more than the row before.

        at: When.

        actor_id: Who.

        action: The tag.

        subject_id: What it was done to.

        detail: JSON-ready fields; None once they are erased.

        salt: 16 bytes; None once the detail is erased.

        digest: SHA-256 over salt and detail, 32 bytes.

        hash: SHA-256 over the hash before and this row, 32 bytes.
    """

    position: int
    at: datetime
    actor_id: str
    action: str
    subject_id: str
    detail: dict[str, str | int | float | bool | None] | None
    salt: bytes | None
    digest: bytes
    hash: bytes


def chained(entry: AuditEntry, *, position: int, before: bytes) -> AuditRow:
    """
    Make a row of an entry.

    Args:
        entry: What is written.

        position: One more than the row before.

        before: The hash of the row before, 32 bytes; `FIRST_LINK` for the first.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    digest = _digest(entry.detail, salt)
    link = _link(before, position, entry.at, entry.actor_id, entry.action, entry.subject_id, digest)
    return AuditRow(
        position=position,
        at=entry.at,
        actor_id=entry.actor_id,
        action=entry.action,
        subject_id=entry.subject_id,
        detail=entry.detail,
        salt=salt,
        digest=digest,
        hash=link,
    )


class Chain:
    """
    Follows rows in order, and says where they do not hold together.

    Args:
        noted: A hash written down earlier, by its position: that row must still have it.
    """

    def __init__(self, noted: Mapping[int, bytes] | None = None) -> None:
        self.position = 0
        self.hash = FIRST_LINK
        self.erased = 0
        """Rows whose detail is gone; they prove everything else."""
        self._noted = dict(noted or {})

    def follow(self, row: AuditRow) -> str | None:
        """
        Take the next row.

        Returns:
            What is wrong with it, or None. Nothing after a broken row proves anything.
        """
        problem = self._problem(row)
        self.position, self.hash = row.position, row.hash
        self.erased += row.detail is None
        return problem

    def end(self, *, position: int, link: bytes) -> str | None:
        """
        Compare the last row with where the log says that it ends.

        Args:
            position: Of the newest row; 0 if there is none.

            link: Its hash.

        Returns:
            What is wrong, or None.
        """
        if (self.position, self.hash) != (position, link):
            return f"the log ends at row {self.position}, and says that it ends at row {position}: rows are missing"
        gone = sorted(one for one in self._noted if one > self.position)
        if gone:
            return f"the log ends at row {self.position}, and row {gone[0]} was noted earlier: rows are missing"
        return None

    def _problem(self, row: AuditRow) -> str | None:
        if row.position != self.position + 1:
            return f"row {row.position} follows row {self.position}: rows are missing"
        if row.detail is not None and (row.salt is None or _digest(row.detail, row.salt) != row.digest):
            return f"row {row.position} ({row.action}): its detail was changed"
        expected = _link(self.hash, row.position, row.at, row.actor_id, row.action, row.subject_id, row.digest)
        if row.hash != expected:
            return f"row {row.position} ({row.action}): it, or the row before it, was changed"
        if self._noted.get(row.position, row.hash) != row.hash:
            return f"row {row.position} ({row.action}): its hash was {self._noted[row.position].hex()} earlier"
        return None


def _digest(detail: Detail, salt: bytes) -> bytes:
    return hashlib.sha256(salt + _canonical(dict(detail))).digest()


def _link(
    before: bytes, position: int, at: datetime, actor_id: str, action: str, subject_id: str, digest: bytes
) -> bytes:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(before + _canonical([position, moment, actor_id, action, subject_id, digest.hex()])).digest()


def _canonical(value: object) -> bytes:
    """Return the one way this value is written: keys in order, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
