"""After so many photos a pause is due, and whoever took one begins anew."""

from datetime import UTC, datetime, timedelta

import pytest

from casework.domain.exposure import Budget, drawing_suffices
from matcher.strength import Strength

START = datetime(2026, 11, 29, 9, tzinfo=UTC)
THREE = Budget(3, timedelta(minutes=10))


def at(minute: float) -> datetime:
    """Return a moment."""
    return START + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("looks", "now", "until"),
    [
        ([], 0, None),
        ([0, 1], 2, None),
        ([0, 1, 2], 3, 12),
        ([0, 1, 2], 11.9, 12),
        ([0, 1, 2], 12, None),
        ([0, 1, 2, 12], 13, None),
        ([0, 1, 2, 12, 13, 14], 15, 24),
        ([0, 1, 11, 12], 12.5, None),
        ([0, 9, 18, 27], 28, 37),
    ],
)
def test_pause_begins_after_the_last_photo_and_ends_by_itself(
    looks: list[float], now: float, until: float | None
) -> None:
    """A gap as long as a pause is one, also where nobody asked for it."""
    expected = None if until is None else at(until)
    assert THREE.rest_until([at(one) for one in looks], at(now)) == expected


def test_nobody_is_made_to_pause_who_chose_no_limit() -> None:
    """It is their choice."""
    assert Budget(None, timedelta(minutes=10)).rest_until([at(0)] * 500, at(0)) is None


def test_drawing_suffices_for_all_but_a_weak_match() -> None:
    """What is only alike may need the photo."""
    assert [one for one in Strength if not drawing_suffices(one)] == [Strength.WEAK]
