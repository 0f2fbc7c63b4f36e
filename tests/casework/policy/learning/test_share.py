"""A share says how sure it makes us."""

import pytest

from casework.policy.learning.share import Share, wilson


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(10, 10, 0.722, 1.0), (0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (50, 100, 0.404, 0.596), (0, 0, 0.0, 1.0)],
)
def test_interval_is_that_of_the_tables(found: int, of: int, low: float, high: float) -> None:
    """Values as published for the Wilson interval at 95 %."""
    assert wilson(found, of) == pytest.approx((low, high), abs=0.001)


def test_share_of_nothing_is_no_number() -> None:
    """Zero of zero is not zero percent."""
    assert Share(0, 0).value is None
    assert Share(0, 4).value == 0.0
    assert Share(3, 4).interval == wilson(3, 4)
