"""`/v1/reports` and `/v1/receipts`: filing a report and following it."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Body as JsonBody
from fastapi import Depends, Response

from api.http.auth import OfReceipt, ServiceDep, allowed_or_public
from api.http.incoming.bodies import Body, parse, part, read_body
from api.http.openapi import multipart_body
from api.http.repeats.idempotent import IdempotentDep, json_response
from api.http.routers import Router
from api.schemas.casework.appeals import AppealOut, ReceiptAppealIn
from api.schemas.media import SignalIn
from api.schemas.reports import HashReport, ReceiptView, ReceiptWithdrawIn, ReportAnswer, ReportIn
from api.security.permissions import Permission
from api.steps.notices import take_in_report
from api.views.appeals import appeal_out
from api.views.receipts import receipt_view
from casework.domain.actor import Actor
from casework.domain.cases.appeal import AppealBy
from casework.handlers.standing.appeals import FileAppeal, file_appeal
from casework.handlers.standing.reverse import withdraw_report
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.reports.next_steps import decision_to_appeal
from casework.steps.taking_back.reversal import holder_of

router = Router(prefix="/v1", tags=["reports"])

NO_REASON: Final = ReceiptWithdrawIn()
WITHDRAWN_WITHOUT_REASON: Final = "withdrawn with the receipt, without a reason"

Filing = Annotated[Actor, Depends(allowed_or_public(Permission.REPORT_FILE))]


@router.post(
    "/reports",
    response_model=ReportAnswer,
    status_code=201,
    summary="Report private media shared without consent",
    openapi_extra=multipart_body(ReportIn, part="report", files="many", json_model=HashReport),
)
async def file(actor: Filing, request: IdempotentDep, body: Annotated[Body, Depends(read_body)]) -> Response:
    """
    File a report with media, or with signals alone so that the media never leaves the person's device.

    Neither is needed where the wrong is in the words (a threat, a bounty, a demand for money, credentials, private
    information: say so in `conduct`), or where `content.upload_id` names a registered upload, whose media it then is.
    An incomplete report is taken in and says what is missing. The clock of 48 hours runs from receipt. Where the policy
    says "restricted at once", `interim` names the takedown that holds copies, and the upload that the report names,
    until a person has decided: no request that starts after this answer misses it.
    """
    report, signals = _read_report(body)
    return json_response(await take_in_report(request, actor, report, body, signals=signals))


@router.get("/receipts/{number}", summary="Follow a report")
def follow(report: OfReceipt, service: ServiceDep) -> ReceiptView:
    """Tell the reporter how the report stands, why, and how to appeal; no key is needed, only the receipt."""
    with service.reading() as uow:
        return receipt_view(report, uow)


@router.post("/receipts/{number}/withdraw", response_model=ReceiptView, summary="Withdraw a report")
def withdraw(
    report: OfReceipt, request: IdempotentDep, withdrawal: Annotated[ReceiptWithdrawIn, JsonBody()] = NO_REASON
) -> Response:
    """
    Withdraw as the person depicted, with the receipt alone.

    Once this is answered nothing of the takedown matches any more, what it held or blocked is reinstated, and every
    system that was sent the takedown is sent its reversal. A report that nobody decided yet is closed.
    """

    def work(uow: SqlUnitOfWork) -> ReceiptView:
        withdraw_report(report, withdrawal.reason or WITHDRAWN_WITHOUT_REASON, uow)
        return receipt_view(report, uow)

    return request.once(holder_of(report), withdrawal.model_dump(), work)


@router.post("/receipts/{number}/appeal", response_model=AppealOut, status_code=201, summary="Appeal as the reporter")
def appeal(report: OfReceipt, appeal: ReceiptAppealIn, request: IdempotentDep) -> Response:
    """Have the last decision about a report looked at again, by somebody who had no part in it."""
    holder = holder_of(report)

    def work(uow: SqlUnitOfWork) -> AppealOut:
        decision = decision_to_appeal(report, uow)
        return appeal_out(file_appeal(FileAppeal(decision.id, AppealBy.REPORTER, appeal.grounds, holder), uow))

    return request.once(holder, appeal.model_dump(), work, status=201)


def _read_report(body: Body) -> tuple[ReportIn, Sequence[SignalIn]]:
    """Return the report and, where it came without files, its signals as they were sent."""
    if not body.multipart:
        given = parse(HashReport, body.fields)
        return given.report, given.signals
    return parse(ReportIn, part(body, "report"), field="report"), ()
