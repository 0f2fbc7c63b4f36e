"""
Taking a takedown back: a withdrawal, an overturned appeal, a mistake.

Reversal equals takedown: in one transaction the items leave the index, every upload that was held or blocked because of
it is let go (unless another standing takedown holds it), and downstream is sent events. Where that is many uploads, the
transaction asks a worker to let them go, a batch at a time.
"""

from dataclasses import dataclass, replace

from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import Appeal, AppealBy, AppealOutcome, AppealState
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import BlastRadius, Decision, DecisionOutcome, DecisionState
from casework.domain.cases.report import RESPONSE_TIME, Relation, Report
from casework.domain.errors import NotYoursToWithdrawError, SamePersonError, WrongStateError
from casework.domain.events import EventType
from casework.domain.ids import AppealId, DecisionId, new_id
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.policy import POLICY_VERSION
from casework.policy.engine import recommend
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce, record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.reinstate import realign, reinstate_uploads_of
from casework.steps.standing import settle_upload


@dataclass(frozen=True, slots=True)
class WithdrawTakedown:
    """Take a takedown back, with a reason for the history."""

    takedown_id: str
    actor: Actor
    reason: str


def withdraw_takedown(command: WithdrawTakedown, uow: UnitOfWork) -> Takedown:
    """
    Withdraw a takedown: nothing of it can be matched once this has committed.

    Raises:
        NotFoundError: If there is none.
        WrongStateError: If it was taken back before.
    """
    lock_takedowns(uow)
    takedown = uow.takedowns.get(command.takedown_id, lock=True)
    return reverse_takedown(takedown, TakedownState.WITHDRAWN, command.actor, command.reason, uow)


def withdraw_report(report: Report, reason: str, uow: UnitOfWork) -> None:
    """
    Withdraw a report with its receipt: what was taken down on it comes back; if nobody decided yet, nobody will.

    Args:
        report: Its receipt was shown; no account is needed.

        reason: For the history.

        uow: The transaction.

    Raises:
        NotYoursToWithdrawError: If the reporter is neither the person depicted nor acts for them.
        WrongStateError: If there is nothing to withdraw (any more).
    """
    if report.reporter.relation is Relation.THIRD_PARTY:
        message = "only the person depicted, or who acts for them, can withdraw; a third party's report stays on file"
        raise NotYoursToWithdrawError(message)
    lock_takedowns(uow)
    actor = Actor(id=f"receipt:{report.receipt_number}", name="holder of the receipt", role=Role.PUBLIC)
    case = uow.cases.get(report.case_id, lock=True)
    upheld = [one.takedown_id for one in uow.decisions.of_case(case.id) if one.takedown_id is not None]
    for takedown in uow.takedowns.many(upheld).values():
        if takedown.state in (TakedownState.PENDING, TakedownState.ACTIVE):
            reverse_takedown(takedown, TakedownState.WITHDRAWN, actor, reason, uow)
            return
    case.require_open()
    uow.cases.update(case.moved_to(CaseState.DECIDED))
    uow.decisions.add(_closing(case, actor, reason, uow))
    record(uow, actor, "report:withdrawn", case.id, report_id=report.id)


def _closing(case: Case, actor: Actor, reason: str, uow: UnitOfWork) -> Decision:
    """Return the decision that ends a case whose report was withdrawn before anybody decided it."""
    return Decision(
        id=DecisionId(new_id("dec", uow.now)),
        case_id=case.id,
        outcome=DecisionOutcome.REJECT,
        state=DecisionState.WITHDRAWN,
        decided_by=actor.id,
        decided_at=uow.now,
        note=reason,
        override_reason=None,
        recommendation=recommend(case.facts).as_recorded(),
        policy_version=POLICY_VERSION,
        facts=case.facts,
        takedown_id=None,
        blast_radius=BlastRadius(),
    )


@dataclass(frozen=True, slots=True)
class FileAppeal:
    """The poster or the reporter asks for a decision to be looked at again."""

    decision_id: DecisionId
    by: AppealBy
    grounds: str
    actor: Actor


def file_appeal(command: FileAppeal, uow: UnitOfWork) -> Appeal:
    """
    Open an appeal.

    Raises:
        NotFoundError: If there is no such decision.
        WrongStateError: If the decision has no effect (any more), or an appeal against it is open.
    """
    decision = uow.decisions.get(command.decision_id, lock=True)
    if decision.outcome is DecisionOutcome.REQUEST_INFORMATION:
        message = f"decision {decision.id} only asks for information; there is nothing yet to appeal against"
        raise WrongStateError(message)
    if decision.state is not DecisionState.EFFECTIVE:
        message = f"decision {decision.id} is {decision.state.value}; only an effective decision can be appealed"
        raise WrongStateError(message)
    if any(appeal.state is AppealState.OPEN for appeal in uow.appeals.of_decision(decision.id)):
        message = f"an appeal against decision {decision.id} is open already"
        raise WrongStateError(message)
    appeal = Appeal(
        id=AppealId(new_id("app", uow.now)),
        decision_id=decision.id,
        case_id=decision.case_id,
        by=command.by,
        grounds=command.grounds,
        state=AppealState.OPEN,
        filed_at=uow.now,
    )
    uow.appeals.add(appeal)
    record(uow, command.actor, "appeal:filed", decision.case_id, appeal_id=appeal.id, by=command.by.value)
    return appeal


@dataclass(frozen=True, slots=True)
class DecideAppeal:
    """A reviewer who had no part in the decision decides an appeal against it."""

    appeal_id: str
    actor: Actor
    outcome: AppealOutcome
    note: str | None = None


