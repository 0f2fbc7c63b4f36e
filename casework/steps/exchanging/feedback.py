"""
Telling a server what became of its hashes, in the transaction in which it was found out.

    note_feedback      a decision about a copy takes effect
    correct_feedback   it is overturned on appeal: what was said is corrected, what was not is not said

Invariant: only a person's decision about a copy says anything. It is sent once `WAIT` is over: what is undone within
seconds is never said.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.exchanges.exchange import ExchangeState
from casework.domain.exchanges.sending import Feedback, Sending, SendingKind, SendingState
from casework.domain.ids import SendingId, new_id
from casework.policy.engine import recommend
from casework.policy.recommendation import Outcome
from casework.ports.unit_of_work import UnitOfWork

WAIT: Final = timedelta(seconds=30)
"""Longer than a decision can be undone in."""

_KEPT: Final = (Outcome.KEEP.value, Outcome.KEEP_DISCRETIONARY.value)


def note_feedback(decision: Decision, case: Case, uow: UnitOfWork) -> None:
    """
    Note what servers are told of a decision about a copy of their hashes.

    Args:
        decision: That takes effect.

        case: Whose upload it was decided about.

        uow: The decision's transaction.
    """
    word = word_for(decision)
    if word is None or case.upload_id is None:
        return
    of_others = [one.media_id for one in uow.matches.of_upload(case.upload_id) if one.source is not None]
    if not of_others:
        return
    entries = uow.hash_lists.entries_on(of_others)
    records = uow.exchange_records.held_by(one.id for one in entries.values())
    told = {one.id for one in uow.exchanges.all() if one.answers and one.state is not ExchangeState.REMOVED}
    uow.sendings.add_new(
        [
            Sending(
                id=SendingId(new_id("snd", uow.now)),
                exchange_id=one.exchange_id,
                kind=SendingKind.FEEDBACK,
                subject=f"{decision.id} {one.record_id}",
                created_at=uow.now,
                next_attempt_at=uow.now + WAIT,
                decision_id=decision.id,
                record_id=one.record_id,
                feedback=word,
            )
            for one in records
            if one.exchange_id in told
        ]
    )


def correct_feedback(decision: Decision, case: Case, uow: UnitOfWork) -> None:
    """
    Note that what servers were told of a decision was wrong: it was overturned on appeal.

    Of a rejection that was wrong nothing is known until the case is decided again, which says so by itself.

    Args:
        decision: That was overturned.

        case: Whose upload it was decided about.

        uow: The appeal's transaction.
    """
    uow.sendings.unsay(decision.id)
    if decision.outcome is not DecisionOutcome.UPHOLD:
        return
    kept = recommend(case.facts).outcome.value in _KEPT
    word = Feedback.NOT_OUR_POLICY if kept else Feedback.NOT_A_COPY
    uow.sendings.add_new(
        [
            replace(
                said,
                id=SendingId(new_id("snd", uow.now)),
                kind=SendingKind.CORRECTION,
                created_at=uow.now,
                next_attempt_at=uow.now + WAIT,
                feedback=word,
                state=SendingState.PENDING,
                attempts=0,
                sent_at=None,
                error=None,
                lease=None,
            )
            for said in uow.sendings.of_decision(decision.id)
            if said.kind is SendingKind.FEEDBACK
        ]
    )


def word_for(decision: Decision) -> Feedback | None:
    """Return what a decision about a copy says of it; None where it is none that says so."""
    if decision.outcome is DecisionOutcome.UPHOLD:
        return Feedback.CONFIRMED
    if decision.outcome is not DecisionOutcome.REJECT:
        return None
    return Feedback.NOT_OUR_POLICY if decision.recommendation.outcome in _KEPT else Feedback.NOT_A_COPY
