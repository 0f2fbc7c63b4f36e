"""`/v1/case-groups` and `/v1/cases/decisions`: cases that are alike, and deciding many of them at once."""

from typing import Annotated

from fastapi import Depends, Query, Response

from api.http.auth import ServiceDep, allowed
from api.http.incoming.parameters import only_known_parameters
from api.http.paging import After, Limit
from api.http.repeats.idempotent import IdempotentDep, json_response
from api.http.routers import Router
from api.schemas.casework.case_lists import CaseGroupPage
from api.schemas.casework.decisions import DecisionsIn, DecisionsOut
from api.security.permissions import Permission
from api.steps.together import decide_together
from api.telemetry import span
from api.views.casework.case_rows import case_groups
from casework.domain.actor import Actor
from casework.domain.cases.listing import GroupBy

router = Router(prefix="/v1", tags=["cases"])

Reading = Annotated[Actor, Depends(allowed(Permission.CASE_READ))]
Deciding = Annotated[Actor, Depends(allowed(Permission.CASE_DECIDE))]


@router.get(
    "/case-groups", summary="List groups of open cases that are alike", dependencies=[Depends(only_known_parameters)]
)
def list_groups(
    actor: Reading,
    service: ServiceDep,
    by: Annotated[GroupBy, Query(description="What the cases of a group have in common.")] = GroupBy.TAKEDOWN,
    limit: Limit = 50,
    after: After = None,
) -> CaseGroupPage:
    """
    List groups of open cases about copies, that with the oldest deadline first.

    By `takedown` a group is of all copies of one takedown; by `evidence` of those that rest on one kind of evidence:
    how sure, which signals agree, and what was done. Whoever has looked at the `sample` knows what the others are.
    """
    with service.reading() as uow:
        groups, following = uow.cases.groups(by, after=after, limit=limit)
        return CaseGroupPage(items=case_groups(groups, actor, uow, size=service.sample.size), next=following)


@router.post("/cases/decisions", response_model=DecisionsOut, summary="Decide many cases at once")
def decide_many(decisions: DecisionsIn, actor: Deciding, request: IdempotentDep) -> Response:
    """
    Decide up to 500 cases alike, named by their ids or by their group.

    Each is decided by itself, as `POST /v1/cases/{id}/decision` would, and is answered by itself: with its decision, or
    with the problem that kept it from being decided. What is said in `facts` is recorded for each, but never against
    what is known of one post; a post whose own facts lead to another recommendation is left out and named. Where more
    than `STAYDOWN_SAMPLE_ABOVE` cases are decided, some of each takedown must have been looked at first: 409
    `sample-not-seen` with `to_look_at`. Stopped in the middle, a repeat under the same `Idempotency-Key` answers what
    was decided and decides what is left.
    """
    with span("decide together", outcome=decisions.outcome):
        return json_response(decide_together(request, actor, decisions))
