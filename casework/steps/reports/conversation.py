"""Writing a message into a case: its row, an event for the platform, an audit row. Only the first has its words."""

from casework.domain.actor import Actor
from casework.domain.cases.message import Message, Sender
from casework.domain.cases.report import Report
from casework.domain.events import EventType
from casework.domain.ids import MessageId, new_id
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce, record


def write_to_reporter(report: Report, actor: Actor, text: str | None, uow: UnitOfWork, *, asks: bool) -> Message | None:
    """
    Write to who filed a report, and tell the platform, which knows how to reach them.

    Args:
        report: The case's.

        actor: Who writes.

        text: What is said; None where a question goes without words of its own: the receipt says what is missing.

        uow: The transaction.

        asks: Whether information is asked for.

    Returns:
        The message; None where there are no words.
    """
    message = None if text is None else _message(report, Sender.MODERATOR, actor, text, uow, asks=asks)
    announce(
        uow,
        EventType.CASE_QUESTION,
        None,
        case_id=report.case_id,
        report_id=report.id,
        message_id=None if message is None else message.id,
        asks=asks,
    )
    if message is not None:
        record(uow, actor, "case:message:sent", report.case_id, message_id=message.id, asks=asks)
    return message


def write_from_reporter(
    report: Report, actor: Actor, text: str | None, added: tuple[str, ...], uow: UnitOfWork
) -> Message:
    """
    Note what who filed a report says, and what they added.

    Args:
        report: Theirs.

        actor: Who holds its receipt.

        text: What they say; None where they only add something.

        added: Names of what they add, never its content.

        uow: The transaction.
    """
    message = _message(report, Sender.REPORTER, actor, text, uow, added=added)
    names = ", ".join(added) or None
    announce(
        uow,
        EventType.CASE_ANSWER,
        None,
        case_id=report.case_id,
        report_id=report.id,
        message_id=message.id,
        added=names,
    )
    record(uow, actor, "case:answered", report.case_id, message_id=message.id, added=names)
    return message


def _message(
    report: Report,
    sender: Sender,
    actor: Actor,
    text: str | None,
    uow: UnitOfWork,
    *,
    asks: bool = False,
    added: tuple[str, ...] = (),
) -> Message:
    message = Message(
        id=MessageId(new_id("msg", uow.now)),
        case_id=report.case_id,
        sender=sender,
        author_id=actor.id,
        at=uow.now,
        text=text,
        asks=asks,
        added=added,
    )
    uow.messages.add(message)
    return message
