"""`/console/statistics`: how much, how fast, how right; and what another threshold would change."""

from typing import Annotated, Final, Literal

from fastapi import Depends, Query, Request, Response

from api.console.door import Visitor, signed_in_with
from api.console.statistics.charts import spans, volumes, whisker
from api.console.statistics.kept import KeptFigures
from api.console.statistics.known_pairs import KnownAgreement
from api.console.statistics.trying import Tried, thresholds_of, try_threshold
from api.console.tabs import ListTab
from api.errors import TooManyRequestsError
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from api.security.permissions import Permission
from api.service import Service
from api.views.casework.people import People
from casework.domain.errors import PolicyChangeError
from casework.policy.learning.share import Share

router = Router(include_in_schema=False)

ADDRESS: Final = "/console/statistics"

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.STATS_READ))]
Replaying = Annotated[Visitor, Depends(signed_in_with(Permission.POLICY_REPLAY))]

_PERIODS: Final = {7: "7 days", 30: "30 days", 90: "90 days"}


@router.get(ADDRESS)
def show_statistics(request: Request, visitor: Reading, days: Literal["7", "30", "90"] = "30") -> Response:
    """Show what was counted last; it is counted anew where that is some minutes ago."""
    return _shown(request, visitor, days=int(days))


@router.get(f"{ADDRESS}/thresholds")
def try_another(
    request: Request,
    visitor: Replaying,
    service: ServiceDep,
    signal: Annotated[str, Query(max_length=40)],
    value: Annotated[str, Query(max_length=20)],
) -> Response:
    """Say what would have come out otherwise under another threshold; nothing is changed."""
    try:
        tried = try_threshold(signal, value, service)
    except (PolicyChangeError, TooManyRequestsError) as error:
        status = 422 if isinstance(error, PolicyChangeError) else 429
        return _shown(request, visitor, days=30, problem=str(error), typed=(signal, value), status=status)
    return _shown(request, visitor, days=30, tried=tried, typed=(signal, value))


def _shown(
    request: Request,
    visitor: Visitor,
    *,
    days: int,
    tried: Tried | None = None,
    problem: str | None = None,
    typed: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    kept: KeptFigures = request.app.state.figures
    figures = kept.read(days)
    sees_people = visitor.may(Permission.DECISION_APPROVE)
    return page(
        request,
        "console/statistics/statistics.html",
        status=status,
        visitor=visitor,
        figures=figures,
        by_person=_named(figures.known, request.app.state.service) if figures is not None and sees_people else [],
        tabs=[ListTab(name, f"{ADDRESS}?days={one}", one == days) for one, name in _PERIODS.items()],
        volumes=None if figures is None else volumes(figures.days),
        spans=None if figures is None else spans(figures.spans),
        whisker=whisker,
        thresholds=thresholds_of(figures),
        tried=tried,
        problem=problem,
        typed=typed,
    )


def _named(known: KnownAgreement, service: Service) -> list[tuple[str, Share]]:
    """Name those who answered about known pairs, by name."""
    with service.reading() as uow:
        people = People(uow)
        named = [(people.named(person_id).name, share) for person_id, share in known.people]
    return sorted(named, key=lambda one: one[0].casefold())
