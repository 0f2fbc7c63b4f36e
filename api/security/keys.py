"""
API keys: made once, shown once, stored as a hash.

A key carries 256 random bits, so one round of SHA-256 is enough: there is no dictionary to try. A slow password hash
would only add its cost to each of the thousands of requests a second that a pipeline makes.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from casework.domain.actor import Actor, Role
from casework.domain.errors import NotFoundError
from casework.domain.ids import KeyId, new_id, new_secret
from casework.persistence.tables import api_keys
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.journal import record


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; never the key itself."""

    id: KeyId
    name: str
    role: Role
    trusted: bool
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment it can be read."""

    id: KeyId
    key: str
    name: str
    role: Role
    trusted: bool


def create_key(uow: SqlUnitOfWork, *, name: str, role: Role, trusted: bool, actor: Actor) -> NewKey:
    """Make a key and store its hash."""
    secret = new_secret("sdk")
    key_id = KeyId(new_id("key", uow.now))
    uow.connection.execute(
        insert(api_keys).values(
            id=key_id, name=name, role=role.value, trusted=trusted, key_hash=_hash(secret), created_at=uow.now
        )
    )
    record(uow, actor, "key:created", key_id, role=role.value, trusted=trusted)
    return NewKey(id=key_id, key=secret, name=name, role=role, trusted=trusted)


def revoke_key(uow: SqlUnitOfWork, key_id: str, *, actor: Actor) -> None:
    """
    Refuse a key from now on.

    Raises:
        NotFoundError: If there is none, or it was revoked before.
    """
    unrevoked = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    if uow.connection.execute(unrevoked.values(revoked_at=uow.now)).rowcount == 0:
        message = f"there is no key {key_id!r} in use"
        raise NotFoundError(message)
    record(uow, actor, "key:revoked", key_id)


def list_keys(connection: Connection, *, after: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
    """List keys by id, which is by age; the second is the cursor of the next page, or None."""
    query = select(api_keys).order_by(api_keys.c.id).limit(limit + 1)
    if after is not None:
        query = query.where(api_keys.c.id > after)
    rows = connection.execute(query).mappings().all()
    found = [
        ApiKey(
            id=row["id"],
            name=row["name"],
            role=Role(row["role"]),
            trusted=row["trusted"],
            created_at=row["created_at"],
            revoked_at=row["revoked_at"],
        )
        for row in rows[:limit]
    ]
    return found, found[-1].id if len(rows) > limit else None


def actor_of(reader: Engine, key: str) -> Actor | None:
    """Return who presents this key, or None if it is unknown or revoked."""
    query = select(api_keys).where(api_keys.c.key_hash == _hash(key), api_keys.c.revoked_at.is_(None))
    with reader.connect() as connection, connection.begin():
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Actor(id=row["id"], name=row["name"], role=Role(row["role"]), trusted=row["trusted"])


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
