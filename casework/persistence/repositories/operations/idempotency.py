"""
Answers kept for repeated requests, as rows.

Invariant: an answer is stored in the transaction of its effect, so after a crash there is either both or neither.
"""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from casework.persistence.tables import idempotency
from casework.ports.operations import KeptAnswer


class SqlKeptAnswers:
    """Answers kept beside their effects, so that a repeated request has its effect once."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def take_turn(self, scope: str, key: str) -> None:
        """Wait for every other transaction that took its turn under a key; until this one ends, others wait here."""
        if self._connection.dialect.name == "postgresql":  # SQLite's writers wait for each other anyway
            self._connection.execute(select(func.pg_advisory_xact_lock(_lock_number(scope, key))))

    def find(self, scope: str, key: str) -> KeptAnswer | None:
        """Return the answer kept under a key, or None; waits for nobody."""
        columns = idempotency.c
        query = select(idempotency).where(columns.scope == scope, columns.key == key)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        return KeptAnswer(
            scope=row["scope"], key=row["key"], fingerprint=row["fingerprint"], status=row["status"], body=row["body"]
        )

    def keep(self, answer: KeptAnswer) -> None:
        """Store one."""
        self._connection.execute(
            insert(idempotency).values(
                scope=answer.scope,
                key=answer.key,
                fingerprint=answer.fingerprint,
                status=answer.status,
                body=answer.body,
                created_at=self._now,
            )
        )

    def forget_before(self, moment: datetime) -> int:
        """Erase those kept before a moment; return how many."""
        return self._connection.execute(delete(idempotency).where(idempotency.c.created_at < moment)).rowcount


def _lock_number(scope: str, key: str) -> int:
    digest = hashlib.sha256(f"{scope} {key}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
