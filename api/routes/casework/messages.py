"""Messages: a moderator writes to who reported, who answers with the receipt and adds what is missing."""

from typing import Annotated, Final

from fastapi import Depends, Response

from api.errors import BodyError
from api.http.auth import OfReceipt, allowed
from api.http.incoming.bodies import Body, json_object, parse, part, read_body
from api.http.openapi import multipart_body
from api.http.repeats.idempotent import IdempotentDep, json_response
from api.http.routers import Router
from api.schemas.casework.messages import AnswerIn, MessageIn, MessageOut
from api.schemas.reports import ReceiptView
from api.security.permissions import Permission
from api.steps.notices import take_in_answer
from api.views.casework.messages import message_out
from api.views.casework.people import People
from casework.domain.actor import Actor
from casework.handlers.reports.converse import message_reporter
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(prefix="/v1", tags=["cases"])

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
async def answer(report: OfReceipt, request: IdempotentDep, body: Annotated[Body, Depends(read_body)]) -> Response:
    """
    Answer with the receipt alone: words, facts, files, a signature, a mandate, where the post is.

    The case moves on by itself. An answer that completes the notice starts the 48 hours, and one with which the policy
    says "restricted at once" holds copies from then on. An upheld report whose notice keeps copies from being blocked
    takes what it lacks; `next` says whether answers are taken.
    """
    return json_response(await take_in_answer(request, report, _read_answer(body), body))


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
