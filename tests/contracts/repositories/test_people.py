"""Of people and their sessions: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.actor import Role
from casework.domain.errors import NotFoundError, WrongStateError
from casework.domain.ids import PersonId, SessionId
from casework.domain.people import Choices, Person, Session, Theme, Veil
from casework.ports.unit_of_work import UnitOfWork

IDLE = timedelta(minutes=30)


def person(record: UnitOfWork, number: int = 1, name: str = "Alex Ödegård") -> Person:
    """Put somebody on record."""
    now = record.now
    made = Person(PersonId(f"per_{number}"), name, Role.MODERATOR, "$argon2id$", created_at=now, password_set_at=now)
    record.people.add(made)
    return made


def session(record: UnitOfWork, number: int, of: Person) -> Session:
    """Sign somebody in for eight hours."""
    now = record.now
    token = bytes([number]) * 32
    begun = Session(SessionId(f"ses_{number}"), of.id, token, begun_at=now, seen_at=now, ends_at=now + 8 * IDLE)
    record.sessions.add(begun)
    return begun


def test_person_is_found_by_name_whatever_its_case(record: UnitOfWork) -> None:
    """Nobody remembers how they were written down."""
    alex = person(record)
    assert record.people.get(alex.id) == record.people.named("  ALEX  ödegård") == alex
    assert record.people.named("alexa") is None
    with pytest.raises(NotFoundError, match="per_2"):
        record.people.get("per_2")


def test_two_people_never_have_the_same_name(record: UnitOfWork) -> None:
    """Histories name people; two of one name could not be told apart."""
    person(record)
    with pytest.raises(WrongStateError, match="alex ödegård"):
        person(record, 2, "alex ödegård")
    blake = person(record, 3, "Blake")
    assert [one.id for one in record.people.listed()] == ["per_1", blake.id]


def test_person_is_disabled_and_keeps_what_they_chose(record: UnitOfWork) -> None:
    """They may come back."""
    alex = person(record)
    changed = replace(alex, disabled_at=record.now, choices=Choices(Theme.DARK, Veil.GREY))
    record.people.update(changed)
    assert record.people.get(alex.id) == changed


def test_session_is_known_by_its_hash_until_it_ends(record: UnitOfWork) -> None:
    """Signing out in one browser leaves the other alone; disabling ends all."""
    alex = person(record)
    first, second = session(record, 1, alex), session(record, 2, alex)
    assert record.sessions.find(first.token_hash) == first
    record.sessions.end(first)
    assert record.sessions.find(first.token_hash) is None
    assert record.sessions.find(second.token_hash) == second
    assert record.sessions.end_all(alex.id) == 1
    assert record.sessions.find(second.token_hash) is None


def test_sessions_that_are_over_are_forgotten(record: UnitOfWork) -> None:
    """One that is over opens nothing, and says for nothing when somebody worked."""
    alex = person(record)
    idle, ended, busy = (session(record, number, alex) for number in (1, 2, 3))
    record.sessions.note_seen(idle, record.now - IDLE)
    record.sessions.end(ended)
    record.sessions.add(replace(ended, ends_at=record.now))
    record.sessions.note_seen(busy, record.now - IDLE + timedelta(seconds=1))
    assert record.sessions.forget_over(idle=IDLE) == 2
    assert record.sessions.find(busy.token_hash) is not None


def test_who_is_here_is_who_asked_lately(record: UnitOfWork) -> None:
    """Moderators see who works beside them, each once, however many browsers they have open."""
    alex, blake = person(record), person(record, 2, "Blake")
    session(record, 1, alex)
    session(record, 2, alex)
    away = session(record, 3, blake)
    record.sessions.note_seen(away, record.now - IDLE)
    assert record.sessions.people_since(record.now - IDLE / 2) == [alex.id]
    assert record.sessions.people_since(record.now - IDLE) == [alex.id, blake.id]
