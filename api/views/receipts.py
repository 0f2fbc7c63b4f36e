"""What a receipt shows: how the report stands, in words for the one who filed it."""

from typing import Literal

from api.schemas.reports import InterimOut, Receipt, ReceiptAppeal, ReceiptView, ReportAnswer
from api.views.casework.hints import hints_of_report, hints_out
from api.views.casework.messages import message_out
from api.views.whereabouts import happened, searched, told
from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.message import waits_for_reporter
from casework.domain.cases.report import Report
from casework.handlers.reports.converse import missing_of
from casework.handlers.reports.intake import FiledReport
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.reports.next_steps import Step, what_is_next

_HOW_TO_APPEAL = (
    "POST /v1/receipts/{number}/appeal with your `grounds`; somebody who had no part in the decision looks at it "
    "again. It is free, and open for six months."
)

Outcome = Literal["removed", "kept", "withdrawn", "reinstated", "referred"]


def report_answer(filed: FiledReport) -> ReportAnswer:
    """Answer a report: this is the only time the receipt's secret is shown."""
    return ReportAnswer(
        report_id=filed.report.id,
        case_id=filed.report.case_id,
        receipt=Receipt(number=filed.report.receipt_number, secret=filed.receipt_secret),
        deadline=filed.report.deadline,
        missing=list(filed.missing),
        linked_takedown_id=filed.linked_takedown_id,
        hints=hints_out(hints_of_report(filed.report)),
        interim=None
        if filed.interim is None
        else InterimOut(takedown_id=filed.interim.id, ends_at=filed.interim.interim_until),
    )


def receipt_view(report: Report, uow: UnitOfWork) -> ReceiptView:
    """Show how a report stands to the holder of its receipt."""
    case, erasure = uow.cases.get(report.case_id), uow.erasures.of_scope(report.case_id)
    decisions = [one for one in uow.decisions.of_case(case.id) if one.state is not DecisionState.AWAITING_APPROVAL]
    messages = uow.messages.of_case(case.id)
    last = decisions[-1] if decisions else None
    decided = case.state is CaseState.DECIDED
    asked = case.is_open and waits_for_reporter(decisions, messages)
    following = what_is_next(report, case, uow)
    takedowns = uow.takedowns.of_case(case.id)
    found, sent = searched(takedowns, uow), told(takedowns, uow)
    return ReceiptView(
        number=report.receipt_number,
        state="decided" if decided else "information_requested" if asked else "open",
        outcome=_outcome(last) if decided and last is not None else None,
        reasons=_reasons(last),
        received_at=report.received_at,
        deadline=report.deadline,
        decided_at=last.decided_at if decided and last is not None else None,
        decision_id=last.id if decided and last is not None else None,
        missing=[] if erasure else list(missing_of(report, case.facts)),
        messages=[message_out(one, None) for one in messages],
        linked_takedown_id=case.linked_takedown_id,
        happened=[str(one) for one in happened(case, takedowns, found, sent)],
        searched=found,
        told=sent,
        how_to_appeal=_HOW_TO_APPEAL if Step.APPEAL in following else None,
        appeals=[
            ReceiptAppeal(by=appeal.by, state=appeal.state, decided_at=appeal.decided_at)
            for appeal in uow.appeals.of_case(case.id)
        ],
        erasure=None if erasure is None else erasure.state,
        next=[one.value for one in following],
    )


def _outcome(decision: Decision) -> Outcome:
    if decision.outcome is DecisionOutcome.REFER:
        return "referred"
    if decision.outcome is not DecisionOutcome.UPHOLD:
        return "kept"
    if decision.state is DecisionState.WITHDRAWN:
        return "withdrawn"
    return "reinstated" if decision.state is DecisionState.OVERTURNED else "removed"


def _reasons(decision: Decision | None) -> list[str]:
    """Return the policy's reasons where they were followed, else the reviewer's own."""
    if decision is None:
        return []
    asks = decision.outcome is DecisionOutcome.REQUEST_INFORMATION
    if asks and not decision.recommendation.outcome.startswith("REQUEST_"):
        return []  # nothing is decided, and why a question was asked is in the question
    if decision.override_reason:
        return [decision.override_reason]
    return list(decision.recommendation.reasons)
