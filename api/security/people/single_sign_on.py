"""
Single sign-on: letting in whom an identity provider vouches for.

A person is known by what the provider calls them for ever, its `sub`; names and addresses change, and are given to
somebody else. The groups they are in decide their role, anew each time they sign in: `STAYDOWN_OIDC_ROLES`.

Invariant: nobody comes to the account of somebody who has a password by having the same name.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from api.errors import UnauthenticatedError
from api.security.people.accounts import add_vouched
from api.settings import Settings
from casework.domain.actor import Role
from casework.domain.people import Person
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record


@dataclass(frozen=True, slots=True)
class Identity:
    """
    What an identity provider says of somebody, checked.

    Args:
        issuer: The provider's address.

        subject: What it calls them and nobody else, ever.

        names: What they may be called here, best first.

        groups: What they belong to there.
    """

    issuer: str
    subject: str
    names: tuple[str, ...]
    groups: frozenset[str]

    @property
    def known_as(self) -> str:
        """What they are found by."""
        return f"{self.issuer} {self.subject}"


class Attempt:
    """
    One try to sign in, as the browser that tries it keeps it in a cookie.

    Args:
        secret: 256 random bits, as text; all that must be unguessable in the try is worked out of them.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @property
    def state(self) -> str:
        """What the provider sends back with the browser: a try that another browser began is none of this one's."""
        return self._derived(b"state")

    @property
    def nonce(self) -> str:
        """What the provider signs: what it said in another try is nothing in this one."""
        return self._derived(b"nonce")

    @property
    def verifier(self) -> str:
        """What only we can show for the code (RFC 7636): whoever else sees the code can do nothing with it."""
        return self._derived(b"verifier")

    def began(self, state: str) -> bool:
        """Tell whether a browser that came back with a state began this try."""
        return hmac.compare_digest(state.encode(), self.state.encode())

    def _derived(self, purpose: bytes) -> str:
        return hmac.new(self._secret, purpose, hashlib.sha256).hexdigest()


class IdentityProvider(Protocol):
    """Who can tell who somebody is (`api/security/people/openid_connect.py`)."""

    def address_of(self, attempt: Attempt, *, redirect_uri: str) -> str:
        """Return where somebody proves who they are."""

    def identify(self, attempt: Attempt, code: str, *, redirect_uri: str) -> Identity:
        """Ask who came back with a code."""


def role_of(groups: Iterable[str], roles: Iterable[tuple[str, Role]]) -> Role | None:
    """Return the role of the first group of the setting that somebody is in, or None if they are in none."""
    held = frozenset(groups)
    return next((role for group, role in roles if group in held), None)


def person_vouched_for(uow: UnitOfWork, identity: Identity, *, settings: Settings) -> Person:
    """
    Return who signs in, in the role they have now; the first time, they are added.

    Raises:
        UnauthenticatedError: If none of their groups has a role here, they are disabled, or all their names are taken.
        BodyError: If the name is too long.
    """
    role = role_of(identity.groups, settings.oidc_roles)
    if role is None:
        message = "none of your groups has a role here; ask your administrator for one (STAYDOWN_OIDC_ROLES)"
        raise UnauthenticatedError(message)
    person = uow.people.known_as(identity.known_as)
    if person is None:
        return _added(uow, identity, role)
    person = uow.people.get(person.id, lock=True)
    if person.disabled_at is not None:
        message = "the account is disabled; ask your administrator"
        raise UnauthenticatedError(message)
    if person.role == role:
        return person
    changed = replace(person, role=role)
    uow.people.update(changed)
    record(uow, changed.actor, "person:role:changed", person.id, before=person.role.value, after=role.value)
    return changed


def _added(uow: UnitOfWork, identity: Identity, role: Role) -> Person:
    for name in identity.names:
        if uow.people.named(name) is None:
            return add_vouched(uow, name, role=role, subject=identity.known_as)
    called = ", ".join(repr(name) for name in identity.names) or "nothing"
    message = f"you are called {called} there, which is somebody else's name here; ask your administrator"
    raise UnauthenticatedError(message)
