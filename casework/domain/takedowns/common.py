"""
Parts of a reference that strangers' pictures have too, as the record keeps them: one row a stranger.

Derived: what strangers share is learned from stored features (`casework/steps/finding/common_parts.py`), and can be
learned again from them.
"""

from dataclasses import dataclass
from enum import StrEnum

from casework.domain.ids import MediaId


class Stranger(StrEnum):
    """Who shows that a part is common."""

    UPLOAD = "upload"
    """A registered upload; of each person one counts."""

    TAKEDOWN = "takedown"
    """A reference of another takedown."""

    DISMISSED = "dismissed"
    """An upload of which a reviewer said that it is no copy, or may stay."""


@dataclass(frozen=True, slots=True)
class CommonPart:
    """
    What one stranger shares with a reference.

    Args:
        media_id: The reference.

        seen_in: The upload, or the other takedown.

        stranger: Which of these it is.

        blocks: Which blocks of the reference, packed (`matcher.local.common.pack`).
    """

    media_id: MediaId
    seen_in: str
    stranger: Stranger
    blocks: bytes
