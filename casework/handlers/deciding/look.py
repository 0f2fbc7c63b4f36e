"""
Looking at what is nobody's business but the case's: previews, names and contacts, signal values.

Invariant: whoever is shown one of these is written into the audit log first, with why: what they say themselves, or
that they hold the case. A preview and signal values each time, a contact once an hour for each person and case, since
a case is read again at every step.
"""

from datetime import timedelta

from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.errors import NotFoundError
from casework.domain.takedowns.takedown import Takedown
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import Field, record
from casework.steps.judging_anew.flood import pictures_of
from casework.steps.judging_anew.trusting import retrust_after_look
from casework.steps.lock_takedowns import lock_takedowns

MEDIA_VIEWED = "case:media:viewed"
CONTACT_VIEWED = "case:contact:viewed"
HOLDS_THE_CASE = "holds the case"
_AGAIN_AFTER = timedelta(hours=1)


def preview_of(
    case_id: str,
    position: int,
    actor: Actor,
    uow: UnitOfWork,
    *,
    why: str | None = None,
    again: bool = False,
    search: CandidateSearch | None = None,
) -> bytes:
    """
    Read the encrypted preview of a case's media; that it was looked at is audited in the same transaction.

    A first look may be what a takedown lacked (`casework/policy/automation/trust.py`), and then it lacks it no longer.

    Args:
        case_id: The case.

        position: Of the media in it, from 0.

        actor: Who looks.

        uow: The transaction.

        why: For the audit log.

        again: Whether they had seen it, or its like, and asked for it once more; it is in the audit log, too.

        search: Over the `protected` collection, to judge anew what was held; without one, a worker does that.

    Raises:
        NotFoundError: If the case has no such media, it was sent as signals only, or its retention date has passed.
    """
    case = uow.cases.get(case_id)
    media = pictures_of(case, uow)
    shown = media[position] if 0 <= position < len(media) else None
    preview = None if shown is None else uow.media.preview(shown.id)
    if shown is None or preview is None:
        message = f"case {case.id} has no preview {position}: sent as signals only, or past its retention date"
        raise NotFoundError(message)
    once_more: dict[str, Field] = {"again": True} if again else {}
    record(uow, actor, MEDIA_VIEWED, case.id, position=position, why=_reason(case, actor, uow, why), **once_more)
    if actor.id not in uow.media_views.people([shown.id]).get(shown.id, set()):
        lock_takedowns(uow)
        uow.media_views.add(shown.id, actor.id, case.id)
        retrust_after_look(shown.id, case, uow, search)
    else:
        uow.media_views.add(shown.id, actor.id, case.id)
    return preview


def contact_is_on_record(case: Case, actor: Actor, uow: UnitOfWork) -> bool:
    """Tell whether a case is read without a new row: it names nobody, or this person read it within the hour."""
    report = uow.reports.of_case(case.id)
    if report is None or not (report.reporter.name or report.reporter.contact):
        return True
    return uow.audit.was_recorded(actor.id, CONTACT_VIEWED, case.id, since=uow.now - _AGAIN_AFTER)


def record_contact_view(case: Case, actor: Actor, uow: UnitOfWork, *, why: str | None = None) -> None:
    """Write down that this person is shown who filed the report, unless that was done within the hour."""
    if not contact_is_on_record(case, actor, uow):
        record(uow, actor, CONTACT_VIEWED, case.id, why=_reason(case, actor, uow, why))


def record_values_view(takedown: Takedown, actor: Actor, uow: UnitOfWork, *, why: str | None = None) -> None:
    """Write down that this person is shown the signal values of a takedown."""
    record(uow, actor, "takedown:values:viewed", takedown.id, why=why)


def _reason(case: Case, actor: Actor, uow: UnitOfWork, why: str | None) -> str | None:
    if why is not None:
        return why
    holds = case.claimed_by == actor.id and case.claimed_until is not None and uow.now < case.claimed_until
    return HOLDS_THE_CASE if holds else None
