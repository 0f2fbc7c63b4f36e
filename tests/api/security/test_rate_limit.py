"""How often who may ask; what a wrong secret costs, and that a right one is never kept waiting."""

from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from api.errors import TooManyRequestsError
from api.security.rate_limit import RateLimits, network_of
from api.settings import Settings
from casework.domain.actor import Role
from casework.domain.ids import KeyId
from casework.domain.keys import ApiKey
from casework.persistence.machine_files.rates import SharedRates
from tests.fakes import START

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Desk:
    """Limits over an empty folder, and a clock that a test moves."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 1_000_000.0
        settings = Settings(
            _env_file=None, public_reports_per_hour=2, receipts_per_minute=3, key_requests_per_minute=4, wrong_tries=3
        )
        self.limits = RateLimits(SharedRates(folder / "rates.db", now=lambda: self.now_s), settings)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Open a desk."""
    return Desk(tmp_path)


def waits(count: int, ask: Callable[[int], None]) -> list[int]:
    """Ask so many times; return for how long each was told to wait."""
    told = []
    for number in range(count):
        try:
            ask(number)
            told.append(0)
        except TooManyRequestsError as error:
            told.append(error.retry_after_s)
    return told


def key(name: str, **terms: object) -> ApiKey:
    """Return a key."""
    return ApiKey(KeyId(name), name, Role.PIPELINE, trusted=False, created_at=START, **terms)


def test_each_door_has_its_own_share(desk: Desk) -> None:
    """Who follows their receipt often may report all the same."""
    assert waits(4, lambda _: desk.limits.require_public(HERE)) == [0, 0, 1800, 1800]
    assert waits(4, lambda _: desk.limits.require_receipt(HERE)) == [0, 0, 0, 20]
    assert waits(5, lambda _: desk.limits.require_key(key("key_1"))) == [0, 0, 0, 0, 15]
    assert waits(1, lambda _: desk.limits.require_public(THERE)) == [0]


def test_limit_of_a_key_comes_before_the_setting(desk: Desk) -> None:
    """An operator knows which pipeline asks how much."""
    assert waits(3, lambda _: desk.limits.require_key(key("key_1", requests_per_minute=2))) == [0, 0, 30]


def test_keys_of_one_bearer_share_one_allowance(desk: Desk) -> None:
    """Else a rotation, or a second key, would double it."""
    keys = [key("key_1"), key("key_2", principal=KeyId("key_1"))]
    assert waits(6, lambda number: desk.limits.require_key(keys[number % 2])) == [0, 0, 0, 0, 15, 15]


def test_pause_after_wrong_secrets_grows_and_ends(desk: Desk) -> None:
    """Guessing gets slower and slower; who stops is free again."""
    told = waits(13, lambda number: desk.limits.refuse(HERE, f"secret {number}"))
    assert told == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    desk.now_s += 601
    assert waits(1, lambda _: desk.limits.refuse(HERE, "another")) == [0]


def test_one_wrong_secret_again_and_again_is_no_guess(desk: Desk) -> None:
    """A program with a key of yesterday is told that it is wrong, however often it asks."""
    assert waits(20, lambda _: desk.limits.refuse(HERE, "a key of yesterday")) == [0] * 20


def test_pause_passes_while_nothing_new_is_tried(desk: Desk) -> None:
    """What is left of it is told."""
    waits(5, lambda number: desk.limits.refuse(HERE, f"secret {number}"))
    desk.now_s += 3
    assert waits(1, lambda _: desk.limits.refuse(HERE, "secret 4")) == [1]
    desk.now_s += 1
    assert waits(1, lambda _: desk.limits.refuse(HERE, "secret 4")) == [0]


def test_log_says_where_wrong_secrets_come_from_and_not_what_they_were(desk: Desk) -> None:
    """A secret that is almost right must not lie in a log; a flood of guesses must not flood it."""
    with structlog.testing.capture_logs() as logs:
        waits(40, lambda number: desk.limits.refuse(HERE, f"secret {number}"))
    assert [(one["event"], one["address"], one["tries"]) for one in logs] == [
        ("wrong keys or receipts", HERE, tries) for tries in (4, 5, 7, 11, 19, 35)
    ]
    assert "secret" not in repr(logs)


def test_one_party_is_an_address_or_a_network_of_a_household() -> None:
    """Who has a /64 has as many addresses as they like."""
    same = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]
    assert {network_of(one) for one in same} == {"2001:db8:1:2::/64"}
    assert network_of("2001:db8:1:3::1") == "2001:db8:1:3::/64"
    assert [network_of(one) for one in ("192.0.2.1", "::ffff:192.0.2.1", "testclient")] == [HERE, HERE, "testclient"]
