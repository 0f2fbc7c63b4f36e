"""
How much of what is hard to look at somebody has looked at, and when they should stop for a while.

Drawings do not count: what a person sees in them is lines. Invariant: pure; looks come from the audit log, which has
one row for each time a photo was shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from matcher.strength import Strength

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """
    One photo that somebody was shown.

    Args:
        again: Whether they had seen it, or its like, and asked for it once more though the drawing sufficed.
    """

    at: datetime
    case_id: str
    again: bool = False


def drawing_suffices(strength: Strength) -> bool:
    """Tell whether two drawings suffice to say that one is a copy of the other: of a weak match they may not."""
    return strength is not Strength.WEAK


@dataclass(frozen=True, slots=True)
class Budget:
    """
    How many photos somebody looks at before they pause.

    Args:
        photos: As many as are shown without a pause between them; None for no limit.

        pause: How long a pause is: whoever looks at none for so long begins anew.
    """

    photos: int | None
    pause: timedelta

    def rest_until(self, looks: Iterable[datetime], now: datetime) -> datetime | None:
        """
        Say until when no photo is shown; None where one may be.

        Args:
            looks: When photos were shown, the earliest first; those of the last day suffice.

            now: When the next one is asked for.
        """
        if self.photos is None:
            return None
        seen, last = 0, None
        for at in looks:
            seen = 1 if last is None or at - last >= self.pause else seen + 1
            last = at
        if last is None or seen < self.photos or now >= last + self.pause:
            return None
        return last + self.pause
