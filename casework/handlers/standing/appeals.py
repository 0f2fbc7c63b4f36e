"""
Appeals: the reporter, or who posted something, has a decision looked at again, by somebody who had no part in it.

An overturned decision loses its effect in the transaction that decides the appeal: what it took down is taken back as
by a withdrawal (`reverse.py`), a confirmed copy is none, a rejected case is open again. Of an upload that is only held,
it alone is let go.
"""

from dataclasses import dataclass, replace

from casework.domain.actor import Actor
from casework.domain.cases.appeal import Appeal, AppealBy, AppealOutcome, AppealState
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.report import RESPONSE_TIME, Report
from casework.domain.errors import NotFoundError, SamePersonError, WrongStateError
from casework.domain.events import EventType
from casework.domain.ids import AppealId, CaseId, DecisionId, UploadId, new_id
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.takedowns.upload import Upload
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.feedback import correct_feedback
from casework.steps.journal import announce, record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_back.appealing import appealed_by_poster, let_go_on_appeal
from casework.steps.taking_back.reversal import reverse_takedown
from casework.steps.taking_back.unconfirming import unconfirm
from casework.steps.taking_down.interim import end_interim
from casework.steps.taking_down.take_effect import take_effect
from casework.steps.uploads.standing import restriction_of, settle_upload


@dataclass(frozen=True, slots=True)
class FileAppeal:
    """
    The poster or the reporter asks for a decision to be looked at again.

    Args:
        upload_id: The upload it is about, where that is not the case's own: it is held by this decision.

        case_id: In which its matter is decided; the decision's own if left out.
    """

    decision_id: DecisionId
    by: AppealBy
    grounds: str
    actor: Actor
    upload_id: UploadId | None = None
    case_id: CaseId | None = None


def file_poster_appeal(upload_id: str, grounds: str, actor: Actor, uow: UnitOfWork) -> Appeal:
    """
    Open an appeal for who posted an upload, against whatever restricts it now.

    Raises:
        NotFoundError: If there is no such upload, or it is another pipeline's.
        WrongStateError: If nothing restricts it, it was erased, or an appeal about it is open.
    """
    lock_takedowns(uow)
    appealed = appealed_by_poster(upload_id, actor, uow)
    upload = UploadId(upload_id)
    return file_appeal(FileAppeal(appealed.decision_id, AppealBy.POSTER, grounds, actor, upload, appealed.case_id), uow)


def file_appeal(command: FileAppeal, uow: UnitOfWork) -> Appeal:
    """
    Open an appeal.

    Raises:
        NotFoundError: If there is no such decision.
        WrongStateError: If the decision has no effect (any more), or an appeal against it is open.
    """
    lock_takedowns(uow)  # an erasure of what it is about is asked for before it, or after it
    decision = uow.decisions.get(command.decision_id, lock=True)
    if decision.outcome is DecisionOutcome.REQUEST_INFORMATION:
        message = f"decision {decision.id} only asks for information; there is nothing yet to appeal against"
        raise WrongStateError(message)
    if decision.state is not DecisionState.EFFECTIVE:
        message = f"decision {decision.id} is {decision.state.value}; only an effective decision can be appealed"
        raise WrongStateError(message)
    if uow.erasures.of_scope(decision.case_id) is not None:
        message = f"what decision {decision.id} was about is erased; there is nothing left to look at again"
        raise WrongStateError(message)
    case_id, upload_id = command.case_id or decision.case_id, command.upload_id
    if upload_id is None and command.by is AppealBy.POSTER:
        upload_id = _upload_restricted_by(decision, uow)
    open_ones = [one for one in uow.appeals.of_case(case_id) if one.state is AppealState.OPEN]
    if any(one.decision_id == decision.id or (upload_id and one.upload_id == upload_id) for one in open_ones):
        message = f"an appeal against decision {decision.id} is open already"
        raise WrongStateError(message)
    appeal = Appeal(
        id=AppealId(new_id("app", uow.now)),
        decision_id=decision.id,
        case_id=case_id,
        by=command.by,
        grounds=command.grounds,
        state=AppealState.OPEN,
        filed_at=uow.now,
        filed_by=command.actor.id,
        upload_id=upload_id,
    )
    uow.appeals.add(appeal)
    record(uow, command.actor, "appeal:filed", case_id, appeal_id=appeal.id, by=command.by.value)
    return appeal


def appeal_seen_by(appeal_id: str, actor: Actor, uow: UnitOfWork) -> Appeal:
    """
    Read an appeal; a pipeline reads those for who posted an upload of its own, or of the operator.

    Raises:
        NotFoundError: If there is none, or it is not this actor's to know of.
    """
    appeal = uow.appeals.get(appeal_id)
    if not actor.sees_only_own:
        return appeal
    if appeal.upload_id is None or not uow.uploads.get(appeal.upload_id).is_seen_by(actor):
        message = f"there is no appeal {appeal_id!r}"
        raise NotFoundError(message)
    return appeal


def _upload_restricted_by(decision: Decision, uow: UnitOfWork) -> UploadId | None:
    """Return the upload of a decision's case, if it is this decision that restricts it."""
    upload_id = uow.cases.get(decision.case_id).upload_id
    if upload_id is None:
        return None
    restriction = restriction_of(uow.uploads.get(upload_id), uow)
    return upload_id if restriction is not None and restriction.decision_id == decision.id else None


@dataclass(frozen=True, slots=True)
class DecideAppeal:
    """A reviewer who had no part in the decision decides an appeal against it."""

    appeal_id: str
    actor: Actor
    outcome: AppealOutcome
    note: str | None = None


