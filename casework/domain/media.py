"""
A piece of media as casework knows it: what it was, and its signals. The bytes are gone.

Invariant: bytes are never stored. A person who must look sees a reduced, encrypted preview with a retention date.
"""

from dataclasses import dataclass
from enum import StrEnum

from casework.domain.ids import MediaId
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from matcher.thresholds import MINIMUM_QUALITY


class Collection(StrEnum):
    """A set of items searched together, with a log of changes of its own."""

    TAKEDOWNS = "takedowns"
    UPLOADS = "uploads"
    PROTECTED = "protected"


CLAIMED_KIND = "unknown"
"""Kind of media of which only signals were sent."""


@dataclass(frozen=True, slots=True)
class Media:
    """
    One picture or video of a report or an upload.

    Args:
        id: Its identifier.

        kind: ``"image"`` or ``"video"``; ``"unknown"`` for a hash-only report.

        width: Pixels of the upright original; None where only signals were sent.

        height: Pixels.

        duration_s: Seconds, for videos and animations.

        seen_s: Seconds of them that could be read; less than it lasts where it is damaged.

        signals: Its fingerprints, in the order of the table of signal types.

        has_preview: Whether a reduced preview is kept for moderators.
    """

    id: MediaId
    kind: str
    width: int | None
    height: int | None
    duration_s: float | None
    signals: tuple[Signal, ...]
    has_preview: bool = False
    seen_s: float | None = None

    @property
    def is_claimed(self) -> bool:
        """Whether its signals came without a file, so that they are what somebody says and nobody computed here."""
        return self.kind == CLAIMED_KIND


@dataclass(frozen=True, slots=True)
class SubmittedMedia:
    """
    Media on its way in: not yet given an id.

    Args:
        kind: ``"image"``, ``"video"`` or ``"unknown"``.

        width: Pixels, or None.

        height: Pixels, or None.

        duration_s: Seconds, or None.

        seen_s: Seconds that could be read, or None.

        signals: Its fingerprints.

        preview: What `GET /v1/cases/{id}/media/{n}` shows, a reduced JPEG, or None.

        query: Its signals and their variants, kept with the media of a case so that a look-back finds earlier uploads
            that are mirrored or turned; None where only signals were sent.
    """

    kind: str
    width: int | None
    height: int | None
    duration_s: float | None
    signals: tuple[Signal, ...]
    preview: bytes | None = None
    query: Query | None = None
    seen_s: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One signal value as the index knows it: the smallest thing that is added and removed."""

    id: int
    collection: Collection
    owner_id: str
    media_id: MediaId
    signal: Signal


def is_low_quality(media: SubmittedMedia | Media) -> bool:
    """Tell whether its perceptual hashes are too poor to act on by themselves, in whatever way it is shown."""
    qualities = [signal.quality for signal in media.signals if signal.quality is not None]
    return bool(qualities) and max(qualities) < MINIMUM_QUALITY
