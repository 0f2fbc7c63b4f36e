"""
Signing in, being signed in, signing out.

A session is proved by 256 random bits in a cookie; only their hash is kept. It ends after a time without a request, at
the latest some hours after it began, when its person is disabled or gets another password, and when they sign out.

Invariant: whoever tries passwords is made to wait before the password is looked at, right or wrong: a pause that a
right one passes would be no pause (keys have 256 random bits, passwords have not).
"""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from api.errors import UnauthenticatedError
from api.security.people.passwords import LONGEST, NOBODYS, hash_of, is_outdated, is_right
from api.security.rate_limit import RateLimits
from api.settings import Settings
from casework.domain.ids import SessionId, new_id, new_secret
from casework.domain.people import Person, Session, folded
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record

SEEN_APART: Final = timedelta(minutes=1)
"""A request writes when it came only if the last that was written is older."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """
    Who is signed in, and by what that is proved.

    Args:
        token: As in the cookie.
    """

    person: Person
    session: Session
    token: str

    @property
    def form_token(self) -> str:
        """What a form of this session carries; a page of another site cannot know it."""
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest()

    def sent(self, form_token: str) -> bool:
        """Tell whether a form carries the token of this session."""
        return hmac.compare_digest(form_token.encode(), self.form_token.encode())


def idle_of(settings: Settings) -> timedelta:
    """After which time without a request a session is over."""
    return timedelta(minutes=settings.session_idle_minutes)


def check_password(uow: UnitOfWork, name: str, password: str, *, host: str, limits: RateLimits) -> Person:
    """
    Return who signs in.

    Args:
        uow: To read.

        name: As they typed it.

        password: As they typed it.

        host: The address they came from.

        limits: Who has tried how often.

    Raises:
        UnauthenticatedError: If nobody with the name has the password, or they are disabled; it does not say which.
        TooManyRequestsError: If too many wrong ones were tried, by this address or for this name.
    """
    who = folded(name)[:LONGEST]
    limits.require_password_try(host, who)
    person = uow.people.named(name)
    right = is_right(password[: LONGEST + 1], NOBODYS if person is None else person.password_hash)
    if person is None or not right or person.disabled_at is not None:
        limits.note_wrong_password(host, who, password)
        message = "name or password is wrong, or the account is disabled"
        raise UnauthenticatedError(message)
    limits.forget_wrong_passwords(host, who)
    return person


def sign_in(uow: UnitOfWork, person: Person, *, settings: Settings, password: str | None = None) -> SignedIn:
    """
    Begin a session of somebody who proved who they are.

    Args:
        uow: To write.

        person: Who.

        settings: How long it lasts.

        password: By which they proved it; None where an identity provider vouched for them.
    """
    outdated = password is not None and is_outdated(person.password_hash)
    renewed = hash_of(password) if outdated and password is not None else person.password_hash
    person = replace(uow.people.get(person.id, lock=True), signed_in_at=uow.now, password_hash=renewed)
    uow.people.update(person)
    token = new_secret("sds")
    session = Session(
        id=SessionId(new_id("ses", uow.now)),
        person_id=person.id,
        token_hash=_hash(token),
        begun_at=uow.now,
        seen_at=uow.now,
        ends_at=uow.now + timedelta(hours=settings.session_hours),
    )
    uow.sessions.forget_over(idle=idle_of(settings))
    uow.sessions.add(session)
    record(uow, person.actor, "person:signed_in", person.id, by="single sign-on" if password is None else "password")
    return SignedIn(person, session, token)


def signed_in(uow: UnitOfWork, token: str, *, settings: Settings) -> SignedIn | None:
    """Return who is signed in by this token, or None if nobody is (any more)."""
    session = uow.sessions.find(_hash(token))
    if session is None or session.is_over(uow.now, idle=idle_of(settings)):
        return None
    person = uow.people.get(session.person_id)
    return None if person.disabled_at is not None else SignedIn(person, session, token)


def sign_out(uow: UnitOfWork, who: SignedIn) -> None:
    """End a session."""
    uow.sessions.end(who.session)
    record(uow, who.person.actor, "person:signed_out", who.person.id)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
