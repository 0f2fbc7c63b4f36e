"""
`/console/settings/known-pairs`: pairs whose answer is known, made from decided cases or given as two files.

Invariant: of files that are given the drawings alone are kept; nothing is hashed into an index, and no case is opened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.arrivals.spool import IncomingFile
from api.console.administration.parts import KNOWN_PAIRS, show_part
from api.console.door import Visitor, read_sent, signed_in_with
from api.errors import BodyError, TooManyRequestsError
from api.http.auth import ServiceDep
from api.http.border.hanging_up import while_connected
from api.http.incoming.bodies import Body
from api.media.hashing import answer_about_file, hash_incoming
from api.security.permissions import Permission
from api.service import Service
from api.steps.drawings import both_sides_are_kept
from api.views.casework.people import People
from casework.domain.cases.known_pair import KnownPair, agreement
from casework.handlers.deciding.known_pairs import PlantDrawings, plant_case, plant_drawings, take_off_pair
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.learning.share import Share
from casework.steps.known_answers import still_holds
from matcher.comparing.drawings import draw_both
from matcher.errors import MediaError

router = APIRouter(include_in_schema=False)

Managing = Annotated[Visitor, Depends(signed_in_with(Permission.DECISION_APPROVE))]
Adding = Annotated[Visitor, Depends(signed_in_with(Permission.DECISION_APPROVE, with_files=True))]
Sent = Annotated[Body, Depends(read_sent)]

_ROWS: Final = 50
_FILES: Final = 2
_COUNTED: Final = timedelta(days=365)
_MOST: Final = 5_000
_KNOWN: Final = {"copy": True, "no_copy": False}
_DRAWN: Final = frozenset({"original", "copy", "difference"})


@dataclass(frozen=True, slots=True)
class PairRow:
    """
    A pair in the list.

    Args:
        pair: It.

        added_by: Who planted it, by name.

        agreed: What people said of it in a year, where they could tell.

        shown: Whether people are asked about it: its pictures are kept, and what is known still stands.
    """

    pair: KnownPair
    added_by: str
    agreed: Share
    shown: bool


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
        if len(body.files) != _FILES:
            message = f"two pictures are expected, the removed one and the uploaded one, not {len(body.files)}"
            raise BodyError(message, field="media")
        original, copy = [await _preview(request, visitor, service, one) for one in body.files]
    except (BodyError, MediaError, TooManyRequestsError) as error:
        return await run_in_threadpool(_shown, request, visitor, service, error=error)

    def work() -> None:
        drawn = dict(service.sandbox.run(draw_both, original, copy))
        kept = {name: drawing for name, drawing in drawn.items() if name in _DRAWN}
        with service.writing() as uow:
            plant_drawings(PlantDrawings(visitor.actor, kept, is_copy), uow)

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


async def _preview(request: Request, visitor: Visitor, service: Service, file: IncomingFile) -> bytes:
    """
    Decode a picture, and make it small.

    Raises:
        BodyError: If it is a video: of those nothing is drawn that could be compared.
        MediaError, TooManyRequestsError: As `hash_incoming` does.
    """
    if file.is_video:
        message = "two pictures are expected; a video is compared in its case"
        raise BodyError(message, field="media")
    hashed = await while_connected(
        request, lambda gone: hash_incoming(service, visitor.actor, file, given_up=gone, with_preview=True)
    )
    return hashed.preview or b""


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
        rows = _rows(pairs, uow)
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


def _rows(pairs: list[KnownPair], uow: SqlUnitOfWork) -> list[PairRow]:
    people = People(uow)
    since: datetime = uow.now - _COUNTED
    answers = uow.blind_looks.known_answers(since, limit=_MOST, pair_ids=[one.id for one in pairs])
    return [
        PairRow(
            pair=pair,
            added_by=people.named(pair.added_by).name,
            agreed=Share(*agreement(one for one in answers if one.pair_id == pair.id)),
            shown=_is_shown(pair, uow),
        )
        for pair in pairs
    ]


def _is_shown(pair: KnownPair, uow: SqlUnitOfWork) -> bool:
    return still_holds(pair, uow) and (pair.case_id is None or both_sides_are_kept(pair.case_id, uow))
