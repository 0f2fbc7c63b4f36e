"""
What happened, as systems downstream are sent it.

Invariant: an event is written in the transaction that made it true. It carries ids, outcomes and times; never media,
post text, reporter identity or signal values.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from casework.domain.ids import EventId, TakedownId


class EventType(StrEnum):
    """Every kind of event there is."""

    REPORT_RECEIVED = "report.received"
    CASE_OPENED = "case.opened"
    TAKEDOWN_CREATED = "takedown.created"
    UPLOAD_MATCHED = "upload.matched"
    TAKEDOWN_REVERSED = "takedown.reversed"
    UPLOAD_REINSTATED = "upload.reinstated"
    APPEAL_DECIDED = "appeal.decided"
    TAKEDOWN_QUARANTINED = "takedown.quarantined"
    QUARANTINE_LIFTED = "takedown.quarantine_lifted"
    POST_REMOVED = "post.removed"
    CASE_QUESTION = "case.question"
    CASE_ANSWER = "case.answer"
    TAKEDOWN_INTERIM = "takedown.interim"
    TAKEDOWN_INTERIM_ENDED = "takedown.interim_ended"
    CASE_MINORS = "case.minors"
    TAKEDOWN_REFERRED = "takedown.referred"


OF_UPLOADS = frozenset({EventType.UPLOAD_MATCHED, EventType.UPLOAD_REINSTATED})
"""Events that are about one upload, always."""


EventField = str | int | float | bool | dict[str, str | bool | None] | None
"""What an event says by one name; a statement of reasons is an object of its own."""


@dataclass(frozen=True, slots=True)
class Event:
    """
    One message to be delivered.

    Args:
        takedown_id: Messages of one takedown keep their order; None where there is no takedown.

        data: JSON-ready fields, by name.

        owner_id: The actor whose upload it is about; None for the operator's uploads, and where it is about none.

        traceparent: The trace it belongs to, where traces are on.
    """

    id: EventId
    type: EventType
    occurred_at: datetime
    takedown_id: TakedownId | None
    data: dict[str, EventField] = field(default_factory=dict)
    owner_id: str | None = None
    traceparent: str | None = None
