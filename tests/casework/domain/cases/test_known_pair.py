"""After which decisions somebody is asked in between, and how their answers are counted."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from casework.domain.cases.known_pair import InBetween, KnownAnswer, agreement, asked_after, by_week
from casework.domain.cases.second_look import is_chosen
from casework.domain.ids import PairId, pairs

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def answered(at: datetime, said: bool | None, *, known: bool = True) -> KnownAnswer:
    """Return what one person said of one pair."""
    return KnownAnswer("per_1", PairId("pair_1"), at, said, known)


@pytest.mark.parametrize(("percent", "asked"), [(0, 0), (2, 20), (25, 256)])
def test_known_pairs_and_second_looks_are_asked_for_after_as_many_decisions(percent: float, asked: int) -> None:
    """So that being asked says nothing of which of the two it is."""
    counts = Counter(asked_after(f"dec_0{ending}", percent) for ending in pairs())
    assert counts[InBetween.KNOWN_PAIR] == counts[InBetween.SECOND_LOOK] == asked
    assert counts[None] == 1_024 - 2 * asked


def test_at_a_hundred_percent_every_decision_is_followed_by_a_known_pair() -> None:
    """There is no other left."""
    assert {asked_after(f"dec_0{ending}", 100) for ending in pairs()} == {InBetween.KNOWN_PAIR}
    assert asked_after("dec_of_another_kind!", 100) is None


def test_being_asked_does_not_say_that_ones_own_decision_is_looked_at_twice() -> None:
    """The two choices are made from either end."""
    asked = [f"dec_0{ending}" for ending in pairs() if asked_after(f"dec_0{ending}", 2)]
    assert not any(is_chosen(one, 2) for one in asked)


def test_who_cannot_tell_is_neither_right_nor_wrong() -> None:
    """An honest "I cannot tell" costs nothing."""
    answers = [answered(NOW, said) for said in (True, False, None)]
    answers.append(answered(NOW, False, known=False))
    assert agreement(answers) == (2, 3)
    assert agreement([]) == (0, 0)


def test_agreement_is_counted_by_weeks_back_from_now() -> None:
    """A week without answers is there, too; what is older is left out."""
    ages = (0.5, 6.9, 7.5, 22)
    answers = [answered(NOW - timedelta(days=age), age < 7) for age in ages]
    assert by_week(answers, NOW, 3) == [(NOW - 3 * WEEK, (0, 0)), (NOW - 2 * WEEK, (0, 1)), (NOW - WEEK, (2, 2))]
