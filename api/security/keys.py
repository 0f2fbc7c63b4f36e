"""
API keys: made once, shown once, stored as a hash.

A key carries 256 random bits, so one round of SHA-256 is enough: there is no dictionary to try. A slow password hash
would only add its cost to each of the thousands of requests a second that a pipeline makes.
"""

import hashlib
from dataclasses import dataclass

from casework.domain.actor import Actor, Role
from casework.domain.errors import NotFoundError
from casework.domain.ids import KeyId, new_id, new_secret
from casework.domain.keys import ApiKey
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment it can be read."""

    id: KeyId
    key: str
    name: str
    role: Role
    trusted: bool


def create_key(uow: UnitOfWork, *, name: str, role: Role, trusted: bool, actor: Actor) -> NewKey:
    """Make a key and store its hash."""
    secret = new_secret("sdk")
    key_id = KeyId(new_id("key", uow.now))
    made = ApiKey(id=key_id, name=name, role=role, trusted=trusted, created_at=uow.now)
    uow.keys.add(made, key_hash=_hash(secret))
    record(uow, actor, "key:created", key_id, role=role.value, trusted=trusted)
    return NewKey(id=key_id, key=secret, name=name, role=role, trusted=trusted)


def revoke_key(uow: UnitOfWork, key_id: str, *, actor: Actor) -> None:
    """
    Refuse a key from now on.

    Raises:
        NotFoundError: If there is none, or it was revoked before.
    """
    if not uow.keys.revoke(key_id):
        message = f"there is no key {key_id!r} in use"
        raise NotFoundError(message)
    record(uow, actor, "key:revoked", key_id)


def actor_of(uow: UnitOfWork, key: str) -> Actor | None:
    """Return who presents this key, or None if it is unknown or revoked."""
    found = uow.keys.in_use(_hash(key))
    return None if found is None else found.actor


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
