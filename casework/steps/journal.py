"""Two lines every handler ends with: what systems downstream are sent, and what the audit log keeps."""

from casework.domain.actor import Actor
from casework.domain.events import Event, EventField, EventType
from casework.domain.ids import EventId, TakedownId, new_id
from casework.domain.keeping.audit import AuditEntry
from casework.domain.takedowns.upload import Upload
from casework.ports.trace import TRACEPARENT
from casework.ports.unit_of_work import UnitOfWork

Field = str | int | float | bool | None


def announce(
    uow: UnitOfWork,
    event_type: EventType,
    takedown_id: TakedownId | None,
    *,
    about: Upload | None = None,
    **data: EventField,
) -> None:
    """
    Write a message into the outbox of this transaction; its data names the takedown, if there is one.

    Args:
        uow: The transaction.

        event_type: What happened.

        takedown_id: Messages of one takedown keep their order.

        about: The upload it is about: the pipeline that registered it may follow it.

        data: By name.
    """
    event_id = EventId(new_id("evt", uow.now))
    uow.outbox.add(
        Event(
            id=event_id,
            type=event_type,
            occurred_at=uow.now,
            takedown_id=takedown_id,
            data={"takedown_id": takedown_id, **data},
            owner_id=None if about is None else about.registered_by,
            traceparent=TRACEPARENT.get(),
        )
    )


def record(uow: UnitOfWork, actor: Actor, action: str, subject_id: str, **detail: Field) -> None:
    """Write a row of the audit log of this transaction."""
    uow.audit.add(AuditEntry(at=uow.now, actor_id=actor.id, action=action, subject_id=subject_id, detail=detail))
