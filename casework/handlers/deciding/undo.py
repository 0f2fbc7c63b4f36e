"""
Undoing one's own decision within seconds: a slip of the finger, noticed at once.

The decision took effect when it was acknowledged, as every decision does, and is reversed whole, by the steps that a
withdrawal and an overturned appeal take: what it added leaves the index, what it held is let go, and whoever was told
of it is told of its end. The case is open again, in its place in the queue, held by who undid it.

Invariant: only who decided may undo, only for `UNDO_FOR`, and never in part: where it cannot be reversed whole it
stands, and the message says what can be done instead.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from casework.domain.actor import Actor
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.errors import SamePersonError, WrongStateError
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_back.reversal import reverse_takedown
from casework.steps.taking_back.unconfirming import unconfirm
from casework.steps.uploads.standing import settle_upload

UNDO_FOR: Final = timedelta(seconds=10)

MOST_UNDONE: Final = 100
"""Decisions undone at once: all are or none is, so they are one transaction, and others who write wait for it."""

_ON_THE_WAY: Final = timedelta(seconds=2)
"""Between the click and its arrival here."""

_REASON: Final = "undone at once by who decided"
_UNDOABLE = (DecisionState.EFFECTIVE, DecisionState.AWAITING_APPROVAL)


def undo_decision(decision_id: str, actor: Actor, uow: UnitOfWork) -> Case:
    """
    Undo a decision; return its case, open again and held by who undid it.

    Args:
        decision_id: Which.

        actor: Who made it.

        uow: The transaction.

    Raises:
        NotFoundError: If there is no such decision.
        SamePersonError: If somebody else made it.
        WrongStateError: If it is too late, or it cannot be reversed whole.
    """
    lock_takedowns(uow)
    decision = uow.decisions.get(decision_id, lock=True)
    _require_undoable(decision, actor, uow)
    case = uow.cases.get(decision.case_id, lock=True)
    uow.sendings.unsay(decision.id)
    takedown = None if decision.takedown_id is None else uow.takedowns.get(decision.takedown_id, lock=True)
    if takedown is None:
        _take_back_rejection(decision, case, uow)
    elif takedown.decision_id == decision.id:
        reverse_takedown(takedown, TakedownState.WITHDRAWN, actor, _REASON, uow)
    else:
        _take_back_confirmation(decision, case, takedown, uow)
    case = uow.cases.get(case.id, lock=True).moved_to(CaseState.OPEN).claim(actor.id, uow.now)
    uow.cases.update(case)
    record(uow, actor, "case:decision:undone", case.id, decision_id=decision.id)
    return case


def undo_together(decision_ids: Sequence[str], actor: Actor, uow: UnitOfWork) -> list[Case]:
    """
    Undo decisions that were made at once: all of them, or none.

    Args:
        decision_ids: Which.

        actor: Who made them.

        uow: The transaction, which ends with the first that cannot be undone.

    Returns:
        Their cases, open again and held by who undid it, in order.

    Raises:
        NotFoundError: If there is no such decision.
        SamePersonError: If somebody else made one.
        WrongStateError: If it is too late for one, or one cannot be reversed whole, and the message says which; or if
            they are more than `MOST_UNDONE`.
    """
    if len(decision_ids) > MOST_UNDONE:
        message = f"{len(decision_ids)} decisions are more than {MOST_UNDONE}, the most that are undone at once"
        raise WrongStateError(message)
    undone = [undo_decision(one, actor, uow) for one in reversed(dict.fromkeys(decision_ids))]
    return undone[::-1]


def may_be_undone(decision: Decision, actor: Actor, uow: UnitOfWork) -> bool:
    """Tell whether somebody may undo a decision now."""
    try:
        _require_undoable(decision, actor, uow)
    except (SamePersonError, WrongStateError):
        return False
    return True


def _require_undoable(decision: Decision, actor: Actor, uow: UnitOfWork) -> None:
    if decision.decided_by != actor.id:
        message = f"decision {decision.id} was made by {decision.decided_by}; only they can undo it, at once"
        raise SamePersonError(message)
    if decision.outcome is DecisionOutcome.REQUEST_INFORMATION:
        message = f"decision {decision.id} asked the reporter, who may have read it; the case is open, decide it again"
        raise WrongStateError(message)
    if decision.state not in _UNDOABLE:
        message = f"decision {decision.id} is {decision.state.value}; there is nothing left to undo"
        raise WrongStateError(message)
    if uow.now > decision.decided_at + UNDO_FOR + _ON_THE_WAY:
        message = (
            f"decision {decision.id} was made more than {UNDO_FOR.seconds} s ago; "
            "withdraw the takedown, or let the decision be appealed"
        )
        raise WrongStateError(message)
    if any(one.outcome is DecisionOutcome.RESTRICT for one in uow.decisions.of_case(decision.case_id)):
        message = (
            f"case {decision.case_id} was restricted until decision {decision.id}, which ended that; "
            "withdraw the takedown, or let the decision be appealed"
        )
        raise WrongStateError(message)


def _take_back_rejection(decision: Decision, case: Case, uow: UnitOfWork) -> None:
    uow.decisions.update(replace(decision, state=DecisionState.WITHDRAWN, approvals_needed=0))
    if case.upload_id is None or decision.state is not DecisionState.EFFECTIVE:
        return
    uow.matches.undismiss(decision.id)
    uow.common_parts.forget(case.upload_id)
    upload = uow.uploads.get(case.upload_id, lock=True)
    settle_upload(upload, uow, case_id=case.id, cause=case.takedown_id, reason=_REASON)


def _take_back_confirmation(decision: Decision, case: Case, takedown: Takedown, uow: UnitOfWork) -> None:
    if takedown.state is TakedownState.REFERRED:
        message = f"takedown {takedown.id} was referred since decision {decision.id}; what it restricted stays so"
        raise WrongStateError(message)
    if decision.state is DecisionState.AWAITING_APPROVAL:
        uow.decisions.update(replace(decision, state=DecisionState.WITHDRAWN, approvals_needed=0))
        return
    unconfirm(decision, case, takedown, uow, to=DecisionState.WITHDRAWN, dismissed_by=None, reason=_REASON)
