"""
What an upload's verdict is, once something it rested on is gone.

    each match with a takedown that stands   dismissed by a reviewer -> allow
                                             confirmed by a reviewer -> block
                                             else                    -> what the policy said of it
    the upload                               the strictest of these; allow if there is none

Invariant: this table alone says so, whatever the order in which takedowns, confirmations and reversals came. Whenever
an upload is let go, downstream is told.
"""

from dataclasses import replace

from casework.domain.actor import Actor, policy_actor
from casework.domain.case import Case, CaseState, Queue
from casework.domain.decision import DecisionOutcome, DecisionState
from casework.domain.events import EventType
from casework.domain.ids import CaseId, TakedownId, UploadId
from casework.domain.takedown import Takedown, TakedownState
from casework.domain.upload import Match, Upload
from casework.handlers.copies import decide_by_policy
from casework.handlers.journal import announce, record
from casework.handlers.matching import facts_of_match, judge_copy
from casework.policy import POLICY_VERSION
from casework.policy.verdict import Verdict
from casework.ports import UnitOfWork
from matcher.seen_from_copy import compare_copy

_SEVERITY = tuple(Verdict).index


def verdict_by(match: Match) -> Verdict:
    """Return what one standing match means for its upload."""
    if match.dismissed_by is not None:
        return Verdict.ALLOW
    return Verdict.BLOCK if match.confirmed_by is not None else Verdict(match.verdict)


def standing_matches(upload: Upload, uow: UnitOfWork) -> list[Match]:
    """List an upload's matches with takedowns that stand, the strictest first."""
    matches = uow.matches.of_upload(upload.id)
    takedowns = uow.takedowns.many({match.takedown_id for match in matches})
    standing = [match for match in matches if takedowns[match.takedown_id].state is TakedownState.ACTIVE]
    return sorted(standing, key=lambda match: _SEVERITY(verdict_by(match)), reverse=True)


def settle_upload(
    upload: Upload, uow: UnitOfWork, *, case_id: CaseId | None, cause: TakedownId | None, reason: str
) -> None:
    """
    Give an upload the verdict its standing matches leave it with, and tell downstream if that changed.

    Args:
        upload: Locked.

        uow: The transaction.

        case_id: The case that brought the change about, for the message.

        cause: The takedown whose end, or whose match's end, brought it about.

        reason: For the message.
    """
    standing = standing_matches(upload, uow)
    verdict = verdict_by(standing[0]) if standing else Verdict.ALLOW
    if verdict.value == upload.verdict:
        return
    uow.uploads.update(replace(upload, verdict=verdict.value))
    if verdict is Verdict.ALLOW:
        announce(
            uow,
            EventType.UPLOAD_REINSTATED,
            cause,
            upload=upload.id,
            upload_id=upload.platform_id,
            case_id=case_id,
            reason=reason,
        )
        return
    announce(
        uow,
        EventType.UPLOAD_MATCHED,
        standing[0].takedown_id,
        upload=upload.id,
        upload_id=upload.platform_id,
        case_id=upload.case_id,
        verdict=verdict.value,
        strength=standing[0].strength.value,
    )


def release_uploads_of(takedown: Takedown, actor: Actor, uow: UnitOfWork) -> None:
    """
    Let go of everything that rested on a takedown that was just taken back.

    A case rests on another standing takedown its upload matched, if there is one. If there is none and the policy had
    decided it, or nobody yet, it is closed: there is nothing left to be a copy of. If a person had decided it, it
    reopens: the post may have been wrong by itself, and somebody looks, while it is published again.
    """
    cases = uow.cases.resting_on(takedown.id)
    upload_ids = {*uow.matches.of_takedown(takedown.id), *(case.upload_id for case in cases if case.upload_id)}
    uploads = uow.uploads.many(upload_ids)
    for upload_id in sorted(upload_ids):
        upload = uploads[upload_id]
        standing = next((one for one in standing_matches(upload, uow) if verdict_by(one) is not Verdict.ALLOW), None)
        for case in cases:
            if case.upload_id == upload_id:
                _detach(case, takedown, upload, standing, actor, uow)
        settle_upload(
            upload,
            uow,
            case_id=upload.case_id,
            cause=takedown.id,
            reason=f"the takedown was {takedown.state.value}",
        )


def release_match(upload_id: UploadId, takedown: Takedown, uow: UnitOfWork) -> None:
    """Look again at an upload whose matching reference is gone: another may still match it, or it is let go."""
    upload = uow.uploads.get(upload_id, lock=True)
    match = next(one for one in uow.matches.of_upload(upload.id) if one.takedown_id == takedown.id)
    if match.confirmed_by is not None or match.dismissed_by is not None:
        return  # a person looked at this one by itself
    again = match_again(upload, takedown, uow)
    if again is not None:
        uow.matches.update(upload.id, again)
    else:
        uow.matches.remove(upload.id, takedown.id)
        for case in uow.cases.resting_on(takedown.id):
            if case.upload_id == upload.id:
                standing = next(
                    (one for one in standing_matches(upload, uow) if verdict_by(one) is not Verdict.ALLOW), None
                )
                _detach(case, takedown, upload, standing, policy_actor(POLICY_VERSION), uow)
    reason = "what it matched was no copy, as an appeal found"
    settle_upload(upload, uow, case_id=upload.case_id, cause=takedown.id, reason=reason)


def match_again(upload: Upload, takedown: Takedown, uow: UnitOfWork) -> Match | None:
    """Compare an upload's stored signals with the references a takedown still has; None if none matches."""
    signals = uow.media.get(upload.media_id).signals
    origin = uow.cases.get(takedown.case_id).facts
    references = uow.media.many(uow.takedowns.references(takedown.id))
    judged = [
        judge_copy(
            compare_copy(uow.media.query_of(reference), signals, stored=reference.signals),
            takedown=takedown,
            origin=origin,
            media_id=reference.id,
            uploader_id=upload.uploader_id,
        )
        for reference in references.values()
        if reference.id != upload.media_id
    ]
    best = max((one for one in judged if one is not None), key=lambda one: one.rank, default=None)
    return None if best is None else best.match


def _detach(
    case: Case, takedown: Takedown, upload: Upload, standing: Match | None, actor: Actor, uow: UnitOfWork
) -> None:
    by_person = _end_decisions(case, takedown, uow)
    if standing is not None:
        _rest_on(case, standing, upload, uow)
    elif by_person:
        note = "The takedown it rested on was taken back and the post is published again: does it stand by itself?"
        facts = case.facts.with_changes({"reporter": "none", "non_consent_stated": False})
        reopened = replace(case.moved_to(CaseState.OPEN), queue=Queue.APPEALS, note=note, facts=facts)
        uow.cases.update(reopened)
        record(uow, actor, "case:reopened", case.id, takedown_id=takedown.id)
    else:
        uow.cases.update(case.moved_to(CaseState.DECIDED))
        record(uow, policy_actor(POLICY_VERSION), "case:closed", case.id, takedown_id=takedown.id)


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
    facts = facts_of_match(uow.cases.get(takedown.case_id).facts, takedown, upload.uploader_id)
    settled = verdict_by(match) is Verdict.BLOCK
    state = CaseState.DECIDED if settled else CaseState.OPEN
    moved = replace(case.moved_to(state), takedown_id=takedown.id, facts=facts, note=match.reason)
    uow.cases.update(moved)
    if settled and match.confirmed_by is None:
        decide_by_policy(moved, match, uow)
    record(uow, policy_actor(POLICY_VERSION), "case:rests:on", case.id, takedown_id=takedown.id)
