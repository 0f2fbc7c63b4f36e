"""Moments and spans in words."""

from datetime import UTC, datetime

import pytest

from api.pages.languages import ENGLISH
from api.pages.moments import FILTERS


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(30, "30 seconds"), (3600, "60 minutes"), (9_100, "3 hours"), (-172_800, "48 hours"), (300_000, "3 days")],
)
def test_a_span_is_said_in_the_unit_a_clock_of_48_hours_needs(seconds: float, words: str) -> None:
    """The sign is for the sentence around it: left, or over."""
    assert FILTERS["span"](ENGLISH)(seconds) == words


def test_moments_and_numbers_are_written_for_readers() -> None:
    """The zone stands there: moderators sit in several."""
    assert FILTERS["moment"](ENGLISH)(datetime(2026, 3, 5, 14, 5, tzinfo=UTC)) == "5 Mar 2026, 14:05 UTC"
    assert FILTERS["number"](ENGLISH)(120_000) == "120,000"
    assert FILTERS["percent"](ENGLISH)(0.52) == "52%"
