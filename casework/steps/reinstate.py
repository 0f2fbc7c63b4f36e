"""
What an upload's verdict is, once something it rested on is gone.

    each match with a takedown that stands   dismissed by a reviewer -> allow
                                             confirmed by a reviewer -> block
                                             else                    -> what the policy said of it
    the upload                               the strictest of these; allow if there is none

Invariant: this table alone says so, whatever the order in which takedowns, confirmations and reversals came. Whenever
an upload is let go, downstream is told.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from casework.domain.actor import policy_actor
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.domain.events import EventType
from casework.domain.ids import CaseId, LookbackId, TakedownId, UploadId, new_id
from casework.domain.takedowns.sweep import Lookback, LookbackState
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.policy import POLICY_VERSION
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.copies import decide_by_policy
from casework.steps.journal import announce, record
from casework.steps.lock_takedowns import hold_what_stands
from casework.steps.matching import facts_of_match, judge_copy
from casework.steps.sweeps import require_lease
from matcher.comparing.seen_from_copy import compare_copy

RELEASED_AT_ONCE = 50
"""Uploads a reversal lets go in its own transaction; where it is more, a worker does, batch by batch."""


def verdict_by(match: Match) -> Verdict:
    """Return what one standing match means for its upload."""
    if match.dismissed_by is not None:
        return Verdict.ALLOW
    return Verdict.BLOCK if match.confirmed_by is not None else match.verdict


def standing_matches(upload: Upload, uow: UnitOfWork) -> list[Match]:
    """List an upload's matches with takedowns that stand, the strictest first."""
    return _standing([upload.id], uow)[upload.id]


def _standing(upload_ids: Sequence[UploadId], uow: UnitOfWork) -> dict[UploadId, list[Match]]:
    found = uow.matches.of_uploads(upload_ids)
    takedowns = uow.takedowns.many({match.takedown_id for matches in found.values() for match in matches})
    active = {one.id for one in takedowns.values() if one.state is TakedownState.ACTIVE}
    return {
        upload_id: sorted(
            (match for match in matches if match.takedown_id in active),
            key=verdict_by,
            reverse=True,
        )
        for upload_id, matches in found.items()
    }


def settle_upload(
    upload: Upload,
    uow: UnitOfWork,
    *,
    case_id: CaseId | None,
    cause: TakedownId | None,
    reason: str,
    standing: Sequence[Match] | None = None,
) -> None:
    """
    Give an upload the verdict its standing matches leave it with, and tell downstream if that changed.

    Args:
        upload: Locked.

        uow: The transaction.

        case_id: The case that brought the change about, for the message.

        cause: The takedown whose end, or whose match's end, brought it about.

        reason: For the message.

        standing: Its standing matches, the strictest first, where they are known already.
    """
    standing = standing_matches(upload, uow) if standing is None else standing
    verdict = verdict_by(standing[0]) if standing else Verdict.ALLOW
    if verdict is upload.verdict:
        return
    uow.uploads.update(replace(upload, verdict=verdict))
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
        verdict=verdict,
        strength=standing[0].strength.value,
    )


def release_uploads_of(takedown: Takedown, uow: UnitOfWork) -> None:
    """
    Let go of everything that rested on a takedown that was just taken back: at once, or, where that is much, later.

    What is left to a worker is asked for in this transaction, so it follows whatever happens.
    """
    upload_ids = _resting_on(takedown, uow)
    if len(upload_ids) <= RELEASED_AT_ONCE:
        _release(takedown, upload_ids, uow)
        return
    uow.lookbacks.add(
        Lookback(
            id=LookbackId(new_id("lkb", uow.now)),
            takedown_id=takedown.id,
            decision_id=takedown.decision_id,
            state=LookbackState.RELEASING,
            created_at=uow.now,
            candidates=len(upload_ids),
        )
    )


def left_to_release(job: Lookback, uow: UnitOfWork) -> list[UploadId]:
    """List the uploads a reversal has yet to let go, in the order they are worked through."""
    upload_ids = _resting_on(uow.takedowns.get(job.takedown_id), uow)
    return [one for one in upload_ids if job.after is None or one > job.after]


def release_batch(
    job: Lookback, upload_ids: Sequence[UploadId], uow: UnitOfWork, *, is_last: bool, lease: timedelta
) -> Lookback:
    """
    Let go of some uploads that rested on a takedown that was taken back.

    Args:
        job: As claimed, or as the last batch left it.

        upload_ids: This batch, in order.

        uow: The transaction.

        is_last: Whether nothing is left after it.

        lease: How long it stays this worker's.

    Returns:
        It now; released, if the batch was the last.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    hold_what_stands(uow)
    current = require_lease(job, uow)
    _release(uow.takedowns.get(current.takedown_id), upload_ids, uow)
    moved = replace(
        current,
        checked=current.checked + len(upload_ids),
        after=upload_ids[-1] if upload_ids else current.after,
        lease_until=uow.now + lease,
    )
    moved = moved.ended(LookbackState.RELEASED, uow.now) if is_last else moved
    uow.lookbacks.update(moved)
    return moved


def _resting_on(takedown: Takedown, uow: UnitOfWork) -> list[UploadId]:
    """List, in order, the uploads that matched a takedown, or whose cases rest on it."""
    return sorted({*uow.matches.of_takedown(takedown.id), *uow.cases.uploads_resting_on(takedown.id)})


def _release(takedown: Takedown, upload_ids: Sequence[UploadId], uow: UnitOfWork) -> None:
    """
    Let go of uploads that rested on a takedown that was taken back.

    A case rests on another standing takedown its upload matched, if there is one. If there is none and the policy had
    decided it, or nobody yet, it is closed: there is nothing left to be a copy of. If a person had decided it, it
    reopens: the post may have been wrong by itself, and somebody looks, while it is published again.
    """
    if not upload_ids:
        return
    cases: dict[UploadId | None, list[Case]] = {}
    for case in uow.cases.resting_on(takedown.id, upload_ids):
        cases.setdefault(case.upload_id, []).append(case)
    uploads = uow.uploads.many(upload_ids)
    standing = _standing(upload_ids, uow)
    for upload_id in upload_ids:
        upload = uploads[upload_id]
        for case in cases.get(upload_id, ()):
            _detach(case, takedown, upload, _strictest(standing[upload_id]), uow)
        settle_upload(
            upload,
            uow,
            case_id=upload.case_id,
            cause=takedown.id,
            reason=f"the takedown was {takedown.state.value}",
            standing=standing[upload_id],
        )


def _strictest(standing: Sequence[Match]) -> Match | None:
    """Return the strictest standing match that keeps an upload from being published, or None."""
    return next((one for one in standing if verdict_by(one) is not Verdict.ALLOW), None)


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
        for case in uow.cases.resting_on(takedown.id, [upload.id]):
            _detach(case, takedown, upload, _strictest(standing_matches(upload, uow)), uow)
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


def _detach(case: Case, takedown: Takedown, upload: Upload, standing: Match | None, uow: UnitOfWork) -> None:
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
    facts = facts_of_match(uow.cases.get(takedown.case_id).facts, takedown, upload.uploader_id)
    settled = verdict_by(match) is Verdict.BLOCK
    state = CaseState.DECIDED if settled else CaseState.OPEN
    moved = replace(case.moved_to(state), takedown_id=takedown.id, facts=facts, note=match.reason)
    uow.cases.update(moved)
    if settled and match.confirmed_by is None:
        decide_by_policy(moved, match, uow)
    record(uow, policy_actor(POLICY_VERSION), "case:rests:on", case.id, takedown_id=takedown.id)
