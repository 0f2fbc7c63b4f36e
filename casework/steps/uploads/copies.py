"""
What a copy that was found brings about: its case, the policy's own decision, the events for downstream.

Used by each use case that finds one: a registration, a look-back over earlier uploads, the rest of a deep search.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from casework.domain.actor import Actor, policy_actor
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import BlastRadius, DecisionOutcome
from casework.domain.cases.handles import Handles, handles_of_upload
from casework.domain.cases.report import RESPONSE_TIME
from casework.domain.events import EventType
from casework.domain.ids import CaseId, DecisionId, LookbackId, UploadId, new_id
from casework.domain.takedowns.statement import Restriction
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.policy import POLICY_VERSION
from casework.policy.engine import recommend
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.decisions import draft_decision
from casework.steps.finding.judging import Judged, facts_of_match
from casework.steps.journal import announce, record
from casework.steps.uploads.restriction import restriction_by, told
from casework.steps.uploads.standing import restriction_of

UNFINISHED: Final = "The search is not finished: parts of the picture are still compared with other takedowns."


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """
    The case of a copy.

    Args:
        id: Its id.

        decision_id: The policy's own decision; None where a person has to decide.
    """

    id: CaseId
    decision_id: DecisionId | None = None


def open_case(
    upload_id: UploadId,
    uploader_id: str | None,
    match: Match,
    verdict: Verdict,
    uow: UnitOfWork,
    *,
    found_by: Handles,
    unfinished: bool = False,
) -> OpenedCase:
    """
    Open the case of an upload's match: for a person, or, where the policy blocks, decided by it.

    Args:
        upload_id: The upload that matched.

        uploader_id: Who posted it.

        match: The strictest.

        verdict: What the policy says of it.

        uow: The transaction.

        found_by: What lists find it by.

        unfinished: Whether a deep search goes on in the background; the case says so.
    """
    takedown = uow.takedowns.get(match.takedown_id)
    blocked = verdict is Verdict.BLOCK
    case = Case(
        id=CaseId(new_id("case", uow.now)),
        queue=Queue.MATCHES,
        state=CaseState.DECIDED if blocked else CaseState.OPEN,
        opened_at=uow.now,
        deadline=uow.now + RESPONSE_TIME,
        facts=facts_of_match(uow.cases.get(takedown.case_id).facts, takedown, uploader_id),
        upload_id=upload_id,
        note=f"{match.reason} {UNFINISHED}" if unfinished else match.reason,
    ).resting_on(match)
    uow.cases.add(case)
    uow.cases.find_by(case.id, found_by)
    decision_id = decide_by_policy(case, match, uow) if blocked else None
    announce(uow, EventType.CASE_OPENED, takedown.id, case_id=case.id, queue=case.queue.value)
    return OpenedCase(case.id, decision_id)


def open_case_of(upload: Upload, match: Match, verdict: Verdict, uow: UnitOfWork) -> OpenedCase:
    """Open the case of a match of an upload that is registered, which shows the upload's media from then on."""
    opened = open_case(upload.id, upload.uploader_id, match, verdict, uow, found_by=handles_of_upload(upload))
    uow.media.show_in_case(upload.media_id, opened.id)
    return opened


def first_to_decide(judged: Sequence[Judged]) -> Judged:
    """
    Return the match whose case an upload gets: of the strictest ones, one that is decided by itself comes first.

    Args:
        judged: At least one, the strictest first. A match whose takedown is in quarantine has no case of its own.
    """
    strictest = [one for one in judged if one.result.verdict is judged[0].result.verdict and one.restricts]
    return next((one for one in strictest if one.group is None), judged[0])


