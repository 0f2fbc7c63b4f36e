"""
What becomes of a case whose takedown was taken back.

A case rests on another standing takedown its upload matched, if there is one. If there is none and the policy had
decided it, or nobody yet, it is closed: there is nothing left to be a copy of. If a person had decided it, it reopens:
the post may have been wrong by itself, and somebody looks, while it is published again.
"""

from dataclasses import replace

from casework.domain.actor import policy_actor
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.policy import POLICY_VERSION
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.judging import facts_of_match
from casework.steps.journal import record
from casework.steps.uploads.copies import decide_by_policy, open_case_of
from casework.steps.uploads.standing import verdict_by


def take_takedown_from_case(
    case: Case, takedown: Takedown, upload: Upload, standing: Match | None, uow: UnitOfWork
) -> None:
    """
    Let a case rest on another takedown, close it, or reopen it.

    Args:
        case: It rested on the takedown.

        takedown: That was taken back, or whose match the upload has no more.

        upload: The case's.

        standing: The strictest match that still restricts the upload; None if there is none.

        uow: The transaction.
    """
    by_person = _end_decisions(case, takedown, uow)
    if standing is not None:
        _rest_on(case, standing, upload, uow)
    elif by_person:
        note = "The takedown it rested on was taken back and the post is published again: does it stand by itself?"
        facts = case.facts.with_changes({"reporter": "none", "non_consent_stated": False})
        reopened = replace(case.moved_to(CaseState.OPEN), queue=Queue.APPEALS, note=note, facts=facts)
        uow.cases.update(reopened)
        record(uow, policy_actor(POLICY_VERSION), "case:reopened", case.id, takedown_id=takedown.id)
    else:
        uow.cases.update(case.moved_to(CaseState.DECIDED))
        record(uow, policy_actor(POLICY_VERSION), "case:closed", case.id, takedown_id=takedown.id)


def with_open_case(upload: Upload, standing: Match | None, uow: UnitOfWork) -> Upload:
    """
    Return an upload with a case that somebody will decide, if it is still held and its case is closed.

    Args:
        upload: What held it ended.

        standing: The strictest match that still restricts it; None if there is none.

        uow: The transaction.
    """
    if standing is None or verdict_by(standing) is Verdict.BLOCK:
        return upload
    case_id = uow.takedowns.get(standing.takedown_id).group
    if upload.case_id is not None:
        case = uow.cases.get(upload.case_id)
        if case.is_open and (case.upload_id == upload.id or case.id == case_id):
            return upload
    if case_id is None:
        case_id = open_case_of(upload, standing, Verdict.HOLD, uow).id
    moved = replace(upload, case_id=case_id)
    uow.uploads.update(moved)
    return moved


def _end_decisions(case: Case, takedown: Takedown, uow: UnitOfWork) -> bool:
    """Mark what was upheld on the takedown as ended; return whether a person had upheld it."""
    ended = [
        one
        for one in uow.decisions.of_case(case.id)
        if one.outcome is DecisionOutcome.UPHOLD
        and one.takedown_id == takedown.id
        and one.state in (DecisionState.EFFECTIVE, DecisionState.AWAITING_APPROVAL)
    ]
    withdrawn = takedown.state is TakedownState.WITHDRAWN
    ended_as = DecisionState.WITHDRAWN if withdrawn else DecisionState.OVERTURNED
    for decision in ended:
        uow.decisions.update(replace(decision, state=ended_as, approvals_needed=0))
    return any(
        one.state is DecisionState.EFFECTIVE and one.decided_by != policy_actor(one.policy_version).id for one in ended
    )


def _rest_on(case: Case, match: Match, upload: Upload, uow: UnitOfWork) -> None:
    """Let a case rest on another takedown: open as long as a person must look, decided where that is settled."""
    takedown = uow.takedowns.get(match.takedown_id)
    if takedown.case_id == case.id:
        return  # upheld for itself since the reversal
    if takedown.group is not None and verdict_by(match) is not Verdict.BLOCK:
        uow.cases.update(case.moved_to(CaseState.DECIDED))  # another case asks about it: `with_open_case`
        record(uow, policy_actor(POLICY_VERSION), "case:closed", case.id, takedown_id=takedown.id)
        return
    facts = facts_of_match(uow.cases.get(takedown.case_id).facts, takedown, upload.uploader_id)
    settled = verdict_by(match) is Verdict.BLOCK
    state = CaseState.DECIDED if settled else CaseState.OPEN
    moved = replace(case.moved_to(state).resting_on(match), facts=facts, note=match.reason)
    uow.cases.update(moved)
    if settled and match.confirmed_by is None:
        decide_by_policy(moved, match, uow)
    record(uow, policy_actor(POLICY_VERSION), "case:rests:on", case.id, takedown_id=takedown.id)
