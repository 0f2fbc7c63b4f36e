"""Sessions end by themselves, and whoever guesses waits."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.errors import TooManyRequestsError, UnauthenticatedError
from api.security.people.accounts import add_person, disable
from api.security.people.sessions import SignedIn, check_password, sign_in, sign_out, signed_in
from api.security.rate_limit import RateLimits
from api.settings import Settings
from casework.domain.actor import Role
from casework.domain.people import Person
from casework.persistence.machine_files.rates import SharedRates
from tests.api.conftest import TESTER
from tests.fakes import FakeUnitOfWork

PASSWORD = "four quiet words here"
SETTINGS = Settings(_env_file=None, wrong_tries=3, session_idle_minutes=30, session_hours=8)
HOST = "192.0.2.1"


class Doorstep:
    """Somebody's account, and whoever tries to get in; seconds pass only when a test says so."""

    def __init__(self, file: Path) -> None:
        self.seconds = 1_000.0
        self.uow = FakeUnitOfWork()
        self.rates = SharedRates(file, now=lambda: self.seconds)
        self.limits = RateLimits(self.rates, SETTINGS)
        self.alex = add_person(self.uow, "alex", role=Role.MODERATOR, password=PASSWORD, actor=TESTER)

    def tries(self, password: str, *, name: str = "alex", host: str = HOST) -> Person:
        """Try a password."""
        return check_password(self.uow, name, password, host=host, limits=self.limits)

    def tries_wrong(self, count: int, *, host: str = HOST) -> None:
        """Try different wrong ones, each as soon as it is looked at."""
        for number in range(count):
            try:
                self.tries(f"wrong {number} {host}", host=host)
            except UnauthenticatedError:
                continue
            except TooManyRequestsError as error:
                self.seconds += error.retry_after_s
                with pytest.raises(UnauthenticatedError):
                    self.tries(f"wrong {number} {host}", host=host)

    def signs_in(self) -> SignedIn:
        """Begin a session."""
        return sign_in(self.uow, self.alex, password=PASSWORD, settings=SETTINGS)


@pytest.fixture
def doorstep(tmp_path: Path) -> Iterator[Doorstep]:
    """Make an account."""
    made = Doorstep(tmp_path / "rates.db")
    yield made
    made.rates.close()


def test_right_password_is_made_to_wait_after_wrong_ones(doorstep: Doorstep) -> None:
    """A pause that the right password passes would let guessing go on through it."""
    doorstep.tries_wrong(3)
    with pytest.raises(TooManyRequestsError, match="try again in 2 s") as refused:
        doorstep.tries(PASSWORD)
    doorstep.seconds += refused.value.retry_after_s
    assert doorstep.tries(PASSWORD) == doorstep.alex


def test_pauses_grow_and_a_right_password_ends_them(doorstep: Doorstep) -> None:
    """Whoever mistypes waits seconds, whoever guesses minutes."""
    doorstep.tries_wrong(6)
    with pytest.raises(TooManyRequestsError, match="try again in 16 s"):
        doorstep.tries("another")
    doorstep.seconds += 16
    doorstep.tries(PASSWORD)
    with pytest.raises(UnauthenticatedError):
        doorstep.tries("another")


def test_same_wrong_password_again_is_no_guess(doorstep: Doorstep) -> None:
    """A program with an old password locks nobody out."""
    for _ in range(10):
        with pytest.raises(UnauthenticatedError):
            doorstep.tries("an old password")
    assert doorstep.tries(PASSWORD) == doorstep.alex


def test_colleague_behind_the_same_address_is_not_made_to_wait(doorstep: Doorstep) -> None:
    """An office has one address."""
    blake = add_person(doorstep.uow, "blake", role=Role.MODERATOR, password=PASSWORD, actor=TESTER)
    doorstep.tries_wrong(4)
    assert doorstep.tries(PASSWORD, name="blake") == blake


def test_guesses_from_many_addresses_are_slowed_down_together(doorstep: Doorstep) -> None:
    """But never for more than a minute: anybody can bring that about."""
    for number in range(12):
        doorstep.tries_wrong(3, host=f"198.51.100.{number}")
    with pytest.raises(TooManyRequestsError) as refused:
        doorstep.tries(PASSWORD)
    assert refused.value.retry_after_s <= 60


def test_disabled_person_is_refused_like_a_wrong_password(doorstep: Doorstep) -> None:
    """Who tries learns nothing."""
    disable(doorstep.uow, doorstep.alex, actor=TESTER)
    with pytest.raises(UnauthenticatedError, match="wrong, or the account is disabled"):
        doorstep.tries(PASSWORD)


def test_session_ends_after_a_while_without_a_request(doorstep: Doorstep) -> None:
    """A desk that was left is nobody's door."""
    token = doorstep.signs_in().token
    doorstep.uow.clock.moment += timedelta(minutes=29)
    assert signed_in(doorstep.uow, token, settings=SETTINGS) is not None
    doorstep.uow.clock.moment += timedelta(minutes=1)
    assert signed_in(doorstep.uow, token, settings=SETTINGS) is None


def test_session_ends_after_hours_whatever_is_done(doorstep: Doorstep) -> None:
    """A token that was stolen does not last."""
    who = doorstep.signs_in()
    doorstep.uow.clock.moment += timedelta(hours=8)
    doorstep.uow.sessions.note_seen(who.session, doorstep.uow.now)
    assert signed_in(doorstep.uow, who.token, settings=SETTINGS) is None


def test_token_of_a_session_is_kept_nowhere_and_opens_nothing_once_it_ended(doorstep: Doorstep) -> None:
    """A copy of the database signs nobody in."""
    who = doorstep.signs_in()
    assert who.token.encode() not in repr(doorstep.uow.sessions.rows).encode()
    assert who.sent(who.form_token)
    assert not who.sent(doorstep.signs_in().form_token)
    sign_out(doorstep.uow, who)
    assert signed_in(doorstep.uow, who.token, settings=SETTINGS) is None
    assert [one.action for one in doorstep.uow.audit.of([doorstep.alex.id])] == [
        "person:added",
        "person:signed_in",
        "person:signed_in",
        "person:signed_out",
    ]
