"""`/v1/reports` and `/v1/receipts`: filing a report and following it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from starlette.concurrency import run_in_threadpool

from api.http.auth import OfReceipt, ServiceDep, allowed_or_public
from api.http.bodies import Body, parse, part, read_body
from api.http.hanging_up import while_connected
from api.http.idempotent import IdempotentDep, json_response
from api.http.openapi import multipart_body
from api.media.hashing import answer_about_file, hash_incoming, of_signals, submitted
from api.schemas.cases import WithdrawIn
from api.schemas.media import SignalIn
from api.schemas.reports import HashReport, ReceiptView, ReportAnswer, ReportIn
from api.security.permissions import Permission
from api.service import Service
from api.views.receipts import receipt_view, report_answer
from casework.domain.actor import Actor, Role
from casework.domain.media import SubmittedMedia
from casework.handlers.intake import file_report
from casework.handlers.reverse import withdraw_report
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.hashing.features import Features
from matcher.reading.keyframes import REFERENCE
from matcher.sandbox.hasher import GivenUp

router = APIRouter(prefix="/v1", tags=["reports"])

Filing = Annotated[Actor, Depends(allowed_or_public(Permission.REPORT_FILE))]


@router.post(
    "/reports",
    response_model=ReportAnswer,
    status_code=201,
    summary="Report private media shared without consent",
    openapi_extra=multipart_body(ReportIn, part="report", files="many", json_model=HashReport),
)
async def file(
    actor: Filing, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """
    File a report with media, or with signals alone so that the media never leaves the person's device.

    Neither is needed where the wrong is in the words (a threat, a bounty, a demand for money, credentials, private
    information: say so in `conduct`), or where `content.upload_id` names a registered upload, whose media it then is.
    An incomplete report is taken in and says what is missing. The clock of 48 hours runs from receipt.
    """
    report, signals = _read_report(body)
    earlier = await run_in_threadpool(request.earlier_answer, actor, body.fields, digests=body.digests)
    if earlier is not None:
        return json_response(earlier)
    if body.multipart:
        media = await while_connected(body.request, lambda gone: _hashed(service, actor, body, gone))
    else:
        media = await run_in_threadpool(_stated, service, signals)

    def work(uow: SqlUnitOfWork) -> ReportAnswer:
        return report_answer(file_report(report.to_command(actor=actor, media=media), uow))

    if not body.multipart:
        return await run_in_threadpool(request.once, actor, body.fields, work, status=201)
    return await answer_about_file(service, request.once, actor, body.fields, work, digests=body.digests, status=201)


@router.get("/receipts/{number}", summary="Follow a report")
def follow(report: OfReceipt, service: ServiceDep) -> ReceiptView:
    """Tell the reporter how the report stands, why, and how to appeal; no key is needed, only the receipt."""
    with service.reading() as uow:
        return receipt_view(report, uow)


@router.post("/receipts/{number}/withdraw", response_model=ReceiptView, summary="Withdraw a report")
def withdraw(report: OfReceipt, withdrawal: WithdrawIn, request: IdempotentDep) -> Response:
    """
    Withdraw as the person depicted, with the receipt alone.

    Once this is answered nothing of the takedown matches any more, what it held or blocked is reinstated, and every
    system that was sent the takedown is sent its reversal. A report that nobody decided yet is closed.
    """
    holder = Actor(id=f"receipt:{report.receipt_number}", name="holder of the receipt", role=Role.PUBLIC)

    def work(uow: SqlUnitOfWork) -> ReceiptView:
        withdraw_report(report, withdrawal.reason, uow)
        return receipt_view(report, uow)

    return request.once(holder, withdrawal.model_dump(), work)


def _read_report(body: Body) -> tuple[ReportIn, Sequence[SignalIn]]:
    """Return the report and, where it came without files, its signals as they were sent."""
    if not body.multipart:
        given = parse(HashReport, body.fields)
        return given.report, given.signals
    return parse(ReportIn, part(body, "report"), field="report"), ()


def _stated(service: Service, signals: Sequence[SignalIn]) -> tuple[SubmittedMedia, ...]:
    return of_signals(service, [signal.to_signal() for signal in signals])


async def _hashed(service: Service, actor: Actor, body: Body, gone: GivenUp) -> tuple[SubmittedMedia, ...]:
    hashed = [
        await hash_incoming(
            service, actor, one, given_up=gone, with_preview=True, features=Features.STORED, pace=REFERENCE
        )
        for one in body.files
    ]
    return tuple(submitted(service, one, keep_preview=True) for one in hashed)
