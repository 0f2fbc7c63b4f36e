"""
A hint: a place in a report's words that a person should look at.

Invariant: hints decide nothing about what is reported: no rule reads them. Words that say that somebody is under age
take a case away from the rules (`casework/steps/reports/minors.py`), and a person reads them. Hints are made anew from
the words whenever a case is shown, so they are stored nowhere and go with the words.
"""

from dataclasses import dataclass
from enum import StrEnum


class HintKind(StrEnum):
    """What a place looks like."""

    PHONE_NUMBER = "phone_number"
    EMAIL = "email"
    CREDENTIALS = "credentials"
    ID_NUMBER = "id_number"
    THREAT = "threat"
    MONEY = "money"
    BOUNTY = "bounty"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Hint:
    """
    One place.

    Args:
        kind: What it looks like.

        field: Which text, by its path in the report: ``content.post_text``.

        start: Its first character, counted from 0 in Unicode code points.

        end: The character after its last.
    """

    kind: HintKind
    field: str
    start: int
    end: int
