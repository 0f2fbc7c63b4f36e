"""`/v1/uploads`: a platform registers an upload and asks whether it may be published."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

from fastapi import Depends, Path, Response
from starlette.concurrency import run_in_threadpool

from api.errors import BodyError
from api.http.auth import ServiceDep, allowed
from api.http.border.hanging_up import while_connected
from api.http.incoming.bodies import Body, only_file, parse, part, read_body
from api.http.openapi import multipart_body
from api.http.repeats.idempotent import IdempotentDep, IdempotentRequest, json_response
from api.http.routers import Router
from api.media.answers import answer_file, features_asked, register_all, registering, registration
from api.media.hashing import answer_about_file, hash_incoming, is_long, of_signals
from api.media.untrusted import admit_file, require_files, sees_evidence
from api.routes.pipelines.accept import accept, file_response
from api.schemas.casework.cases import FactsIn
from api.schemas.operating.jobs import JobView
from api.schemas.uploads import HashUpload, UploadAnswer, UploadIn, UploadView
from api.security.permissions import Permission
from api.service import Service
from api.views.uploads import upload_view
from casework.domain.actor import Actor
from casework.domain.errors import NotFoundError
from casework.domain.media import SubmittedMedia
from casework.handlers.deciding.review import change_upload_facts
from casework.handlers.uploads import SEARCHED_BY_REGISTRATIONS
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.hashing.query import Query

router = Router(prefix="/v1/uploads", tags=["pipelines"])

Registering = Annotated[Actor, Depends(allowed(Permission.UPLOAD_REGISTER))]
Reading = Annotated[Actor, Depends(allowed(Permission.UPLOAD_READ))]
OurId = Annotated[
    str,
    Path(
        description="Our id of it, `upload` in the answer to its registration; not the platform's own `upload_id`.",
        examples=["upl_1KZ6Q0W7T4M8X2N5B9C3D7F1G"],
    ),
]


@router.post(
    "",
    response_model=UploadAnswer,
    responses={202: {"model": JobView}},
    summary="Register an upload and match it",
    openapi_extra=multipart_body(UploadIn, part="upload", files="one", json_model=HashUpload),
)
async def register(
    actor: Registering, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """
    Register an upload for look-back and match it against everything that was taken down.

    The answer is exact as of everything committed before the request began. The same `upload_id` with the same bytes
    answers the same; with other bytes, or where it is another pipeline's, it is refused with 409. Sent as JSON with
    its signals alone, by a key marked trusted, the file never leaves the platform; the signals then stand for the
    bytes. A long video is answered 202 with an address to ask again.
    """
    if not body.multipart:
        return await _register_signals(actor, request, service, body)
    fields = part(body, "upload")
    question = parse(UploadIn, fields, field="upload")
    file = only_file(body)
    admit_file(service, actor)
    if is_long(service, file):
        return await accept(service, request, actor, "uploads", fields, file)
    if request.is_repeatable:
        earlier = await run_in_threadpool(request.earlier_answer, actor, fields, digests=body.digests)
        if earlier is not None:
            return file_response(earlier)
    hashed = await while_connected(
        body.request,
        lambda gone: hash_incoming(
            service, actor, file, given_up=gone, with_preview=True, features=features_asked(service, question)
        ),
    )

    def answered() -> Response:
        work = answer_file(service, actor, question, hashed)
        done = request.do_once(actor, fields, work, digests=body.digests, searches=SEARCHED_BY_REGISTRATIONS)
        return file_response(done)

    return await answer_about_file(service, answered)


async def _register_signals(actor: Actor, request: IdempotentRequest, service: Service, body: Body) -> Response:
    """Register by hashes alone together with those that come at the same time; what takes longer in a thread."""
    trusted = sees_evidence(actor)
    if not trusted:
        await run_in_threadpool(require_files, service, actor)
    given, media, query = _asked_by_signals(service, body)
    if request.is_repeatable or not trusted or query.parts or query.video is not None:
        return await run_in_threadpool(_register_alone, actor, request, service, body, given, media, query)
    command = registration(service, actor, given.upload, media, query)
    answer = await service.registrations.answer(command, partial(register_all, service))
    return Response(answer, media_type="application/json")


def _asked_by_signals(service: Service, body: Body) -> tuple[HashUpload, SubmittedMedia, Query]:
    given = parse(HashUpload, body.fields)
    media = of_signals(service, [signal.to_signal() for signal in given.signals])
    if len(media) != 1:
        message = "one value of each signal type is expected: an upload is one piece of media"
        raise BodyError(message, field="signals")
    query = Query.of_signals(media[0].signals)
    return given, media[0], query if given.upload.depth == "deep" else query.without_parts()


def _register_alone(
    actor: Actor,
    request: IdempotentRequest,
    service: Service,
    body: Body,
    given: HashUpload,
    media: SubmittedMedia,
    query: Query,
) -> Response:
    earlier = request.earlier_answer(actor, body.fields)
    if earlier is not None:
        return json_response(earlier)
    work = registering(service, actor, given.upload, media, query)
    return request.once(actor, body.fields, work, searches=SEARCHED_BY_REGISTRATIONS)


@router.get("/{upload}", response_model=UploadView, summary="Read an upload as it stands now")
def read(upload: OurId, actor: Reading, service: ServiceDep) -> UploadView:
    """
    Read a registered upload: its verdict may have changed since. A pipeline reads its own and the operator's.

    Where it is restricted, `statement_of_reasons` is what its poster is owed, and `appeals` says how theirs stand.
    """
    with service.reading() as uow, _named_by_our_id():
        found = uow.uploads.get(upload)
        found.require_seen_by(actor)
        return upload_view(found, uow)


@router.patch("/{upload}", response_model=UploadView, summary="Add facts of the post")
def change(upload: OurId, facts: FactsIn, actor: Registering, request: IdempotentDep) -> Response:
    """Add what became known about the post, if it is yours; an open case of its match learns it too."""

    def work(uow: SqlUnitOfWork) -> UploadView:
        with _named_by_our_id():
            return upload_view(change_upload_facts(upload, facts.facts, actor, uow), uow)

    return request.once(actor, facts.model_dump(), work)


@contextmanager
def _named_by_our_id() -> Iterator[None]:
    """Say in the error about an unknown upload which of its two ids is meant."""
    try:
        yield
    except NotFoundError as error:
        message = f"{error}; give the `upload` that its registration answered (upl_…), not the platform's `upload_id`"
        raise NotFoundError(message) from error
