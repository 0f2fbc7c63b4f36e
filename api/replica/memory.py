"""
What this process keeps in memory of the record, and forgets as soon as it changes anywhere.

The log of changed records names subjects by their ids; here each finds who remembers it.
"""

from collections.abc import Sequence

from api.security.known_keys import KnownKeys
from casework.persistence.changed_records import EVERYTHING
from casework.steps.finding.remembered import Remembered

_KEY = "key_"


class Memory:
    """
    Attributes:
        takedowns: What is known of takedowns, and of entries of lists.

        keys: What is known of keys.
    """

    def __init__(self) -> None:
        self.takedowns = Remembered()
        self.keys = KnownKeys()

    def forget(self, subject_ids: Sequence[str]) -> None:
        """Forget what changed; everything where that is too much to name."""
        if EVERYTHING in subject_ids:
            self.takedowns.forget_everything()
            self.keys.forget()
            return
        keys = [one for one in subject_ids if one.startswith(_KEY)]
        if keys:
            self.keys.forget()
        self.takedowns.forget(one for one in subject_ids if not one.startswith(_KEY))
