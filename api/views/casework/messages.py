"""What was written between reporter and moderators, for each side."""

from api.schemas.casework.messages import MessageOut
from api.views.casework.people import People
from casework.domain.cases.message import Message, Sender


def message_out(message: Message, people: People | None) -> MessageOut:
    """
    Show a message.

    Args:
        message: The message.

        people: Names of colleagues; None where the reporter reads it, who writes with the service, not with a person.
    """
    by_moderator = message.sender is Sender.MODERATOR
    return MessageOut(
        sender=message.sender.value,
        name=people.named(message.author_id).name if people is not None and by_moderator else None,
        text=message.text,
        at=message.at,
        asks=message.asks,
        added=list(message.added),
    )
