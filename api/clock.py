"""The real clock; tests pass one that stands still."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC)
