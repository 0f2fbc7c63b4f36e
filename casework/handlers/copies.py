"""
What a copy that was found brings about: its case, the policy's own decision, what downstream is told.

Used by whoever finds one: a registration, or a look-back over earlier uploads.
"""

from casework.domain.actor import Actor, policy_actor
from casework.domain.case import Case, CaseState, Queue
from casework.domain.decision import BlastRadius, Decision, DecisionOutcome, DecisionState
from casework.domain.events import EventType
from casework.domain.ids import CaseId, DecisionId, UploadId, new_id
from casework.domain.report import RESPONSE_TIME
from casework.domain.upload import Match, Upload
from casework.handlers.journal import announce, record
from casework.handlers.matching import facts_of_match
from casework.handlers.recommending import recorded
from casework.policy import POLICY_VERSION
from casework.policy.engine import recommend
from casework.policy.verdict import Verdict
from casework.ports import UnitOfWork


def open_case(upload_id: UploadId, uploader_id: str | None, match: Match, verdict: Verdict, uow: UnitOfWork) -> CaseId:
    """Open the case of an upload's match: for a person, or, where the policy blocks, decided by it."""
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
        takedown_id=takedown.id,
        note=match.reason,
    )
    uow.cases.add(case)
    if blocked:
        decide_by_policy(case, match, uow)
    announce(uow, EventType.CASE_OPENED, takedown.id, case_id=case.id, queue=case.queue.value)
    return case.id


def tell(upload: Upload, match: Match, actor: Actor, uow: UnitOfWork, *, looking_back: bool = False) -> None:
    """
    Tell downstream, and the audit log, that an upload matched.

    Args:
        upload: With the verdict it has now.

        match: The strictest.

        actor: Who asked.

        uow: The transaction.

        looking_back: Whether the upload was there before the takedown.
    """
    announce(
        uow,
        EventType.UPLOAD_MATCHED,
        match.takedown_id,
        upload=upload.id,
        upload_id=upload.platform_id,
        case_id=upload.case_id,
        verdict=upload.verdict,
        strength=match.strength.value,
        looking_back=looking_back,
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


def decide_by_policy(case: Case, match: Match, uow: UnitOfWork) -> None:
    """Record that the policy itself upheld a match: a block needs a decision like everything else that removes."""
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