def decide_appeal(command: DecideAppeal, uow: UnitOfWork) -> Appeal:
    """
    Decide an appeal; an overturned decision loses its effect in the same transaction.

    Raises:
        NotFoundError: If there is none.
        WrongStateError: If it was decided before.
        SamePersonError: If the reviewer made or approved the decision.
    """
    lock_takedowns(uow)
    appeal = uow.appeals.get(command.appeal_id, lock=True)
    decision = uow.decisions.get(appeal.decision_id, lock=True)
    if command.actor.id in (decision.decided_by, decision.approved_by):
        message = f"{command.actor.id} had part in decision {decision.id}; another person must decide the appeal"
        raise SamePersonError(message)
    appeal = appeal.decide(command.outcome, by=command.actor.id, note=command.note, now=uow.now)
    uow.appeals.update(appeal)
    if command.outcome is AppealOutcome.OVERTURN:
        _overturn(decision, command.actor, command.note or appeal.grounds, uow)
    announce(
        uow,
        EventType.APPEAL_DECIDED,
        decision.takedown_id,
        appeal_id=appeal.id,
        decision_id=decision.id,
        case_id=decision.case_id,
        by=appeal.by.value,
        outcome=command.outcome.value,
        **_both_sides(decision, uow),
    )
    record(uow, command.actor, "appeal:decided", appeal.case_id, appeal_id=appeal.id, outcome=command.outcome.value)
    return appeal


def reverse_takedown(takedown: Takedown, to: TakedownState, actor: Actor, reason: str, uow: UnitOfWork) -> Takedown:
    """
    Un-index a takedown, tell downstream, let go of what rested on it.

    Args:
        takedown: Locked.

        to: `WITHDRAWN` or `OVERTURNED`.

        actor: Who.

        reason: For the history.

        uow: The transaction.

    Raises:
        WrongStateError: If it was taken back before.
    """
    was_active = takedown.state is TakedownState.ACTIVE
    takedown = takedown.reverse(to, by=actor.id, reason=reason, now=uow.now)
    uow.takedowns.update(takedown)
    version = uow.index_log.remove(Collection.TAKEDOWNS, takedown.id)
    origin = uow.decisions.get(takedown.decision_id, lock=True)
    uow.decisions.update(replace(origin, state=DecisionState(to.value), approvals_needed=0))
    case = uow.cases.get(takedown.case_id, lock=True)
    if not was_active:
        uow.cases.update(case.moved_to(CaseState.DECIDED))
    record(uow, actor, f"takedown:{to.value}", takedown.id, index_version=version, case_id=case.id)
    if was_active:
        announce(
            uow,
            EventType.TAKEDOWN_REVERSED,
            takedown.id,
            case_id=takedown.case_id,
            state=to.value,
        )
    reinstate_uploads_of(takedown, uow)
    return takedown


def _both_sides(decision: Decision, uow: UnitOfWork) -> dict[str, str | None]:
    """Name the post and the report a decision was about: the platform tells the poster, the receipt the reporter."""
    case = uow.cases.get(decision.case_id)
    report = uow.reports.of_case(case.id)
    upload = None if case.upload_id is None else uow.uploads.get(case.upload_id)
    reported = None if report is None else report.content.upload_id
    return {
        "upload": None if upload is None else upload.id,
        "upload_id": reported if upload is None else upload.platform_id,
        "report_id": None if report is None else report.id,
    }


def _overturn(decision: Decision, actor: Actor, reason: str, uow: UnitOfWork) -> None:
    case = uow.cases.get(decision.case_id, lock=True)
    if decision.takedown_id is None:
        # A rejection was wrong: the case is decided again, by a person who finds it in the queue.
        uow.decisions.update(replace(decision, state=DecisionState.OVERTURNED))
        uow.matches.undismiss(decision.id)
        reopened = replace(case.moved_to(CaseState.OPEN), queue=Queue.APPEALS, deadline=uow.now + RESPONSE_TIME)
        uow.cases.update(reopened)
        if case.upload_id is not None:
            upload = uow.uploads.get(case.upload_id, lock=True)
            cause = case.takedown_id
            settle_upload(upload, uow, case_id=case.id, cause=cause, reason="the rejection was overturned on appeal")
        return
    takedown = uow.takedowns.get(decision.takedown_id, lock=True)
    if takedown.decision_id == decision.id:
        reverse_takedown(takedown, TakedownState.OVERTURNED, actor, reason, uow)
        return
    _unconfirm(decision, case, takedown, uow)


def _unconfirm(decision: Decision, case: Case, takedown: Takedown, uow: UnitOfWork) -> None:
    """A confirmed copy turned out to be none: what the decision added leaves the index, what matched it is let go."""
    uow.decisions.update(replace(decision, state=DecisionState.OVERTURNED))
    for media_id in uow.takedowns.reference_of_decision(decision.id):
        uow.index_log.remove(Collection.TAKEDOWNS, takedown.id, media_id)
        uow.takedowns.drop_reference(takedown.id, media_id)
        for upload_id in uow.matches.resting_on_media(takedown.id, media_id):
            realign(upload_id, takedown, uow)
    if case.upload_id is None:
        return
    upload = uow.uploads.get(case.upload_id, lock=True)
    for match in uow.matches.of_upload(upload.id):
        if match.takedown_id == takedown.id:
            uow.matches.update(upload.id, replace(match, confirmed_by=None, dismissed_by=decision.id))
    reason = "the decision that this is a copy was overturned on appeal"
    settle_upload(upload, uow, case_id=case.id, cause=takedown.id, reason=reason)
