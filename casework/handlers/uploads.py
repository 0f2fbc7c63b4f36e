"""
Registering an upload: matched now, remembered for the takedowns of tomorrow.

Invariant: between this match and its commit no takedown slips through, for the transaction holds the counter of the
`takedowns` collection while it asks.
"""

from dataclasses import dataclass
from datetime import datetime

from casework.domain.actor import Actor, policy_actor
from casework.domain.case import Case, CaseState, Queue
from casework.domain.decision import BlastRadius, Decision, DecisionOutcome, DecisionState
from casework.domain.errors import UploadConflictError
from casework.domain.events import EventType
from casework.domain.ids import CaseId, DecisionId, UploadId, new_id
from casework.domain.media import Collection, Media, SubmittedMedia
from casework.domain.report import RESPONSE_TIME
from casework.domain.upload import Match, Upload
from casework.handlers.decide import recorded
from casework.handlers.journal import announce, record
from casework.handlers.matching import Answer, Question, answer, facts_of_match
from casework.policy import POLICY_VERSION
from casework.policy.engine import recommend
from casework.policy.verdict import Verdict
from casework.ports import CandidateSearch, UnitOfWork
from matcher.variants import Query


@dataclass(frozen=True, slots=True)
class RegisterUpload:
    """
    A platform asks whether an upload may be published, and wants it remembered.

    Args:
        platform_id: The platform's own id of it.

        media: Hashed.

        query: What to look for: the signals and their variants.

        sha256: 32 bytes, of the file.

        encrypted_preview: Kept only if a person must look.
    """

    actor: Actor
    platform_id: str
    uploader_id: str | None
    post_text: str | None
    url: str | None
    posted_at: datetime | None
    media: SubmittedMedia
    query: Query
    sha256: bytes
    encrypted_preview: bytes | None


@dataclass(frozen=True, slots=True)
class RegisteredUpload:
    """The answer to a pipeline."""

    upload: Upload
    matches: tuple[Match, ...]
    media: Media


def register_upload(command: RegisterUpload, uow: UnitOfWork, search: CandidateSearch) -> RegisteredUpload:
    """
    Match an upload and remember it.

    Raises:
        UploadConflictError: If the platform's id names other bytes already.
    """
    known = uow.uploads.by_platform_id(command.platform_id)
    if known is not None:
        return _as_before(known, command, uow)
    # From here to the commit no takedown can commit, so none can miss this upload in its look-back and be missed here.
    uow.index_log.version(Collection.TAKEDOWNS)
    question = Question(command.query, uploader_id=command.uploader_id)
    return _remember(command, question, answer([question], uow, search)[0], uow)


def _as_before(known: Upload, command: RegisterUpload, uow: UnitOfWork) -> RegisteredUpload:
    if known.sha256 != command.sha256:
        message = f"upload_id {command.platform_id!r} was registered with other bytes; use a new id for a new upload"
        raise UploadConflictError(message)
    return RegisteredUpload(known, tuple(uow.matches.of_upload(known.id)), uow.media.get(known.media_id))


def _remember(command: RegisterUpload, question: Question, found: Answer, uow: UnitOfWork) -> RegisteredUpload:
    upload_id = UploadId(new_id("upl", uow.now))
    case_id = _open_case(upload_id, question, found, uow)
    media = uow.media.add(command.media, case_id=case_id, position=0)
    if case_id is not None and command.encrypted_preview is not None:
        uow.media.keep_preview(media.id, command.encrypted_preview)
    upload = Upload(
        id=upload_id,
        platform_id=command.platform_id,
        uploader_id=command.uploader_id,
        post_text=command.post_text,
        url=command.url,
        posted_at=command.posted_at,
        registered_at=uow.now,
        media_id=media.id,
        sha256=command.sha256,
        verdict=found.verdict.value,
        case_id=case_id,
        index_version=found.index_version,
    )
    uow.uploads.add(upload)
    for match in found.matches:
        uow.matches.add(upload.id, match)
    uow.index_log.add(Collection.UPLOADS, upload.id, media)
    if found.matches:
        _tell(upload, found.matches[0], command.actor, uow)
    return RegisteredUpload(upload, found.matches, media)


def _open_case(upload_id: UploadId, question: Question, found: Answer, uow: UnitOfWork) -> CaseId | None:
    """Open a case where a person must look, or where the policy itself blocked: every effect explains itself."""
    blocked = found.verdict is Verdict.BLOCK
    if not (found.opens_case or blocked):
        return None
    match = found.matches[0]
    takedown = uow.takedowns.get(match.takedown_id)
    case = Case(
        id=CaseId(new_id("case", uow.now)),
        queue=Queue.MATCHES,
        state=CaseState.DECIDED if blocked else CaseState.OPEN,
        opened_at=uow.now,
        deadline=uow.now + RESPONSE_TIME,
        facts=facts_of_match(uow.cases.get(takedown.case_id).facts, takedown, question),
        upload_id=upload_id,
        takedown_id=takedown.id,
        note=match.reason,
    )
    uow.cases.add(case)
    if blocked:
        _decide_by_policy(case, match, uow)
    announce(uow, EventType.CASE_OPENED, takedown.id, case_id=case.id, queue=case.queue.value)
    return case.id


def _decide_by_policy(case: Case, match: Match, uow: UnitOfWork) -> None:
    decision = Decision(
        id=DecisionId(new_id("dec", uow.now)),
        case_id=case.id,
        outcome=DecisionOutcome.UPHOLD,
        state=DecisionState.EFFECTIVE,
        decided_by=policy_actor(POLICY_VERSION).id,
        decided_at=uow.now,
        note=match.explanation,
        override_reason=None,
        recommendation=recorded(recommend(case.facts)),
        policy_version=POLICY_VERSION,
        facts=case.facts,
        takedown_id=match.takedown_id,
        blast_radius=BlastRadius(uploads=1, uploaders=1),
    )
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


def _tell(upload: Upload, match: Match, actor: Actor, uow: UnitOfWork) -> None:
    announce(
        uow,
        EventType.UPLOAD_MATCHED,
        match.takedown_id,
        upload=upload.id,
        upload_id=upload.platform_id,
        case_id=upload.case_id,
        verdict=upload.verdict,
        strength=match.strength.value,
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
        index_version=upload.index_version,
    )
