"""`/console/settings/known-pairs`: pairs whose answer is known, made from decided cases or given as two files."""

from typing import Annotated, Final

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.console.administration.parts import KNOWN_PAIRS, show_part
from api.console.door import Visitor, read_sent, signed_in_with
from api.errors import BodyError, TooManyRequestsError
from api.http.auth import ServiceDep
from api.http.incoming.bodies import Body
from api.http.routers import Router
from api.media.hashing import answer_about_file
from api.security.permissions import Permission
from api.service import Service
from api.steps.known_pairs import draw_given, pairs_in_list
from casework.handlers.deciding.known_pairs import PlantDrawings, plant_case, plant_drawings, take_off_pair
from matcher.errors import MediaError

router = Router(include_in_schema=False)

Managing = Annotated[Visitor, Depends(signed_in_with(Permission.DECISION_APPROVE))]
Adding = Annotated[Visitor, Depends(signed_in_with(Permission.DECISION_APPROVE, with_files=True))]
Sent = Annotated[Body, Depends(read_sent)]

_ROWS: Final = 50
_KNOWN: Final = {"copy": True, "no_copy": False}


@router.get(KNOWN_PAIRS.address)
def list_pairs(
    request: Request,
    visitor: Managing,
    service: ServiceDep,
    after: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """List what is planted."""
    return _shown(request, visitor, service, after=after)


@router.post(KNOWN_PAIRS.address)
async def plant_files(request: Request, visitor: Adding, service: ServiceDep, body: Sent) -> Response:
    """Plant two pictures: they are drawn, and forgotten."""
    try:
        is_copy = _known(body)
        drawings = await draw_given(request, service, visitor.actor, body.files)
    except (BodyError, MediaError, TooManyRequestsError) as error:
        return await run_in_threadpool(_shown, request, visitor, service, error=error)

    def work() -> None:
        with service.writing() as uow:
            plant_drawings(PlantDrawings(visitor.actor, drawings, is_copy), uow)

    await answer_about_file(service, work)
    return RedirectResponse(KNOWN_PAIRS.address, status_code=303)


@router.post(f"{KNOWN_PAIRS.address}/of-case")
def plant_a_case(
    visitor: Managing, service: ServiceDep, case_id: Annotated[str, Form(min_length=1, max_length=40)]
) -> Response:
    """Plant the pictures of a decided case."""
    with service.writing() as uow:
        plant_case(case_id, visitor.actor, uow)
    return RedirectResponse(KNOWN_PAIRS.address, status_code=303)


@router.post(f"{KNOWN_PAIRS.address}/{{pair_id}}/remove")
def take_off(pair_id: str, visitor: Managing, service: ServiceDep) -> Response:
    """Ask nobody about a pair any more."""
    with service.writing() as uow:
        take_off_pair(pair_id, visitor.actor, uow)
    return RedirectResponse(KNOWN_PAIRS.address, status_code=303)


def _known(body: Body) -> bool:
    said = str(body.fields.get("known", ""))
    if said not in _KNOWN:
        message = "say whether the second picture is a copy of the first"
        raise BodyError(message, field="known")
    return _KNOWN[said]


def _shown(
    request: Request,
    visitor: Visitor,
    service: Service,
    *,
    after: str | None = None,
    error: Exception | None = None,
) -> Response:
    with service.reading() as uow:
        pairs, following = uow.known_pairs.listed(after=after, limit=_ROWS)
        rows = pairs_in_list(pairs, uow)
    return show_part(
        request,
        KNOWN_PAIRS,
        visitor,
        error=error,
        rows=rows,
        percent=service.settings.known_pair_percent,
        first=KNOWN_PAIRS.address if after is not None else None,
        following=following and f"{KNOWN_PAIRS.address}?after={following}",
    )
