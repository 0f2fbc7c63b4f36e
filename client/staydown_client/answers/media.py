"""What a file is, and its signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from staydown_client.answers.reading import Raw


@dataclass(frozen=True)
class Signal:
    """
    A fingerprint.

    Args:
        type: ``"pdq/1"``.

        value: Hex.

        quality: 0..100, where the type has one.
    """

    type: str
    value: str
    quality: int | None = None

    @classmethod
    def of(cls, raw: Raw) -> "Signal":
        """Read one."""
        return cls(raw["type"], raw["value"], raw.get("quality"))

    def sent(self) -> dict[str, Any]:
        """Write it as the service takes it."""
        return {"type": self.type, "value": self.value, "quality": self.quality}


@dataclass(frozen=True)
class MediaInfo:
    """
    What a file is.

    Args:
        kind: ``"image"`` or ``"video"``.

        width: Pixels of the upright original; None where only signals were sent.

        height: The same.

        duration_s: Seconds, of videos and animations.
    """

    kind: str
    width: int | None
    height: int | None
    duration_s: float | None

    @classmethod
    def of(cls, raw: Raw) -> "MediaInfo":
        """Read one."""
        return cls(raw["kind"], raw.get("width"), raw.get("height"), raw.get("duration_s"))


@dataclass(frozen=True)
class Hashes:
    """
    What a file is, and its signals.

    Args:
        media: What it is.

        signals: One value of each type.
    """

    media: MediaInfo
    signals: Sequence[Signal]

    @classmethod
    def of(cls, raw: Raw) -> "Hashes":
        """Read one."""
        return cls(MediaInfo.of(raw["media"]), [Signal.of(one) for one in raw["signals"]])
