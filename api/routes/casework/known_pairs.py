"""`/v1/known-pairs`: pairs of pictures whose answer is known, which show how often people see what is there."""

from typing import Annotated

from fastapi import Depends, Response
from starlette.concurrency import run_in_threadpool

from api.http.auth import ServiceDep, allowed
from api.http.incoming.bodies import Body, parse, part, read_body
from api.http.openapi import multipart_body
from api.http.paging import After, Limit
from api.http.repeats.idempotent import IdempotentDep, json_response
from api.http.routers import Router
from api.media.hashing import answer_about_file
from api.schemas.casework.known_pairs import AgreedOut, KnownCaseIn, KnownPairIn, KnownPairOut, KnownPairPage
from api.security.permissions import Permission
from api.steps.known_pairs import PairInList, draw_given, pairs_in_list
from casework.domain.actor import Actor
from casework.domain.cases.known_pair import KnownPair
from casework.handlers.deciding.known_pairs import PlantDrawings, plant_case, plant_drawings, take_off_pair
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(prefix="/v1/known-pairs", tags=["cases"])

Managing = Annotated[Actor, Depends(allowed(Permission.DECISION_APPROVE))]

_PART = "known_pair"


@router.post(
    "",
    response_model=KnownPairOut,
    status_code=201,
    summary="Plant a known pair",
    openapi_extra=multipart_body(KnownPairIn, part=_PART, files="two", json_model=KnownCaseIn),
)
async def plant(
    actor: Managing, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """
    Have people asked now and then about two pictures, or about those of a decided case.

    Of two pictures, the removed one and the uploaded one, line drawings alone are kept. Of a case nothing is copied: it
    is shown for as long as its pictures are kept and its decision stands. A case that was planted before is answered
    with the pair there is.
    """
    if not body.multipart:
        case_id = parse(KnownCaseIn, body.fields).case_id
        return await run_in_threadpool(
            request.once, actor, body.fields, lambda uow: _out(plant_case(case_id, actor, uow), uow), status=201
        )
    fields = part(body, _PART)
    is_copy = parse(KnownPairIn, fields, field=_PART).is_copy
    earlier = await run_in_threadpool(request.earlier_answer, actor, fields, digests=body.digests)
    if earlier is not None:
        return json_response(earlier)
    drawings = await draw_given(body.request, service, actor, body.files)

    def work(uow: SqlUnitOfWork) -> KnownPairOut:
        return _out(plant_drawings(PlantDrawings(actor, drawings, is_copy), uow), uow)

    return await answer_about_file(service, request.once, actor, fields, work, digests=body.digests, status=201)


@router.get("", summary="List known pairs")
def list_planted(_: Managing, service: ServiceDep, limit: Limit = 50, after: After = None) -> KnownPairPage:
    """List pairs that people may be asked about, by age. Who decides cases does not see which these are."""
    with service.reading() as uow:
        pairs, following = uow.known_pairs.listed(after=after, limit=limit)
        return KnownPairPage(items=[_shown(one) for one in pairs_in_list(pairs, uow)], next=following)


@router.delete("/{pair_id}", response_model=KnownPairOut, summary="Take a known pair off")
def take_off(pair_id: str, actor: Managing, request: IdempotentDep) -> Response:
    """Ask nobody about a pair any more; its drawings are erased, what was answered stays."""
    return request.once(actor, {}, lambda uow: _out(take_off_pair(pair_id, actor, uow), uow))


def _out(pair: KnownPair, uow: SqlUnitOfWork) -> KnownPairOut:
    (shown,) = pairs_in_list([pair], uow)
    return _shown(shown)


def _shown(listed: PairInList) -> KnownPairOut:
    pair = listed.pair
    return KnownPairOut(
        id=pair.id,
        is_copy=pair.is_copy,
        case_id=pair.case_id,
        shown=listed.shown,
        agreed=AgreedOut(answers=listed.agreed.of, right=listed.agreed.found),
        added_by=listed.added_by,
        added_at=pair.added_at,
        removed_at=pair.removed_at,
    )
