"""`/v1/uploads`: a platform registers an upload and asks whether it may be published."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.auth import ServiceDep, allowed
from api.bodies import Body, only_file, parse, part, read_body
from api.bootstrap import Service
from api.deep import encrypted_rest, search_within_budget
from api.errors import BodyError
from api.exchange import Exchange, ExchangeDep
from api.intake import features_of_upload, hash_file, identity_of, of_signals, submitted
from api.openapi import multipart_body
from api.permissions import Permission
from api.schemas.cases import FactsIn
from api.schemas.media import MatchOut, MediaInfo, exchanged
from api.schemas.uploads import HashUpload, UploadAnswer, UploadIn, UploadView, VerdictName
from casework.domain.actor import Actor, Role
from casework.domain.upload import Upload
from casework.handlers.review import change_upload_facts
from casework.handlers.uploads import RegisteredUpload, RegisterUpload, register_upload
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.variants import Query

router = APIRouter(prefix="/v1/uploads", tags=["pipelines"])

Registering = Annotated[Actor, Depends(allowed(Permission.UPLOAD_REGISTER))]
Reading = Annotated[Actor, Depends(allowed(Permission.UPLOAD_READ))]


def sees_evidence(actor: Actor) -> bool:
    """Tell whether an actor may see distances: every person, and pipelines whose key is marked trusted."""
    return actor.trusted or actor.role is not Role.PIPELINE


@router.post(
    "",
    response_model=UploadAnswer,
    summary="Register an upload and match it",
    openapi_extra=multipart_body(UploadIn, part="upload", files="one", json_model=HashUpload),
)
def register(
    actor: Registering, exchange: ExchangeDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """
    Register an upload for look-back and match it against everything that was taken down.

    The answer is exact as of everything committed before the request began. The same `upload_id` with the same bytes
    answers the same; with other bytes it is refused with 409. Sent as JSON with its signals alone, the file never
    leaves the platform; the signals then stand for the bytes.
    """
    if not body.multipart:
        return _register_signals(actor, exchange, service, body)
    fields = part(body, "upload")
    upload = parse(UploadIn, fields, field="upload")
    data = only_file(body)
    hashed = hash_file(service, data, with_preview=True, features=features_of_upload(service, upload.depth))
    deep = search_within_budget(service, hashed.query)
    command = RegisterUpload(
        actor=actor,
        platform_id=upload.upload_id,
        uploader_id=upload.uploader_id,
        post_text=upload.post_text,
        url=upload.url,
        posted_at=upload.created_at,
        media=submitted(service, hashed, keep_preview=False),
        query=hashed.query,
        sha256=next(signal.value for signal in hashed.signals if signal.type == "sha256/1"),
        encrypted_preview=submitted(service, hashed, keep_preview=True).encrypted_preview,
        deep=deep,
        encrypted_features=encrypted_rest(service, hashed.query, deep),
    )

    def work(uow: SqlUnitOfWork) -> UploadAnswer:
        return _answer(register_upload(command, uow, service.replica), trusted=sees_evidence(actor))

    return exchange.once(actor, fields, work, files=[data])


def _register_signals(actor: Actor, exchange: Exchange, service: Service, body: Body) -> Response:
    given = parse(HashUpload, body.fields)
    media = of_signals([signal.to_signal() for signal in given.signals])
    if len(media) != 1:
        message = "one value of each signal type is expected: an upload is one piece of media"
        raise BodyError(message, field="signals")
    query = Query.of_signals(media[0].signals)
    query = query if given.upload.depth == "deep" else replace(query, features=None)
    deep = search_within_budget(service, query)
    command = RegisterUpload(
        actor=actor,
        platform_id=given.upload.upload_id,
        uploader_id=given.upload.uploader_id,
        post_text=given.upload.post_text,
        url=given.upload.url,
        posted_at=given.upload.created_at,
        media=media[0],
        query=query,
        sha256=identity_of(media[0].signals),
        encrypted_preview=None,
        deep=deep,
        encrypted_features=encrypted_rest(service, query, deep),
    )

    def work(uow: SqlUnitOfWork) -> UploadAnswer:
        return _answer(register_upload(command, uow, service.replica), trusted=sees_evidence(actor))

    return exchange.once(actor, body.fields, work)


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


def _answer(registered: RegisteredUpload, *, trusted: bool) -> UploadAnswer:
    upload = registered.upload
    return UploadAnswer(
        upload=upload.id,
        verdict=_verdict(upload),
        case_id=upload.case_id,
        matches=[MatchOut.of(match, trusted=trusted) for match in registered.matches],
        complete=registered.complete,
        index_version=upload.index_version,
        media=MediaInfo.of(registered.media),
        signals=exchanged(registered.media.signals, with_features=False),
    )


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
