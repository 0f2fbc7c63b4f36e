"""
One request, one effect: a repeat under the same `Idempotency-Key` answers as the first did.

Invariant: the answer is stored in the transaction of its effect, so after a crash there is either both or neither. What
is compared is the content, not the bytes on the wire: a repeated multipart body has another boundary.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from api.http.errors import IdempotencyConflictError
from api.security.secrecy import Cipher
from casework.persistence.tables import idempotency

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """
    What makes two requests the same.

    Args:
        scope: Who asks, the method and the path.

        key: The client's `Idempotency-Key`.

        fingerprint: 32 bytes over the content.
    """

    scope: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it was given."""

    status: int
    body: bytes


def fingerprint(content: Mapping[str, object], digests: Sequence[bytes] = ()) -> bytes:
    """Digest a request's JSON content (whatever the order of its keys) and the SHA-256 of each of its files."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), default=str).encode())
    for one in digests:
        digest.update(one)
    return digest.digest()


def find_answer(connection: Connection, identity: RequestIdentity, cipher: Cipher) -> StoredAnswer | None:
    """
    Return how the same request was answered before, or None.

    Raises:
        IdempotencyConflictError: If the key was used for another request.
    """
    if connection.dialect.name == "postgresql":
        # Of repeats that come together one works and the others wait to hear its answer; on SQLite writers wait anyway.
        connection.execute(select(func.pg_advisory_xact_lock(_lock_number(identity))))
    columns = idempotency.c
    query = select(idempotency).where(columns.scope == identity.scope, columns.key == identity.key)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    if row["fingerprint"] != identity.fingerprint:
        message = f"Idempotency-Key {identity.key!r} was used for a different request; use a new key for a new request"
        raise IdempotencyConflictError(message)
    body = cipher.decrypt(row["body"])
    return None if body is None else StoredAnswer(status=row["status"], body=body)


def _lock_number(identity: RequestIdentity) -> int:
    digest = hashlib.sha256(f"{identity.scope} {identity.key}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def keep_answer(
    connection: Connection, identity: RequestIdentity, answer: StoredAnswer, cipher: Cipher, *, now: datetime
) -> None:
    """Store an answer beside its effect, encrypted: it may hold a receipt's secret."""
    connection.execute(
        insert(idempotency).values(
            scope=identity.scope,
            key=identity.key,
            fingerprint=identity.fingerprint,
            status=answer.status,
            body=cipher.encrypt(answer.body),
            created_at=now,
        )
    )


def forget_old_answers(connection: Connection, *, now: datetime) -> int:
    """Erase the answers older than `KEPT`; return how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < now - KEPT)).rowcount
