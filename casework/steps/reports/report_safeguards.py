"""What a new report is measured for: a campaign against its target, a reporter whose reports were mostly rejected."""

from dataclasses import replace

from casework.domain.actor import policy_actor
from casework.domain.cases.case import Queue
from casework.domain.cases.report import Report
from casework.domain.ids import CaseId
from casework.policy import POLICY_VERSION
from casework.policy.automation.safeguards import CAMPAIGN_WINDOW, campaign_reason, false_reporter_notice
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_down.interim import end_interim_of


def notice_about_reporter(report: Report, uow: UnitOfWork) -> str | None:
    """Return what the reviewer should know of the reporter's earlier reports, or None."""
    if report.reporter_key is None:
        return None
    return false_reporter_notice(uow.reports.history(report.reporter_key))


def gather_campaign(report: Report, uow: UnitOfWork) -> None:
    """If a report, now stored, completes a campaign, move every open case about its target into that queue."""
    if report.target is None:
        return
    since = uow.now - CAMPAIGN_WINDOW
    reason = campaign_reason(uow.reports.pattern(report.target, since=since))
    if reason is None:
        return
    lock_takedowns(uow)  # before any case: what is restricted until a person decides ends with it
    for case_id in uow.reports.cases_about(report.target, since=since):
        _move(case_id, reason, uow)


def _move(case_id: CaseId, reason: str, uow: UnitOfWork) -> None:
    case = uow.cases.get(case_id, lock=True)
    if not case.is_open or case.queue in (Queue.CAMPAIGNS, Queue.MINORS):
        return
    uow.cases.update(replace(case, queue=Queue.CAMPAIGNS, note=" ".join(filter(None, (case.note, reason)))))
    record(uow, policy_actor(POLICY_VERSION), "case:campaign", case.id)
    end_interim_of(case.id, policy_actor(POLICY_VERSION), "the report looks like part of a campaign", uow)
