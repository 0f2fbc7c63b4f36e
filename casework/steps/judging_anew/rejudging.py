"""
Judging anew what a takedown matched, once the takedown itself is another: upheld, out of quarantine, or less trusted.

    unsettled     which uploads that concerns: nobody said of them whether they are copies
    rejudge       each by what its takedown is now: verdict, case, event for downstream
    rejudge_all   at once, or, where it is much, by a worker, batch by batch (`handlers/standing/rejudge.py`)

Invariant: afterwards an upload is held as strictly as its matches say, and who is held has a case somebody will decide:
one of its own, or the one that asks about all its takedown matches. Whoever calls has locked the takedowns.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from casework.domain.actor import policy_actor
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import DecisionState
from casework.domain.ids import CaseId, UploadId
from casework.domain.takedowns.sweep import SweepKind
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.policy import POLICY_VERSION
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.judging import Judged, judge_again
from casework.steps.finding.protection import is_protected
from casework.steps.journal import record
from casework.steps.sweeps import request_sweep
from casework.steps.uploads.copies import announce_match, decide_by_policy, open_case_of
from casework.steps.uploads.standing import restriction_of, settle_upload, standing_matches, verdict_by

REJUDGED_AT_ONCE: Final = 50
"""Uploads that are judged anew in the transaction that changes their takedown; where it is more, a worker does it."""


def rejudge_all(takedown: Takedown, uow: UnitOfWork, search: CandidateSearch | None, *, reason: str) -> None:
    """
    Judge anew everything a takedown matched of which nobody has said whether it is a copy.

    Args:
        takedown: As it is now.

        uow: The transaction.

        search: Over the `protected` collection; without one, a worker does all of it.

        reason: For downstream, where an upload is let go.
    """
    upload_ids = unsettled(takedown, uow)
    if not upload_ids:
        return
    if search is not None and len(upload_ids) <= REJUDGED_AT_ONCE:
        rejudge(takedown, upload_ids, uow, search, reason=reason)
    else:
        request_sweep(SweepKind.REJUDGE, takedown.id, takedown.decision_id, uow, candidates=len(upload_ids))


def unsettled(takedown: Takedown, uow: UnitOfWork) -> list[UploadId]:
    """List, in order, the uploads whose match, or case, is not what it would be if it were found now."""
    upload_ids = sorted(uow.matches.of_takedown(takedown.id))
    uploads, matches = uow.uploads.many(upload_ids), uow.matches.of_uploads(upload_ids)
    ended = {takedown.case_id, takedown.quarantine_case_id} - {takedown.group}
    found = []
    for upload_id in upload_ids:
        match = _undecided(matches[upload_id], takedown)
        if match is None:
            continue
        if uploads[upload_id].case_id in ended or _is_outdated(match, takedown):
            found.append(upload_id)
    return found


def rejudge(
    takedown: Takedown, upload_ids: Sequence[UploadId], uow: UnitOfWork, search: CandidateSearch, *, reason: str
) -> None:
    """
    Judge uploads anew that a takedown matched.

    Args:
        takedown: As it is now; where it does not stand any more, nothing is done.

        upload_ids: Some of `unsettled`.

        uow: The transaction.

        search: Over the `protected` collection.

        reason: For downstream, where an upload is let go.
    """
    if not takedown.state.stands:
        return
    uploads, matches = uow.uploads.many(upload_ids), uow.matches.of_uploads(upload_ids)
    references = uow.media.many({one.media_id for found in matches.values() for one in found})
    origin = uow.cases.get(takedown.case_id).facts
    cases = _own_cases(takedown, upload_ids, uow)
    for upload_id in upload_ids:
        upload, match = uploads[upload_id], _undecided(matches[upload_id], takedown)
        if match is None:
            continue
        judged = judge_again(
            match,
            takedown=takedown,
            origin=origin,
            reference=references[match.media_id],
            uploader_id=upload.uploader_id,
            protected=is_protected(uow.media.query_of(uow.media.get(upload.media_id)), uow, search),
        )
        uow.matches.update(upload.id, judged.match)
        upload = replace(upload, case_id=_case_for(upload, judged, cases.get(upload_id), uow))
        _settle(upload, takedown, uow, reason=reason)


def _settle(upload: Upload, takedown: Takedown, uow: UnitOfWork, *, reason: str) -> None:
    standing = standing_matches(upload, uow)
    verdict = verdict_by(standing[0]) if standing else Verdict.ALLOW
    if verdict in (upload.verdict, Verdict.ALLOW):
        uow.uploads.update(upload)
        settle_upload(upload, uow, case_id=upload.case_id, cause=takedown.id, reason=reason, standing=standing)
        return
    upload = replace(upload, verdict=verdict)
    uow.uploads.update(upload)
    restriction = restriction_of(upload, uow, standing=standing)
    announce_match(upload, standing[0], policy_actor(POLICY_VERSION), uow, restriction=restriction)


def _is_outdated(match: Match, takedown: Takedown) -> bool:
    """Tell whether a takedown may do more by itself than a match says, or less; a quarantine takes nothing back."""
    if takedown.acts_by_itself:
        return match.verdict is Verdict.HOLD
    return match.verdict is Verdict.BLOCK and takedown.quarantined_at is None


def _undecided(matches: Sequence[Match], takedown: Takedown) -> Match | None:
    """Return the match with a takedown of which nobody has said whether it is a copy; None if there is none."""
    match = next((one for one in matches if one.takedown_id == takedown.id), None)
    return None if match is None or match.confirmed_by is not None or match.dismissed_by is not None else match


def _own_cases(takedown: Takedown, upload_ids: Sequence[UploadId], uow: UnitOfWork) -> dict[UploadId, Case]:
    """Return the last case that each upload has of its own about a takedown."""
    found = uow.cases.resting_on(takedown.id, upload_ids)
    return {case.upload_id: case for case in found if case.upload_id is not None}


def _case_for(upload: Upload, judged: Judged, own: Case | None, uow: UnitOfWork) -> CaseId | None:
    """Return the case an upload has from now on; one it has of its own is closed or opened again."""
    verdict = judged.result.verdict
    if not judged.restricts:
        return upload.case_id
    if own is not None and own.is_open:
        if verdict is Verdict.BLOCK:
            decide_by_policy(own, judged.match, uow)
            uow.cases.update(own.moved_to(CaseState.DECIDED))
        return own.id
    if judged.group is not None and verdict is not Verdict.BLOCK:
        return judged.group
    if own is not None and verdict is not Verdict.BLOCK:
        _reopen(own, judged.match, uow)
        return own.id
    if own is not None:
        return own.id
    return open_case_of(upload, judged.match, verdict, uow).id


def _reopen(case: Case, match: Match, uow: UnitOfWork) -> None:
    """Open a case again that the policy had decided by itself: a person decides it now."""
    for decision in uow.decisions.of_case(case.id):
        by_policy = decision.decided_by == policy_actor(decision.policy_version).id
        if by_policy and decision.state is DecisionState.EFFECTIVE:
            uow.decisions.update(replace(decision, state=DecisionState.OVERTURNED))
    uow.cases.update(replace(case.moved_to(CaseState.OPEN), note=match.reason))
    record(uow, policy_actor(POLICY_VERSION), "case:reopened", case.id, takedown_id=match.takedown_id)
