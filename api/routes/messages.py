"""Messages: a moderator writes to who reported, who answers with the receipt and adds what is missing."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from starlette.concurrency import run_in_threadpool

from api.errors import BodyError
from api.http.auth import OfReceipt, ServiceDep, allowed
from api.http.bodies import Body, json_object, parse, part, read_body
from api.http.hanging_up import while_connected
from api.http.idempotent import IdempotentDep, json_response
from api.http.openapi import multipart_body
from api.media.hashing import answer_about_file, hash_report
from api.media.known import known_before
from api.schemas.messages import AnswerIn, MessageIn, MessageOut
from api.schemas.reports import ReceiptView
from api.security.permissions import Permission
from api.service import Service
from api.views.messages import message_out
from api.views.people import People
from api.views.receipts import receipt_view
from casework.domain.actor import PUBLIC, Actor
from casework.domain.cases.report import Report
from casework.handlers.converse import answer_as_reporter, message_reporter, require_answerable
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.reversal import holder_of

router = APIRouter(prefix="/v1", tags=["cases"])

Working = Annotated[Actor, Depends(allowed(Permission.CASE_WORK))]

_OBJECTS: Final = ("facts", "statement", "reporter", "content")
"""Parts of a form that are JSON; `text` is as it is."""


@router.post(
    "/cases/{case_id}/messages", response_model=MessageOut, status_code=201, summary="Write to who filed the report"
)
def write(case_id: str, message: MessageIn, actor: Working, request: IdempotentDep) -> Response:
    """Write to the reporter, who reads it with the receipt. To ask for information, decide `request_information`."""

    def work(uow: SqlUnitOfWork) -> MessageOut:
        return message_out(message_reporter(case_id, message.text, actor, uow), People(uow))

    return request.once(actor, message.model_dump(), work, status=201)


@router.post(
    "/receipts/{number}/messages",
    response_model=ReceiptView,
    status_code=201,
    summary="Answer, and add what is missing",
    tags=["reports"],
    openapi_extra=multipart_body(AnswerIn, part="message", files="many", json_model=AnswerIn),
)
async def answer(
    report: OfReceipt, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """
    Answer with the receipt alone: words, facts, files, a signature, a mandate, where the post is.

    The case moves on by itself. An answer that completes the notice starts the 48 hours; `next` says whether answers
    are taken.
    """
    given = _read_answer(body)
    holder = holder_of(report)
    earlier = await run_in_threadpool(request.earlier_answer, holder, body.fields, digests=body.digests)
    if earlier is not None:
        return json_response(earlier)
    await run_in_threadpool(_refuse_in_vain, service, report)
    # Whoever holds receipts shares one place in the queue for decoders, as the public form does.
    media = await while_connected(body.request, lambda gone: hash_report(service, PUBLIC, body.files, gone))
    linked = await run_in_threadpool(known_before, service, media)
    command = given.to_command(report, media, linked)

    def work(uow: SqlUnitOfWork) -> ReceiptView:
        answer_as_reporter(command, uow)
        return receipt_view(uow.reports.get(report.id), uow)

    return await answer_about_file(service, request.once, holder, body.fields, work, digests=body.digests, status=201)


def _refuse_in_vain(service: Service, report: Report) -> None:
    """Refuse before anything is decoded what would be refused afterwards."""
    with service.reading() as uow:
        require_answerable(report, uow)


def _read_answer(body: Body) -> AnswerIn:
    if not body.multipart:
        given = parse(AnswerIn, body.fields)
    elif "message" in body.fields:
        given = parse(AnswerIn, part(body, "message"), field="message")
    else:
        given = parse(AnswerIn, {name: _field(name, value) for name, value in body.fields.items()})
    if given.is_empty and not body.files:
        message = "say something in `text`, send files in `media`, or add facts or what the notice lacks"
        raise BodyError(message, field="text")
    return given


def _field(name: str, value: object) -> object:
    return json_object(value, field=name) if name in _OBJECTS and isinstance(value, str) else value
