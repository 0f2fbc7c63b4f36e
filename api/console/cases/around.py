"""
What stands around a case: other cases of its takedown, earlier cases of whoever posted it, what is lacking for trust,
and what upholding it would hit.

Invariant: nothing is decided or written here, and nothing counted that the API would not count the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.console.door import HOME, Visitor
from api.console.waiting.asked import ANY_STATE, Asked
from api.console.waiting.listing import QueueRow, queue_rows
from api.media.deep import foresee_within_budget
from api.schemas.casework.cases import CaseView
from api.service import Service
from casework.domain.cases.case import Case
from casework.domain.cases.decision import BlastRadius
from casework.domain.cases.listing import Order
from casework.domain.takedowns.trust import Lack
from casework.ports.unit_of_work import UnitOfWork

_SHOWN: Final = 5

REMEDIES: Final[Mapping[Lack, str]] = {
    Lack.SIGNATURE: "Ask the reporter; they sign with their receipt.",
    Lack.STATEMENTS: "Ask the reporter; they state it with their receipt.",
    Lack.KNOWN_REPORTER: "Ask the reporter for a contact, or verify the mandate in the facts.",
    Lack.LOOK: "Look at the photo, before the decision or after it.",
    Lack.CONFIRMED_COPY: "Look at the first copy that is held, and uphold its case.",
}
"""How each thing that is lacking is lifted, in the words of these pages."""


@dataclass(frozen=True, slots=True)
class Others:
    """
    Cases that have something in common with the one that is shown.

    Args:
        rows: A few of them, the newest first.

        address: Of the list of all; None where these are all.
    """

    rows: list[QueueRow]
    address: str | None


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing that is lacking before copies are blocked by themselves."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Radius:
    """
    What upholding a case would hit.

    Args:
        uploads: Earlier uploads.

        uploaders: People who posted them.

        complete: Whether each was compared.

        known: Whether they could be searched at all.

        needs_second: Whether a second person then has to agree.
    """

    uploads: int
    uploaders: int
    complete: bool
    known: bool
    needs_second: bool


def of_takedown(case: Case, visitor: Visitor, uow: UnitOfWork) -> Others | None:
    """Show other cases about copies of the takedown a case asks about; None where it asks about none."""
    return None if case.takedown_id is None else _others(case, Asked(takedown_id=case.takedown_id), visitor, uow)


def of_uploader(case: Case, view: CaseView, visitor: Visitor, uow: UnitOfWork) -> Others | None:
    """Show other cases about posts of the same account; None where nobody knows which."""
    known = (view.upload, view.named_upload, view.report)
    uploader = next((one.uploader_id for one in known if one is not None and one.uploader_id), None)
    return None if uploader is None else _others(case, Asked(uploader_id=uploader), visitor, uow)


def lacking(view: CaseView) -> list[Lacking]:
    """Say what is lacking before copies are blocked by themselves, and how it is lifted here."""
    return [Lacking(one.reason, REMEDIES[one.what]) for one in view.trust.lacks]


def radius_of(case_id: str, service: Service) -> Radius:
    """
    Count what upholding a case would hit, within the budget that deciding has.

    Raises:
        NotFoundError: If there is no such case.
    """
    found: BlastRadius = foresee_within_budget(service, case_id).blast_radius
    above = found.uploads > service.limits.uploads or found.uploaders > service.limits.uploaders
    return Radius(found.uploads, found.uploaders, found.complete, found.known, needs_second=above or not found.known)


def _others(case: Case, alike: Asked, visitor: Visitor, uow: UnitOfWork) -> Others:
    asked = Asked(takedown_id=alike.takedown_id, uploader_id=alike.uploader_id, state=ANY_STATE, order=Order.NEWEST)
    found, following = asked.page(visitor.actor, uow, after=None, limit=_SHOWN + 1)
    others = [one for one in found if one.id != case.id]
    more = following is not None or len(others) > _SHOWN
    return Others(queue_rows(others[:_SHOWN], visitor.actor, uow), f"{HOME}{asked.query}" if more else None)
