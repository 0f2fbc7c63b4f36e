"""
What this process keeps in memory, and forgets as soon as the record says so.

The log of changed records names subjects by their ids; here each finds who remembers it. An erasure, of
whatever it is, empties all of it.
"""

from collections.abc import Sequence

from api.arrivals.hashed_lately import HashedLately
from api.security.known_keys import KnownKeys
from casework.persistence.changed_records import EVERYTHING
from casework.steps.finding.remembered import Remembered

_KEY = "key_"


class Memory:
    """
    Attributes:
        takedowns: What is known of takedowns, and of entries of lists.

        keys: What is known of keys.

        hashed: Pictures that were hashed a moment ago; not of the record, but an erasure may be of what they show.

    Args:
        repeated_files_s: How long these are kept.
    """

    def __init__(self, *, repeated_files_s: float = 0.0) -> None:
        self.takedowns = Remembered()
        self.keys = KnownKeys()
        self.hashed = HashedLately(repeated_files_s)

    def forget(self, subject_ids: Sequence[str]) -> None:
        """Forget what changed; everything where that is too much to name."""
        if EVERYTHING in subject_ids:
            self.takedowns.forget_everything()
            self.keys.forget()
            self.hashed.forget_everything()
            return
        keys = [one for one in subject_ids if one.startswith(_KEY)]
        if keys:
            self.keys.forget()
        self.takedowns.forget(one for one in subject_ids if not one.startswith(_KEY))