def decide_appeal(command: DecideAppeal, uow: UnitOfWork, *, search: CandidateSearch | None = None) -> Appeal:
    """
    Decide an appeal; an overturned decision loses its effect in the same transaction.

    Args:
        command: Who decides what.

        uow: The transaction.

        search: Over the `protected` collection, to judge anew what a takedown matched that is trusted less by then;
            without one, a worker does that.

    Raises:
        NotFoundError: If there is none.
        WrongStateError: If it was decided before.
        SamePersonError: If the reviewer made or approved the decision, or filed the appeal or the report.
    """
    lock_takedowns(uow)
    appeal = uow.appeals.get(command.appeal_id, lock=True)
    upload = None if appeal.upload_id is None else uow.uploads.get(appeal.upload_id, lock=True)
    restriction = None if upload is None else restriction_of(upload, uow)
    decision_id = appeal.decision_id if restriction is None else restriction.decision_id
    decision = uow.decisions.get(decision_id, lock=True)
    require_another_person(appeal, decision, command.actor, uow)
    appeal = appeal.decide(command.outcome, by=command.actor.id, note=command.note, now=uow.now)
    appeal = replace(appeal, decision_id=decision.id)  # what restricts an upload may be another decision by now
    uow.appeals.update(appeal)
    if command.outcome is AppealOutcome.OVERTURN:
        _require_not_referred(decision, uow)
        reason = command.note or appeal.grounds
        if upload is None or restriction is None or not restriction.is_held:
            _overturn(decision, command.actor, reason, uow, search)
        else:
            released = let_go_on_appeal(upload, appeal, command.actor, reason, uow)
            take_effect(released, uow.cases.get(released.case_id), command.actor, uow, search=search)
    case = uow.cases.get(decision.case_id)
    if upload is None and case.upload_id is not None:
        upload = uow.uploads.get(case.upload_id)
    announce(
        uow,
        EventType.APPEAL_DECIDED,
        decision.takedown_id,
        about=upload,
        appeal_id=appeal.id,
        decision_id=decision.id,
        case_id=appeal.case_id,
        by=appeal.by.value,
        outcome=command.outcome.value,
        **_both_sides(upload, uow.reports.of_case(appeal.case_id)),
    )
    record(uow, command.actor, "appeal:decided", appeal.case_id, appeal_id=appeal.id, outcome=command.outcome.value)
    return appeal


def require_another_person(appeal: Appeal, decision: Decision, actor: Actor, uow: UnitOfWork) -> None:
    """
    Keep whoever had part in what an appeal is about from deciding it.

    Args:
        appeal: The appeal.

        decision: That it is against as things stand.

        actor: Who would decide it.

        uow: To read.

    Raises:
        SamePersonError: If they made or approved the decision, or filed the appeal or the report.
    """
    if actor.id in (decision.decided_by, decision.approved_by):
        message = f"{actor.id} had part in decision {decision.id}; another person must decide the appeal"
        raise SamePersonError(message)
    appeal.require_judged_by_another(actor)
    report = uow.reports.of_case(decision.case_id)
    if report is not None:
        report.require_judged_by_another(actor)


def _require_not_referred(decision: Decision, uow: UnitOfWork) -> None:
    """Refuse to let go of what may show somebody under 18: whether it does is settled first."""
    takedown = None if decision.takedown_id is None else uow.takedowns.get(decision.takedown_id)
    if takedown is not None and takedown.state is TakedownState.REFERRED:
        message = (
            f"decision {decision.id} rests on takedown {takedown.id}, which may show somebody under 18; case "
            f"{takedown.case_id} settles that first"
        )
        raise WrongStateError(message)


def _both_sides(upload: Upload | None, report: Report | None) -> dict[str, str | None]:
    """Name the post and the report a decision was about: the platform tells the poster, the receipt the reporter."""
    reported = None if report is None else report.content.upload_id
    return {
        "upload": None if upload is None else upload.id,
        "upload_id": reported if upload is None else upload.platform_id,
        "report_id": None if report is None else report.id,
    }


def _overturn(decision: Decision, actor: Actor, reason: str, uow: UnitOfWork, search: CandidateSearch | None) -> None:
    if decision.outcome is DecisionOutcome.RESTRICT and decision.state is not DecisionState.EFFECTIVE:
        return  # it ended since, and with it all it had restricted
    case = uow.cases.get(decision.case_id, lock=True)
    correct_feedback(decision, case, uow)
    if decision.takedown_id is None:
        # A rejection was wrong: the case is decided again, by a person who finds it in the queue.
        uow.decisions.update(replace(decision, state=DecisionState.OVERTURNED))
        uow.matches.undismiss(decision.id)
        queue = Queue.APPEALS if case.minor is None else Queue.MINORS
        reopened = replace(case.moved_to(CaseState.OPEN), queue=queue, deadline=uow.now + RESPONSE_TIME)
        uow.cases.update(reopened)
        if case.upload_id is not None:
            uow.common_parts.forget(case.upload_id)
            upload = uow.uploads.get(case.upload_id, lock=True)
            cause = case.takedown_id
            settle_upload(upload, uow, case_id=case.id, cause=cause, reason="the rejection was overturned on appeal")
        return
    takedown = uow.takedowns.get(decision.takedown_id, lock=True)
    if takedown.is_interim:
        end_interim(takedown, actor, reason, uow, to=TakedownState.OVERTURNED)
        return
    if takedown.decision_id == decision.id:
        reverse_takedown(takedown, TakedownState.OVERTURNED, actor, reason, uow)
        return
    # A confirmed copy turned out to be none.
    reason = "the decision that this is a copy was overturned on appeal"
    to, dismissed_by = DecisionState.OVERTURNED, decision.id
    unconfirm(decision, case, takedown, uow, to=to, dismissed_by=dismissed_by, reason=reason, search=search)
