"""
Asking for second looks, and giving one.

Invariant: whoever had part in a decision never looks at it twice, and one second look is enough. The answer is a row of
the audit log about the decision: it is about people's work, and nothing follows from it by itself.
"""

from datetime import datetime, timedelta
from typing import Final

from casework.domain.actor import Actor
from casework.domain.cases.second_look import FirstAnswer, SecondAnswer, chosen_endings
from casework.domain.errors import SamePersonError, WrongStateError
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record

GIVEN: Final = "case:second_look:given"

ASKED_FOR: Final = timedelta(days=7)
"""A decision that is older is not looked at twice any more: what was learned by then would come too late."""

_MOST: Final = 500
"""Decisions, the latest, among which those are that wait for a second look."""


def second_looks_for(actor: Actor, uow: UnitOfWork, *, percent: float) -> list[FirstAnswer]:
    """
    List the decisions that wait for a second look of somebody, the earliest first.

    Args:
        actor: Who would give it.

        uow: To read.

        percent: How many of a hundred decisions are looked at twice.
    """
    asked = uow.decisions.about_copies(uow.now - ASKED_FOR, chosen_endings(percent), limit=_MOST)
    given = _given([one.decision_id for one in asked], uow)
    return [one for one in asked if one.decision_id not in given and not one.had_part(actor.id)]


def answered_twice(
    since: datetime, uow: UnitOfWork, *, percent: float, limit: int
) -> list[tuple[FirstAnswer, SecondAnswer]]:
    """
    List decisions that were looked at twice, the earliest first, with both answers.

    Args:
        since: When they were made, at the earliest.

        uow: To read.

        percent: How many of a hundred decisions are looked at twice.

        limit: Decisions, the latest, among which these are.
    """
    first = uow.decisions.about_copies(since, chosen_endings(percent), limit=limit)
    given = _given([one.decision_id for one in first], uow)
    return [(one, given[one.decision_id]) for one in first if one.decision_id in given]


def give_second_look(decision_id: str, actor: Actor, uow: UnitOfWork, *, is_copy: bool | None, percent: float) -> None:
    """
    Record what somebody sees.

    Args:
        decision_id: Of the decision that is looked at twice.

        actor: Who looks.

        uow: The transaction.

        is_copy: What they say; None where they cannot tell.

        percent: How many of a hundred decisions are looked at twice.

    Raises:
        NotFoundError: If there is no such decision.
        SamePersonError: If they decided it, or agreed.
        WrongStateError: If no second look is asked for, or somebody gave it before.
    """
    decision = uow.decisions.get(decision_id, lock=True)
    if actor.id in (decision.decided_by, decision.approved_by):
        message = f"{actor.id} had part in decision {decision.id}; somebody else looks at it again"
        raise SamePersonError(message)
    if decision.id not in {one.decision_id for one in second_looks_for(actor, uow, percent=percent)}:
        message = f"no second look at decision {decision.id} is asked for, or somebody has given it"
        raise WrongStateError(message)
    record(uow, actor, GIVEN, decision.id, case_id=decision.case_id, is_copy=is_copy)


def _given(decision_ids: list[str], uow: UnitOfWork) -> dict[str, SecondAnswer]:
    found: dict[str, SecondAnswer] = {}
    for row in uow.audit.of(decision_ids):
        if row.action == GIVEN:
            said = row.detail.get("is_copy")
            found[row.subject_id] = SecondAnswer(row.actor_id, row.at, said if isinstance(said, bool) else None)
    return found
