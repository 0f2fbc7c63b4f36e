"""
Pauses: after so many photos none is shown for a while. Drawings go on, and so does everything else.

Invariant: it is a person's own choice how many, and no other page depends on it.
"""

from math import ceil

from api.console.door import Visitor
from api.errors import RestError
from casework.domain.exposure import DAY, Look
from casework.handlers.deciding.look import MEDIA_VIEWED
from casework.persistence.unit_of_work import SqlUnitOfWork


def looks_of_a_day(visitor: Visitor, uow: SqlUnitOfWork) -> list[Look]:
    """List the photos somebody was shown within the last 24 hours, the earliest first."""
    return uow.audit.looks(visitor.actor.id, MEDIA_VIEWED, since=uow.now - DAY)


def require_rested(visitor: Visitor, uow: SqlUnitOfWork) -> None:
    """
    Let a photo be shown, unless a pause is due.

    Raises:
        RestError: Saying until when.
    """
    budget = visitor.choices.budget
    until = budget.rest_until((one.at for one in looks_of_a_day(visitor, uow)), uow.now)
    if until is None:
        return
    message = (
        f"you were shown {budget.photos} photos without a pause; the next one is shown from {until:%H:%M} UTC on. "
        "Drawings are there all the time; how many photos and how long a pause is your choice, under your name above"
    )
    raise RestError(message, retry_after_s=ceil((until - uow.now).total_seconds()))
