"""
When each key was last used: noted in memory at each request, written at most once a minute a key.

Invariant: a request writes nothing. Several processes note for themselves; the latest use is kept, to a minute.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from casework.domain.ids import KeyId

APART = timedelta(minutes=1)
"""How much later than the use on record another must be to be written."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class KeyUses:
    """What this process knows of the use of keys."""

    def __init__(self) -> None:
        self._noted: dict[KeyId, datetime] = {}
        self._written: dict[KeyId, datetime] = {}

    def note(self, key_id: KeyId, moment: datetime) -> None:
        """Note that a key was used."""
        self._noted[key_id] = moment

    def latest(self, key_id: KeyId, on_record: datetime | None) -> datetime | None:
        """Return when a key was last used, by the record and by what this process knows."""
        return max(on_record or _NEVER, self._noted.get(key_id, _NEVER)) if key_id in self._noted else on_record

    def unwritten(self, *, apart: timedelta = APART) -> Mapping[KeyId, datetime]:
        """Return the uses to be written: those that much later than what this process wrote before."""
        noted = self._noted.copy()  # in one step: requests go on noting
        return {
            key_id: at
            for key_id, at in noted.items()
            if key_id not in self._written or at - self._written[key_id] > apart
        }

    def wrote(self, uses: Mapping[KeyId, datetime]) -> None:
        """Note that these are on record now."""
        self._written |= uses
