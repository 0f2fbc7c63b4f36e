"""Accounts of people: adding somebody, changing their password, letting them in no more."""

from dataclasses import replace

from api.errors import BodyError
from api.security.people.passwords import NOBODYS, hash_of, require_good
from casework.domain.actor import CONSOLE_ROLES, Actor, Role
from casework.domain.errors import NotFoundError, WrongStateError
from casework.domain.ids import PersonId, new_id
from casework.domain.people import Choices, Person, folded
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record

_MAX_NAME = 120


def add_person(uow: UnitOfWork, name: str, *, role: Role, password: str, actor: Actor) -> Person:
    """
    Let somebody sign in.

    Raises:
        BodyError: If the name is empty or too long, the role has nothing to do in the console, or the password is weak.
        WrongStateError: If somebody has the name.
    """
    shown = _shown(name)
    if role not in CONSOLE_ROLES:
        message = f"one of the roles {', '.join(CONSOLE_ROLES)} is expected, not {role.value}; programs have keys"
        raise BodyError(message, field="role")
    require_good(password, name=folded(shown))
    made = _made(uow, shown, role=role, password_hash=hash_of(password))
    uow.people.add(made)
    record(uow, actor, "person:added", made.id, role=role.value)
    return made


def add_vouched(uow: UnitOfWork, name: str, *, role: Role, subject: str) -> Person:
    """
    Let somebody in whom an identity provider vouches for; no password is theirs until somebody gives them one.

    Args:
        uow: To write.

        name: What they are called there.

        role: What they may do.

        subject: What they are known by.

    Raises:
        BodyError: If the name is empty or too long.
        WrongStateError: If somebody has the name.
    """
    made = replace(_made(uow, _shown(name), role=role, password_hash=NOBODYS), subject=subject)
    uow.people.add(made)
    record(uow, made.actor, "person:added", made.id, role=role.value, by="single sign-on")
    return made


def set_password(uow: UnitOfWork, person: Person, password: str, *, actor: Actor) -> Person:
    """
    Give somebody another password; wherever they are signed in, they have to sign in again.

    Raises:
        BodyError: If the password is weak.
    """
    require_good(password, name=folded(person.name))
    changed = replace(person, password_hash=hash_of(password), password_set_at=uow.now)
    uow.people.update(changed)
    ended = uow.sessions.end_all(person.id)
    record(uow, actor, "person:password:set", person.id, sessions_ended=ended)
    return changed


def choose(uow: UnitOfWork, person: Person, choices: Choices, *, actor: Actor) -> Person:
    """Keep what somebody chose for themselves."""
    changed = replace(person, choices=choices)
    uow.people.update(changed)
    record(uow, actor, "person:choices:set", person.id)
    return changed


def disable(uow: UnitOfWork, person: Person, *, actor: Actor) -> Person:
    """
    Let somebody in no more, sign them out everywhere and revoke the keys that speak for them, at once.

    Raises:
        WrongStateError: If that was done before.
    """
    if person.disabled_at is not None:
        message = f"{person.name!r} was disabled at {person.disabled_at:%Y-%m-%dT%H:%M:%SZ}"
        raise WrongStateError(message)
    changed = replace(person, disabled_at=uow.now)
    uow.people.update(changed)
    ended = uow.sessions.end_all(person.id)
    revoked = uow.keys.revoke_all(person.id)
    record(uow, actor, "person:disabled", person.id, sessions_ended=ended, keys_revoked=len(revoked))
    for key_id in revoked:
        record(uow, actor, "key:revoked", key_id, person_disabled=person.id)
    return changed


def enable(uow: UnitOfWork, person: Person, *, actor: Actor) -> Person:
    """
    Let somebody in again, with the password they had; keys that were revoked stay so.

    Raises:
        WrongStateError: If they are let in already.
    """
    if person.disabled_at is None:
        message = f"{person.name!r} may sign in already"
        raise WrongStateError(message)
    changed = replace(person, disabled_at=None)
    uow.people.update(changed)
    record(uow, actor, "person:enabled", person.id)
    return changed


def _shown(name: str) -> str:
    shown = " ".join(name.split())
    if not 0 < len(shown) <= _MAX_NAME or not shown.isprintable():
        message = f"a name of 1 to {_MAX_NAME} characters is expected, for the history"
        raise BodyError(message, field="name")
    return shown


def _made(uow: UnitOfWork, name: str, *, role: Role, password_hash: str) -> Person:
    return Person(
        id=PersonId(new_id("per", uow.now)),
        name=name,
        role=role,
        password_hash=password_hash,
        created_at=uow.now,
        password_set_at=uow.now,
    )


def person_called(uow: UnitOfWork, name: str) -> Person:
    """
    Return who has a name or an id.

    Raises:
        NotFoundError: If nobody has.
    """
    found = uow.people.named(name)
    if found is not None:
        return found
    try:
        return uow.people.get(name, lock=True)
    except NotFoundError as error:
        message = f"nobody is called {name!r}; `staydown people list` shows who is there"
        raise NotFoundError(message) from error
