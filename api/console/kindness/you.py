"""`/console/you`: what somebody chose for themselves, and what they were shown."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.door import Reading, Visitor
from api.console.statistics.known_pairs import own_agreement
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from api.security.people.accounts import choose
from casework.domain.exposure import Look
from casework.domain.people import Choices, Theme, Veil
from casework.handlers.deciding.look import MEDIA_VIEWED
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.learning.share import Share

router = Router(include_in_schema=False)

ADDRESS: Final = "/console/you"

_DAYS: Final = 7
_KNOWN: Final = timedelta(days=90)
_LATEST: Final = 15
_NO_LIMIT: Final = "none"
_PHOTOS: Final = ("10", "20", "40", "80", _NO_LIMIT)
_PAUSES: Final = ("5", "10", "20", "30")


@dataclass(frozen=True, slots=True)
class Ledger:
    """
    What somebody was shown.

    Args:
        days: How many photos on each of the last days, in UTC, today first.

        latest: The last ones, the latest first.

        looked: Of their decisions in these days, those before which they looked at a photo of the case.

        again: How many of these days' photos they had seen before, and asked for once more.

        rest_until: Until when no photo is shown; None where one may be.
    """

    days: list[tuple[str, int]]
    latest: list[Look]
    looked: Share
    again: int
    rest_until: datetime | None

    @property
    def most(self) -> int:
        """The most of a day; at least 1."""
        return max(1, *(count for _, count in self.days))


@router.get(ADDRESS)
def show_own_page(request: Request, visitor: Reading, service: ServiceDep) -> Response:
    """Show the visitor's choices, and their ledger."""
    with service.reading() as uow:
        ledger = ledger_of(visitor, uow)
        known = own_agreement(visitor.actor.id, uow.now - _KNOWN, uow)
    return page(
        request,
        "console/kindness/you.html",
        visitor=visitor,
        ledger=ledger,
        known=known,
        known_days=_KNOWN.days,
        themes=list(Theme),
        veils=list(Veil),
        photos=_PHOTOS,
        pauses=_PAUSES,
        chosen_photos=_NO_LIMIT if visitor.choices.photos is None else str(visitor.choices.photos),
    )


@router.post(ADDRESS)
def keep_choices(
    visitor: Reading,
    service: ServiceDep,
    theme: Annotated[Theme, Form()],
    veil: Annotated[Veil, Form()],
    photos: Annotated[Literal["10", "20", "40", "80", "none"], Form()],
    pause_minutes: Annotated[Literal["5", "10", "20", "30"], Form()],
) -> Response:
    """Keep what the visitor chose."""
    limit = None if photos == _NO_LIMIT else int(photos)
    choices = Choices(theme=theme, veil=veil, photos=limit, pause_minutes=int(pause_minutes))
    with service.writing() as uow:
        choose(uow, uow.people.get(visitor.who.person.id, lock=True), choices, actor=visitor.actor)
    return RedirectResponse(ADDRESS, status_code=303)


def ledger_of(visitor: Visitor, uow: SqlUnitOfWork) -> Ledger:
    """Read what somebody was shown in the last days."""
    today = uow.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=_DAYS - 1)
    looks = uow.audit.looks(visitor.actor.id, MEDIA_VIEWED, since=since)
    counts = Counter(f"{one.at.astimezone(UTC):%Y-%m-%d}" for one in looks)
    days = [f"{today - timedelta(days=number):%Y-%m-%d}" for number in range(_DAYS)]
    return Ledger(
        days=[(day, counts[day]) for day in days],
        latest=looks[: -_LATEST - 1 : -1],
        looked=uow.statistics.looked(since, person_id=visitor.actor.id),
        again=sum(one.again for one in looks),
        rest_until=visitor.choices.budget.rest_until((one.at for one in looks), uow.now),
    )
