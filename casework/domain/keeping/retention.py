"""
How long what is kind of record is kept: one table, a row a kind, each with a setting of its own.

Previews and kept answers have dates of their own; what stands, is undecided or appealed against is never due.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Dated(StrEnum):
    """What may be due."""

    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    UPLOADS = "uploads"
    POST_TEXTS = "post_texts"


@dataclass(frozen=True, slots=True)
class Retention:
    """
    How long one kind is kept.

    Args:
        default_days: Unless the operator says otherwise; 0 keeps it.

        counted_from: In words.
    """

    default_days: float
    counted_from: str


RETENTION: Final = MappingProxyType(
    {
        Dated.WITHDRAWN: Retention(190, "the reversal"),  # as by an erasure, with its report and its copies
        Dated.REJECTED: Retention(190, "the decision"),  # as by an erasure
        Dated.UPLOADS: Retention(0, "the registration"),  # signals and texts of what is published and nothing matches
        Dated.POST_TEXTS: Retention(0, "the registration"),  # alone, where no case about the upload is open
    }
)
"""Appeals are open for six months: what was decided is kept a week longer."""
