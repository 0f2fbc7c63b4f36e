"""What happened."""

from dataclasses import dataclass
from datetime import datetime

from staydown_client.answers.reading import Raw, moment


@dataclass(frozen=True)
class Event:
    """
    Something that happened: of the feed, or of a webhook.

    Args:
        id: The same at every delivery; act on each once.

        type: ``"takedown.created"``, …

        timestamp: When it happened.

        data: What it says.
    """

    id: str
    type: str
    timestamp: datetime
    data: Raw

    @classmethod
    def of(cls, raw: Raw) -> "Event":
        """Read one."""
        return cls(raw["id"], raw["type"], moment(raw["timestamp"]), raw["data"])
