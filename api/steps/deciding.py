"""
One case is decided over HTTP, whichever way its request came in.

Invariant: a repeat is answered as the first was, before anything is looked for; what upholding would hit is foreseen
before the transaction.
"""

from api.http.repeats.idempotent import Answered, IdempotentRequest
from api.media.deep import foresee_within_budget
from api.schemas.casework.decisions import DecisionIn, DecisionOut
from api.telemetry import span
from api.views.casework.cases import decision_out, time_decision
from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS, DecideCase, decide_case
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.finding.asked_once import AskedOnce


def decide_once(request: IdempotentRequest, actor: Actor, case_id: str, decision: DecisionIn) -> Answered:
    """
    Decide a case; for a thread, because it waits for its commit.

    Args:
        request: What is answered once.

        actor: Who decides; they may.

        case_id: Which case.

        decision: What they said.

    Returns:
        200 and a `DecisionOut`.

    Raises:
        CaseworkError: As `decide_case` says.
    """
    command = DecideCase(
        case_id=case_id,
        actor=actor,
        outcome=DecisionOutcome(decision.outcome),
        note=decision.note,
        override_reason=decision.override_reason,
        question=decision.question,
    )
    service = request.service
    earlier = request.earlier_answer(actor, decision.model_dump())
    if earlier is not None:
        return earlier
    foreseen = foresee_within_budget(service, case_id) if command.outcome is DecisionOutcome.UPHOLD else None

    def work(uow: SqlUnitOfWork) -> DecisionOut:
        search = AskedOnce(service.replica)  # both lists are in one index, and asked about the same media
        decided = decide_case(command, uow, search=search, limits=service.limits, foreseen=foreseen)
        timed.append((decided, uow.cases.get(case_id)))
        return decision_out(decided, uow)

    timed: list[tuple[Decision, Case]] = []
    with span("decide", case=case_id, outcome=decision.outcome):
        answered = request.do_once(actor, decision.model_dump(), work, searches=SEARCHED_BY_DECISIONS)
    if not answered.repeated:
        time_decision(*timed[-1])
    return answered
