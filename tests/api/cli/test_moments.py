"""Moments and spans as they are typed."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from api.cli.moments import moment_of, span_of

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)


def test_spans_are_read_in_their_units() -> None:
    """Nobody counts a day's seconds."""
    assert [span_of(text, option="--overlap") for text in ("90d", "24h", "30m", "5s", "0")] == [
        timedelta(days=90),
        timedelta(days=1),
        timedelta(minutes=30),
        timedelta(seconds=5),
        timedelta(),
    ]


def test_moments_are_spans_from_now_dates_or_times() -> None:
    """Where no zone is said it is that of every time the service writes."""
    midnight = datetime(2027, 1, 31, tzinfo=UTC)
    assert moment_of("1d", now=NOW, option="--expires") == NOW + timedelta(days=1)
    assert moment_of("2027-01-31", now=NOW, option="--expires") == midnight
    assert moment_of("2027-01-31T02:00+02:00", now=NOW, option="--expires") == midnight


@pytest.mark.parametrize("text", ["", "d", "-1d", "1w", "1.5h", " 1d", "٣d", "999999d", "soon"])
def test_what_is_no_span_is_refused(text: str) -> None:
    """A guess would end a key at another time than was meant."""
    with pytest.raises(typer.BadParameter, match="90d"):
        span_of(text, option="--overlap")
    with pytest.raises(typer.BadParameter, match="90d"):
        moment_of(text, now=NOW, option="--expires")


@pytest.mark.parametrize("text", ["2025-12-31", "0d", "2026-01-01T09:00Z"])
def test_moment_that_is_past_is_refused(text: str) -> None:
    """A key would be refused from the start."""
    with pytest.raises(typer.BadParameter, match="after now"):
        moment_of(text, now=NOW, option="--expires")
