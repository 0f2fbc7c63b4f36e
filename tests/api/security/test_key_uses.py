"""The last use of a key: noted at every request, written seldom."""

from datetime import timedelta

from api.security.key_uses import APART, KeyUses
from casework.domain.ids import KeyId
from tests.fakes import START

KEY = KeyId("key_1")
SECOND = timedelta(seconds=1)


def test_thousands_of_uses_in_a_minute_are_one_row() -> None:
    """A pipeline asks thousands of times a second."""
    uses, writes = KeyUses(), 0
    for second in range(121):
        uses.note(KEY, START + second * SECOND)
        due = uses.unwritten()
        uses.wrote(due)
        writes += len(due)
    assert writes == 2


def test_last_use_is_not_lost_when_the_service_stops() -> None:
    """What a minute was too short for is written at the end."""
    uses = KeyUses()
    for moment in (START, START + SECOND):
        uses.note(KEY, moment)
        uses.wrote(uses.unwritten())
    assert uses.unwritten() == {}
    assert uses.unwritten(apart=timedelta()) == {KEY: START + SECOND}


def test_latest_of_what_is_on_record_and_what_is_known_is_shown() -> None:
    """Another process may have written a later use."""
    uses = KeyUses()
    assert (uses.latest(KEY, None), uses.latest(KEY, START)) == (None, START)
    uses.note(KEY, START)
    assert (uses.latest(KEY, None), uses.latest(KEY, START + APART)) == (START, START + APART)
