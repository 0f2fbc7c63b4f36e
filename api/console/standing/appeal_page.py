"""What pages about appeals show. Invariant: nothing is decided or written here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.console.waiting.listing import OUTCOMES
from api.schemas.casework.people import PersonOut
from api.views.casework.people import People
from casework.domain.actor import Actor
from casework.domain.cases.appeal import Appeal, AppealBy, AppealState
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.errors import SamePersonError
from casework.domain.takedowns.statement import StatementOfReasons
from casework.handlers.standing.appeals import require_another_person
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy import POLICY_RULES
from casework.policy.clauses import CLAUSES
from casework.steps.uploads.restriction import restriction_by_decision
from casework.steps.uploads.standing import restriction_of

_EXCERPT: Final = 160
"""Characters of the grounds in a list."""

_OUTCOMES: Final = {one.value: words for one, words in OUTCOMES.items()}

_DECIDED: Final = {
    DecisionOutcome.UPHOLD: "upheld: it was removed",
    DecisionOutcome.REJECT: "rejected: it stays up",
    DecisionOutcome.RESTRICT: "held until somebody decides",
}


@dataclass(frozen=True, slots=True)
class AppealRow:
    """
    An appeal in a list.

    Args:
        by: Who appeals, in two or three words.

        grounds: How they begin.

        against: What was decided, in words.

        decided_by: Who decided that.
    """

    id: str
    by: str
    grounds: str
    against: str
    decided_by: str
    filed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealPage:
    """
    Everything the page of one appeal shows.

    Args:
        statement: What whoever posted it was told of why; None where nothing restricts a post.

        kept_from_it: Why who looks may not decide it; None where they may.
    """

    appeal: Appeal
    by: str
    is_open: bool
    decision: Decision
    against: str
    recommended: str
    clauses: list[tuple[str, str]]
    decided_by: PersonOut
    approved_by: PersonOut | None
    judged_by: PersonOut | None
    upload_id: str | None
    upload_verdict: str | None
    statement: StatementOfReasons | None
    kept_from_it: str | None


def appeal_rows(appeals: Sequence[Appeal], uow: SqlUnitOfWork) -> list[AppealRow]:
    """Show a page of appeals, in their order."""
    people = People(uow)
    decisions = uow.decisions.many({one.decision_id for one in appeals})
    return [
        AppealRow(
            id=one.id,
            by=_by(one),
            grounds=one.grounds if len(one.grounds) <= _EXCERPT else f"{one.grounds[:_EXCERPT]}…",
            against=_against(decisions[one.decision_id]),
            decided_by=people.named(decisions[one.decision_id].decided_by).name,
            filed_at=one.filed_at,
        )
        for one in appeals
    ]


def appeal_page(appeal: Appeal, actor: Actor, uow: SqlUnitOfWork) -> AppealPage:
    """
    Put the page of an appeal together.

    Args:
        appeal: The appeal.

        actor: Who looks.

        uow: To read.
    """
    people = People(uow)
    upload = None if appeal.upload_id is None else uow.uploads.get(appeal.upload_id)
    restriction = None if upload is None else restriction_of(upload, uow)
    is_open = appeal.state is AppealState.OPEN
    # While it is open it is against whatever restricts the upload by then.
    decided = restriction.decision_id if is_open and restriction is not None else appeal.decision_id
    decision = uow.decisions.get(decided)
    recommended = decision.recommendation
    return AppealPage(
        appeal=appeal,
        by=_by(appeal),
        is_open=is_open,
        decision=decision,
        against=_against(decision),
        recommended=_OUTCOMES.get(recommended.outcome, recommended.outcome),
        clauses=_clauses(recommended.rule),
        decided_by=people.named(decision.decided_by),
        approved_by=people.maybe(decision.approved_by),
        judged_by=people.maybe(appeal.decided_by),
        upload_id=None if upload is None else upload.platform_id,
        upload_verdict=None if upload is None else upload.verdict.value,
        statement=restriction.statement if restriction is not None else _statement(decision, uow),
        kept_from_it=_kept_from_it(appeal, decision, actor, uow),
    )


def _by(appeal: Appeal) -> str:
    return "who posted it" if appeal.by is AppealBy.POSTER else "who reported it"


def _against(decision: Decision) -> str:
    return _DECIDED.get(decision.outcome, decision.outcome.value)


def _statement(decision: Decision, uow: SqlUnitOfWork) -> StatementOfReasons | None:
    if decision.takedown_id is None or decision.outcome is not DecisionOutcome.UPHOLD:
        return None
    return restriction_by_decision(decision, uow.takedowns.get(decision.takedown_id)).statement


def _kept_from_it(appeal: Appeal, decision: Decision, actor: Actor, uow: SqlUnitOfWork) -> str | None:
    try:
        require_another_person(appeal, decision, actor, uow)
    except SamePersonError:
        return "You had part in this: somebody else decides it."
    return None


def _clauses(rule: str) -> list[tuple[str, str]]:
    found = next((one for one in POLICY_RULES if one.id == rule), None)
    return [] if found is None else [(name, CLAUSES[name]) for name in found.clauses]
