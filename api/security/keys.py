"""
API keys: made once, shown once, stored as a hash; they end at a date, by a rotation, or at once.

A key carries 256 random bits, so one round of SHA-256 is enough: there is no dictionary to try. A slow password hash
would only add its cost to each of the thousands of requests a second that a pipeline makes.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.errors import BodyError
from casework.domain.actor import Actor, Role
from casework.domain.errors import NotFoundError, WrongStateError
from casework.domain.ids import KeyId, new_id, new_secret
from casework.domain.keys import ApiKey
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record

LONGEST_OVERLAP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """
    What a key is to be.

    Args:
        name: Whose it is.

        trusted: Pipelines only: whether its answers show distances and evidence.

        expires_at: From when on it is refused; None for never.

        requests_per_minute: How many it may ask; None for as many as the operator's setting says.

        principal: A person, or a key whose bearer this one speaks for too, or None.
    """

    name: str
    role: Role
    trusted: bool = False
    expires_at: datetime | None = None
    requests_per_minute: int | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment it can be read."""

    kept: ApiKey
    key: str

    @property
    def id(self) -> KeyId:
        """Its id."""
        return self.kept.id


def create_key(uow: UnitOfWork, terms: KeyTerms, *, actor: Actor) -> NewKey:
    """
    Make a key and store its hash.

    Raises:
        NotFoundError: If there is no person and no key of the principal's id.
        WrongStateError: If that person is disabled.
        BodyError: If it would be expired from the start.
    """
    if terms.expires_at is not None and terms.expires_at <= uow.now:
        message = f"a time after now ({uow.now:%Y-%m-%dT%H:%M:%SZ}) is expected, not {terms.expires_at.isoformat()}"
        raise BodyError(message, field="expires_at")
    made = ApiKey(
        id=KeyId(new_id("key", uow.now)),
        name=terms.name,
        role=terms.role,
        trusted=terms.trusted,
        created_at=uow.now,
        principal=None if terms.principal is None else _speaks_for(terms.principal, uow),
        expires_at=terms.expires_at,
        requests_per_minute=terms.requests_per_minute,
    )
    secret = new_secret("sdk")
    uow.keys.add(made, key_hash=_hash(secret))
    expires = None if made.expires_at is None else made.expires_at.isoformat()
    record(uow, actor, "key:created", made.id, role=made.role.value, trusted=made.trusted, expires_at=expires)
    return NewKey(made, secret)


def _speaks_for(principal: str, uow: UnitOfWork) -> KeyId:
    """Return under which id that bearer is recorded: a person's own, or what a key speaks for."""
    spoken_for = principal if principal.startswith("per_") else uow.keys.get(principal).speaks_for
    if spoken_for.startswith("per_"):
        person = uow.people.get(spoken_for)
        if person.disabled_at is not None:
            message = f"{person.name!r} is disabled; a key that speaks for them would let them in all the same"
            raise WrongStateError(message)
    return KeyId(spoken_for)


def rotate_key(
    uow: UnitOfWork, key_id: str, *, overlap: timedelta, expires_at: datetime | None = None, actor: Actor
) -> NewKey:
    """
    Make a key that takes another's place: the same role, the same bearer, what was theirs stays theirs.

    Args:
        uow: The transaction.

        key_id: The key to be replaced; it is refused once the overlap is over.

        overlap: For how long both are taken; zero to `LONGEST_OVERLAP`.

        expires_at: When the new one ends; None for as long after now as the old one was made to last.

        actor: Who does it.

    Raises:
        NotFoundError: If there is no such key.
        WrongStateError: If it was revoked, has expired, or was replaced before.
        BodyError: If the new one would be expired from the start.
    """
    old = uow.keys.get(key_id, lock=True)
    if (refusal := old.refused_because(uow.now)) is not None:
        message = f"key {old.id} {refusal}; make a new one instead"
        raise WrongStateError(message)
    if old.replaced_by is not None:
        message = f"key {old.id} was replaced by {old.replaced_by}; rotate that one instead"
        raise WrongStateError(message)
    if expires_at is None and old.expires_at is not None:
        expires_at = uow.now + (old.expires_at - old.created_at)
    terms = KeyTerms(
        name=old.name,
        role=old.role,
        trusted=old.trusted,
        expires_at=expires_at,
        requests_per_minute=old.requests_per_minute,
        principal=old.id,
    )
    made = create_key(uow, terms, actor=actor)
    ends = uow.now + overlap if old.expires_at is None else min(old.expires_at, uow.now + overlap)
    uow.keys.replace(old.id, by=made.id, expires_at=ends)
    record(uow, actor, "key:rotated", old.id, replaced_by=made.id, expires_at=ends.isoformat())
    return made


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


def known_key(uow: UnitOfWork, key: str) -> ApiKey | None:
    """Return what is known of this key, in use or not, or None if nobody was ever given it."""
    return uow.keys.find(_hash(key))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
