"""Accounts: people come, get other passwords and go, and all of it is on record."""

import pytest

from api.errors import BodyError
from api.security.keys import KeyTerms, create_key
from api.security.people.accounts import add_person, disable, enable, person_called, set_password
from api.security.people.passwords import is_right
from api.security.people.sessions import sign_in, signed_in
from api.settings import Settings
from casework.domain.actor import Role
from casework.domain.errors import NotFoundError, WrongStateError
from tests.api.conftest import TESTER
from tests.fakes import FakeUnitOfWork

PASSWORD = "four quiet words here"
SETTINGS = Settings(_env_file=None)


@pytest.fixture
def uow() -> FakeUnitOfWork:
    """Open an empty record."""
    return FakeUnitOfWork()


def test_added_person_acts_under_their_name_and_role(uow: FakeUnitOfWork) -> None:
    """Histories name who decided."""
    alex = add_person(uow, "  Alex  Doe ", role=Role.SENIOR, password=PASSWORD, actor=TESTER)
    assert (alex.actor.id, alex.actor.name, alex.actor.role) == (alex.id, "Alex Doe", Role.SENIOR)
    assert PASSWORD not in alex.password_hash
    assert [one.action for one in uow.audit.of([alex.id])] == ["person:added"]


@pytest.mark.parametrize("role", [Role.PIPELINE, Role.PUBLIC, Role.POLICY, Role.INTAKE])
def test_role_of_a_program_is_refused(uow: FakeUnitOfWork, role: Role) -> None:
    """Programs have keys; nobody signs in as the policy."""
    with pytest.raises(BodyError, match="moderator, senior"):
        add_person(uow, "alex", role=role, password=PASSWORD, actor=TESTER)


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x00b", "a\u202eb"])
def test_name_that_cannot_be_read_is_refused(uow: FakeUnitOfWork, name: str) -> None:
    """Nor one that writes backwards into a history."""
    with pytest.raises(BodyError, match="a name"):
        add_person(uow, name, role=Role.SENIOR, password=PASSWORD, actor=TESTER)


def test_disabled_person_is_signed_out_at_once_and_may_come_back(uow: FakeUnitOfWork) -> None:
    """Whoever leaves has nothing open any more."""
    alex = add_person(uow, "alex", role=Role.SENIOR, password=PASSWORD, actor=TESTER)
    token = sign_in(uow, alex, password=PASSWORD, settings=SETTINGS).token
    assert signed_in(uow, token, settings=SETTINGS) is not None
    gone = disable(uow, uow.people.get(alex.id), actor=TESTER)
    assert signed_in(uow, token, settings=SETTINGS) is None
    with pytest.raises(WrongStateError, match="was disabled"):
        disable(uow, gone, actor=TESTER)
    assert enable(uow, gone, actor=TESTER).disabled_at is None
    with pytest.raises(WrongStateError, match="may sign in"):
        enable(uow, uow.people.get(alex.id), actor=TESTER)


def test_other_password_ends_every_session(uow: FakeUnitOfWork) -> None:
    """It is changed because somebody else knows it."""
    alex = add_person(uow, "alex", role=Role.SENIOR, password=PASSWORD, actor=TESTER)
    token = sign_in(uow, alex, password=PASSWORD, settings=SETTINGS).token
    changed = set_password(uow, alex, "another four quiet words", actor=TESTER)
    assert is_right("another four quiet words", changed.password_hash)
    assert signed_in(uow, token, settings=SETTINGS) is None


def test_person_is_called_by_name_or_id(uow: FakeUnitOfWork) -> None:
    """At the command line either is at hand."""
    alex = add_person(uow, "alex", role=Role.SENIOR, password=PASSWORD, actor=TESTER)
    assert person_called(uow, "ALEX") == person_called(uow, alex.id) == alex
    with pytest.raises(NotFoundError, match="people list"):
        person_called(uow, "blake")


def test_key_of_a_person_speaks_for_them(uow: FakeUnitOfWork) -> None:
    """With a script of theirs somebody is no second person who could approve what they decided."""
    alex = add_person(uow, "alex", role=Role.SENIOR, password=PASSWORD, actor=TESTER)
    key = create_key(uow, KeyTerms("alex, by script", Role.SENIOR, principal=alex.id), actor=TESTER)
    assert key.kept.actor.id == alex.actor.id


def test_keys_of_a_person_who_is_disabled_open_nothing_any_more(uow: FakeUnitOfWork) -> None:
    """Whoever is let in no more gets in by no other door; keys of others, and of nobody, stay."""
    alex = add_person(uow, "alex", role=Role.SENIOR, password=PASSWORD, actor=TESTER)
    kim = add_person(uow, "kim", role=Role.SENIOR, password=PASSWORD, actor=TESTER)
    own = create_key(uow, KeyTerms("laptop", Role.SENIOR, principal=alex.id), actor=TESTER)
    through = create_key(uow, KeyTerms("script", Role.SENIOR, principal=own.id), actor=TESTER)
    others = [
        create_key(uow, KeyTerms("kim's", Role.SENIOR, principal=kim.id), actor=TESTER),
        create_key(uow, KeyTerms("uploads", Role.PIPELINE), actor=TESTER),
    ]
    gone = disable(uow, uow.people.get(alex.id), actor=TESTER)
    for one in (own, through):
        assert uow.keys.get(one.id).refused_because(uow.now) is not None
        assert "key:revoked" in [row.action for row in uow.audit.of([one.id])]
    assert [uow.keys.get(one.id).refused_because(uow.now) for one in others] == [None, None]
    with pytest.raises(WrongStateError, match="alex"):
        create_key(uow, KeyTerms("again", Role.SENIOR, principal=alex.id), actor=TESTER)
    enable(uow, gone, actor=TESTER)
    assert uow.keys.get(own.id).refused_because(uow.now) is not None
    create_key(uow, KeyTerms("new", Role.SENIOR, principal=alex.id), actor=TESTER)
