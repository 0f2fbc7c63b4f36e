"""`/v1/uploads`: a platform registers an upload and asks whether it may be published."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from starlette.concurrency import run_in_threadpool

from api.auth import ServiceDep, allowed
from api.bodies import Body, only_file, parse, part, read_body
from api.exchange import ExchangeDep
from api.intake import hash_incoming
from api.jobs import accept, is_long
from api.media_work import registering
from api.openapi import multipart_body
from api.permissions import Permission
from api.schemas.cases import FactsIn
from api.schemas.jobs import JobView
from api.schemas.uploads import UploadAnswer, UploadIn, UploadView, VerdictName
from casework.domain.actor import Actor
from casework.domain.upload import Upload
from casework.handlers.review import change_upload_facts
from casework.persistence.unit_of_work import SqlUnitOfWork

router = APIRouter(prefix="/v1/uploads", tags=["pipelines"])

Registering = Annotated[Actor, Depends(allowed(Permission.UPLOAD_REGISTER))]
Reading = Annotated[Actor, Depends(allowed(Permission.UPLOAD_READ))]


@router.post(
    "",
    response_model=UploadAnswer,
    responses={202: {"model": JobView}},
    summary="Register an upload and match it",
    openapi_extra=multipart_body(UploadIn, part="upload", files="one"),
)
async def register(
    actor: Registering, exchange: ExchangeDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """
    Register an upload for look-back and match it against everything that was taken down.

    The answer is exact as of everything committed before the request began. The same `upload_id` with the same bytes
    answers the same; with other bytes it is refused with 409. A long video is answered 202 with an address to ask
    again.
    """
    fields = part(body, "upload")
    parse(UploadIn, fields, field="upload")
    file = only_file(body)
    if is_long(service, file):
        return await accept(service, exchange, actor, "uploads", fields, file)
    hashed = await hash_incoming(service, file, with_preview=True)
    work = registering(service, actor, fields, hashed)
    return await run_in_threadpool(exchange.once, actor, fields, work, digests=body.digests)


@router.get("/{upload}", response_model=UploadView, summary="Read an upload as it stands now")
def read(upload: str, _: Reading, service: ServiceDep) -> UploadView:
    """Read a registered upload: its verdict may have changed since, by a decision or a reversal."""
    with service.reading() as uow:
        return _view(uow.uploads.get(upload))


@router.patch("/{upload}", response_model=UploadView, summary="Add facts of the post")
def change(upload: str, facts: FactsIn, actor: Registering, exchange: ExchangeDep) -> Response:
    """Add what became known about the post; an open case of its match learns it too."""

    def work(uow: SqlUnitOfWork) -> UploadView:
        return _view(change_upload_facts(upload, facts.facts, actor, uow))

    return exchange.once(actor, facts.model_dump(), work)


def _view(upload: Upload) -> UploadView:
    return UploadView(
        upload=upload.id,
        upload_id=upload.platform_id,
        uploader_id=upload.uploader_id,
        url=upload.url,
        verdict=_verdict(upload),
        case_id=upload.case_id,
        registered_at=upload.registered_at,
        facts=upload.facts,
    )


def _verdict(upload: Upload) -> VerdictName:
    verdict: VerdictName = upload.verdict  # type: ignore[assignment]  # stored from `Verdict`, which has these three
    return verdict
