"""
Writing a decision down: on the facts of the case as they are known now, under the policy version that runs now.

Used by whatever decides: a person, the policy itself, and what ends a case without either. Who drafts one says what is
particular about it (`dataclasses.replace`) and stores it.
"""

from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.cases.decision import BlastRadius, Decision, DecisionOutcome, DecisionState
from casework.domain.ids import DecisionId, new_id
from casework.policy import POLICY_VERSION
from casework.policy.recommendation import Recommendation
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import Field, record


def draft_decision(
    case: Case, outcome: DecisionOutcome, by: Actor, recommended: Recommendation, uow: UnitOfWork
) -> Decision:
    """
    Return a decision that takes effect at once, rests on no takedown and says no words; it is not stored.

    Args:
        case: That is decided, with the facts the decision sees.

        outcome: What is decided.

        by: Who decides.

        recommended: What the policy recommends on these facts.

        uow: The transaction.
    """
    return Decision(
        id=DecisionId(new_id("dec", uow.now)),
        case_id=case.id,
        outcome=outcome,
        state=DecisionState.EFFECTIVE,
        decided_by=by.id,
        decided_at=uow.now,
        note=None,
        override_reason=None,
        recommendation=recommended.as_recorded(),
        policy_version=POLICY_VERSION,
        facts=case.facts,
        takedown_id=None,
        blast_radius=BlastRadius(),
    )


def record_decision(decision: Decision, actor: Actor, uow: UnitOfWork, **detail: Field) -> None:
    """Write into the audit log that a person decided; `detail` is what this way of deciding adds."""
    record(
        uow,
        actor,
        "case:decision:made",
        decision.case_id,
        decision_id=decision.id,
        outcome=decision.outcome.value,
        rule=decision.recommendation.rule,
        policy_version=decision.policy_version,
        state=decision.state.value,
        **detail,
    )
