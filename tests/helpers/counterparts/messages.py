"""Events as they are sent to destinations."""

import json

from casework.domain.ids import EventId, TakedownId
from casework.domain.takedowns.propagation import Message


def message(number: int = 1, takedown: str | None = "tkd_1") -> Message:
    """Return an event as it is sent."""
    body = json.dumps({"type": "takedown.created", "timestamp": "2026-11-29T00:00:00+00:00", "data": {"n": number}})
    about = None if takedown is None else TakedownId(takedown)
    return Message(EventId(f"evt_{number}"), body.encode(), event_type="takedown.created", takedown_id=about)
