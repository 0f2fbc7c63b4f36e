"""What a takedown lacks before anything acts by itself on it; `policy/automation/trust.py` says when and why."""

from enum import StrEnum


class Lack(StrEnum):
    """One thing that is lacking, by the name that is stored and answered."""

    SIGNATURE = "signature"
    STATEMENTS = "statements"
    KNOWN_REPORTER = "known_reporter"
    LOOK = "look"
    CONFIRMED_COPY = "confirmed_copy"


OF_THE_NOTICE = frozenset({Lack.SIGNATURE, Lack.STATEMENTS, Lack.KNOWN_REPORTER})
"""What who reports can add; the others are a reviewer's to do."""
