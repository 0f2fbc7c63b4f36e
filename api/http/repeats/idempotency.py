"""
One request, one effect: a repeat under the same `Idempotency-Key` answers as the first did.

Invariant: the answer is stored in the transaction of its effect, so after a crash there is either both or neither. What
is compared is the content, not the bytes on the wire: a repeated multipart body has another boundary.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.errors import IdempotencyConflictError
from casework.ports.records.operations import KeptAnswer
from casework.ports.unit_of_work import UnitOfWork

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


def find_answer(uow: UnitOfWork, identity: RequestIdentity) -> StoredAnswer | None:
    """
    Return how the same request was answered before, or None; waits for nobody.

    Raises:
        IdempotencyConflictError: If the key was used for another request.
    """
    kept = uow.kept_answers.find(identity.scope, identity.key)
    if kept is None:
        return None
    if kept.fingerprint != identity.fingerprint:
        message = f"Idempotency-Key {identity.key!r} was used for a different request; use a new key for a new request"
        raise IdempotencyConflictError(message)
    return StoredAnswer(status=kept.status, body=kept.body)


def take_turn(uow: UnitOfWork, identity: RequestIdentity) -> None:
    """Of repeats that come together, let one work and the others wait for its answer."""
    uow.kept_answers.take_turn(identity.scope, identity.key)


def keep_answer(uow: UnitOfWork, identity: RequestIdentity, answer: StoredAnswer) -> None:
    """Store an answer beside its effect; it is encrypted, since it may hold a receipt's secret."""
    uow.kept_answers.keep(
        KeptAnswer(
            scope=identity.scope,
            key=identity.key,
            fingerprint=identity.fingerprint,
            status=answer.status,
            body=answer.body,
        )
    )


def forget_old_answers(uow: UnitOfWork) -> int:
    """Erase the answers older than `KEPT`; return how many."""
    return uow.kept_answers.forget_before(uow.now - KEPT)
