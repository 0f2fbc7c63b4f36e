"""
Answers kept for repeated requests, as rows.

Invariant: an answer is stored in the transaction of its effect, so after a crash there is either both or neither.
"""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, func, or_, select

from casework.persistence.connection.bulk import insert_into
from casework.persistence.encryption.sealed import open_row, seal_row
from casework.persistence.tables import idempotency
from casework.ports.records.operations import KeptAnswer
from casework.ports.vault import Vault

_ONE = select(idempotency).where(idempotency.c.scope == bindparam("of_scope"), idempotency.c.key == bindparam("of_key"))


class SqlKeptAnswers:
    """Answers kept beside their effects, so that a repeated request has its effect once."""

    def __init__(self, connection: Connection, *, now: datetime, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._now = now

    def take_turn(self, scope: str, key: str) -> None:
        """Wait for every other transaction that took its turn under a key; until this one ends, others wait here."""
        if self._connection.dialect.name == "postgresql":  # SQLite's writers wait for each other anyway
            self._connection.execute(select(func.pg_advisory_xact_lock(_lock_number(scope, key))))

    def find(self, scope: str, key: str) -> KeptAnswer | None:
        """Return the answer kept under a key, or None; waits for nobody."""
        row = self._connection.execute(_ONE, {"of_scope": scope, "of_key": key}).mappings().first()
        return None if row is None else self._answer(row)

    def keep(self, answer: KeptAnswer) -> None:
        """Store one."""
        row = {
            "scope": answer.scope,
            "key": answer.key,
            "fingerprint": answer.fingerprint,
            "status": answer.status,
            "body": answer.body,
            "created_at": self._now,
        }
        self._connection.execute(insert_into(idempotency), seal_row(idempotency, row, self._vault))

    def forget_before(self, moment: datetime) -> int:
        """Erase those kept before a moment; return how many."""
        return self._connection.execute(delete(idempotency).where(idempotency.c.created_at < moment)).rowcount

    def page(self, after: tuple[str, str] | None, *, limit: int) -> list[KeptAnswer]:
        """List by scope and key, those after one."""
        columns = idempotency.c
        query = select(idempotency).order_by(columns.scope, columns.key).limit(limit)
        if after is not None:
            scope, key = after
            query = query.where(or_(columns.scope > scope, and_(columns.scope == scope, columns.key > key)))
        return [self._answer(row) for row in self._connection.execute(query).mappings()]

    def forget(self, scope: str, key: str) -> None:
        """Erase one."""
        columns = idempotency.c
        self._connection.execute(delete(idempotency).where(columns.scope == scope, columns.key == key))

    def _answer(self, row: RowMapping) -> KeptAnswer:
        plain = open_row(idempotency, row, self._vault)
        return KeptAnswer(
            scope=row["scope"], key=row["key"], fingerprint=row["fingerprint"], status=row["status"], body=plain["body"]
        )


def _lock_number(scope: str, key: str) -> int:
    digest = hashlib.sha256(f"{scope} {key}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
