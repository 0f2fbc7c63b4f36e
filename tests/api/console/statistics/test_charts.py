"""A drawing shows what was counted, in proportion and inside its frame."""

import pytest

from api.console.statistics.charts import WIDTH, spans, volumes, whisker
from api.console.statistics.counting import Day
from casework.policy.learning.share import Share


def test_bars_stand_on_each_other_in_proportion() -> None:
    """Copies above reports; a day without any has no bar."""
    drawn = volumes([Day("2026-11-27", reports=4, copies=2), Day("2026-11-28"), Day("2026-11-29", reports=2)])
    reports, copies, last = drawn.bars
    assert (reports.kind, copies.kind) == ("bar-first", "bar-second")
    assert copies.y + copies.height == pytest.approx(reports.y, abs=0.2)
    assert copies.height == pytest.approx(last.height, abs=0.2)
    assert reports.height == pytest.approx(2 * last.height, abs=0.3)
    assert last.x > reports.x


@pytest.mark.parametrize("most", [0, 1, 7, 99, 100, 123_456])
@pytest.mark.parametrize("count", [1, 7, 90])
def test_everything_lies_inside(most: int, count: int) -> None:
    """Whatever the largest count."""
    drawn = volumes([Day(f"2026-01-{n:02}", reports=most, by_people=most // 2) for n in range(count)])
    for bar in drawn.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= drawn.height
    for label in drawn.labels:
        assert 0 <= label.y <= drawn.height


def test_last_span_is_marked_as_late() -> None:
    """Whatever is in it came after the deadline of the law."""
    drawn = spans([("under 1 h", 5), ("1–4 h", 0), ("over 48 h", 1)])
    assert [(one.kind, one.title) for one in drawn.bars] == [
        ("bar-first", "under 1 h: 5"),
        ("bar-late", "over 48 h: 1"),
    ]


def test_whisker_reaches_from_the_low_to_the_high_end() -> None:
    """Nothing counted reaches everywhere."""
    shown = whisker(Share(5, 10))
    assert (shown.low, shown.value, shown.high) == (23.7, 50.0, 76.3)
    assert (whisker(Share(0, 0)).low, whisker(Share(0, 0)).high) == (0.0, 100.0)