def note_copy(
    upload: Upload, judged: Judged, uow: UnitOfWork, *, lookback_id: LookbackId | None = None, again: bool = False
) -> bool:
    """
    Note that an upload that is published already is a copy: its verdict only becomes stricter.

    Args:
        upload: The upload, as it is now; the transaction has locked the takedowns.

        judged: The match, and what the policy says of it.

        uow: The transaction.

        lookback_id: The look-back that found it; None for the rest of a deep search.

        again: Whether the match is on record already, and this is surer.

    Returns:
        Whether a case was opened for it.
    """
    if again:
        rests_on_other_evidence(upload.id, judged.match, uow)
    else:
        uow.matches.add(upload.id, judged.match, lookback_id=lookback_id)
    is_stricter = judged.result.verdict > upload.verdict
    verdict = max(upload.verdict, judged.result.verdict)
    opened = None if judged.group or _adds_nothing(upload, judged, uow) else _opened(upload, judged, uow)
    group = judged.group if judged.restricts and not _has_open_case(upload, uow) else None
    upload = replace(upload, verdict=verdict, case_id=(opened and opened.id) or group or upload.case_id)
    uow.uploads.update(upload)
    decided_by = None if opened is None else opened.decision_id
    restriction = restriction_by(judged, decided_by=decided_by) if is_stricter else restriction_of(upload, uow)
    by = policy_actor(POLICY_VERSION)
    announce_match(upload, judged.match, by, uow, restriction=restriction, looking_back=lookback_id is not None)
    return opened is not None


def rests_on_other_evidence(upload_id: UploadId, match: Match, uow: UnitOfWork) -> None:
    """Store a match that is on record with other evidence; open cases that ask about it say what it rests on now."""
    uow.matches.update(upload_id, match)
    for case in uow.cases.resting_on(match.takedown_id, [upload_id]):
        if case.is_open:
            uow.cases.update(case.resting_on(match))


def announce_match(
    upload: Upload,
    match: Match,
    actor: Actor,
    uow: UnitOfWork,
    *,
    restriction: Restriction | None,
    looking_back: bool = False,
) -> None:
    """
    Tell downstream, and the audit log, that an upload matched.

    Args:
        upload: With the verdict it has now.

        match: The strictest.

        actor: Who asked.

        uow: The transaction.

        restriction: What restricts the upload, and why, for who posted it; None if nothing does.

        looking_back: Whether the upload was there before the takedown.
    """
    announce(
        uow,
        EventType.UPLOAD_MATCHED,
        match.takedown_id,
        about=upload,
        upload=upload.id,
        upload_id=upload.platform_id,
        case_id=upload.case_id,
        verdict=upload.verdict,
        strength=match.strength.value,
        looking_back=looking_back,
        **told(restriction),
    )
    record(
        uow,
        actor,
        "upload:matched",
        upload.id,
        takedown_id=match.takedown_id,
        verdict=upload.verdict,
        rule=match.rule,
        strength=match.strength.value,
        looking_back=looking_back,
        index_version=upload.index_version,
    )


def decide_by_policy(case: Case, match: Match, uow: UnitOfWork) -> DecisionId:
    """
    Record that the policy itself upheld a match: a block needs a decision like everything else that removes.

    Returns:
        The decision's id.
    """
    draft = draft_decision(case, DecisionOutcome.UPHOLD, policy_actor(POLICY_VERSION), recommend(case.facts), uow)
    hits = BlastRadius(uploads=1, uploaders=1)
    decision = replace(draft, note=match.explanation, takedown_id=match.takedown_id, blast_radius=hits)
    uow.decisions.add(decision)
    record(
        uow,
        policy_actor(POLICY_VERSION),
        "case:decision:made",
        case.id,
        decision_id=decision.id,
        outcome=decision.outcome.value,
        rule=match.rule,
        policy_version=POLICY_VERSION,
        strength=match.strength.value,
        agreeing=match.agreeing,
    )
    return decision.id


def _has_open_case(upload: Upload, uow: UnitOfWork, *, of_its_own: bool = False) -> bool:
    """Tell whether a person will look at an upload; in a case of its own, or in one about all a takedown matches."""
    if upload.case_id is None:
        return False
    case = uow.cases.get(upload.case_id)
    return case.is_open and (case.upload_id == upload.id or not of_its_own)


def _adds_nothing(upload: Upload, judged: Judged, uow: UnitOfWork) -> bool:
    """Tell whether a hit adds nothing to decide: a person looks at the upload already, or it is blocked already."""
    if upload.case_id is None:
        return False
    if upload.verdict is Verdict.BLOCK:
        return True
    return judged.result.verdict is not Verdict.BLOCK and _has_open_case(upload, uow, of_its_own=True)


def _opened(upload: Upload, judged: Judged, uow: UnitOfWork) -> OpenedCase | None:
    if not (judged.result.opens_case or judged.result.verdict is Verdict.BLOCK):
        return None
    return open_case_of(upload, judged.match, judged.result.verdict, uow)
