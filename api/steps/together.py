"""
Many cases decided by one request, each by the steps of a single decision.

    begun    which cases they are, kept under the request's key: a group has other members once some are decided
    some     a few of them in one transaction, each undone alone where it fails; kept under the key and the first's id
    ended    the whole answer, kept as every request's

Invariant: atomic for each case. Whatever the request is stopped by, a repeat under its `Idempotency-Key` answers what
was decided and decides what is left; without a key it does the same for cases that are named, since a case that this
person decided alike is answered with that decision.
"""

import time
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

from pydantic import BaseModel

from api.http.problems import problem_document, problem_of
from api.http.repeats.idempotent import Answered, IdempotentRequest
from api.schemas.casework.decisions import DecidedOut, DecisionsIn, DecisionsOut
from api.views.casework.cases import time_decision
from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.errors import CaseworkError, WrongStateError
from casework.domain.facts import Facts
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS, DecideCase, decide_case, decided_alike
from casework.handlers.deciding.together import cases_by_id, cases_of_group
from casework.persistence.reading_ahead import read_ahead
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.ports.search import CandidateSearch
from casework.steps.finding.asked_once import AskedOnce
from casework.steps.finding.looking_ahead.foreseeing import Foreseen
from casework.steps.finding.looking_ahead.foreseeing_together import ForeseenTogether
from casework.steps.finding.protection import ask_about_lists

_AHEAD: Final = 32
"""Cases that are looked ahead at together, and at most decided in one transaction."""

_READ_TOGETHER: Final = 16
"""Cases that are read together: about as many as a transaction decides before it has held others up for long enough."""

_HELD_UP_S: Final = 0.04
"""Processor time after which a transaction takes in no other case: others who write wait for its end."""

_INTERNAL: Final = 500


class _Begun(BaseModel):
    """Which cases a request decides, as it is kept."""

    case_ids: list[str]
    left: int


class _Some(BaseModel):
    """What became of those that were decided in one transaction, as it is kept."""

    results: list[DecidedOut]


def decide_together(
    request: IdempotentRequest,
    actor: Actor,
    decisions: DecisionsIn,
    *,
    after_each: Callable[[int, int], None] = lambda done, total: None,
) -> Answered:
    """
    Decide many cases.

    Args:
        request: Under whose key what was done is kept.

        actor: Who decides.

        decisions: What, about which.

        after_each: Called with how many of how many are done, now and then.

    Raises:
        FactsError: If what is said of all is no fact, or of the wrong type; nothing is decided.
        NotFoundError: If there is no such group.
        SampleNotSeenError: If too few of the cases were looked at.
        IdempotencyConflictError: If the key was used for another request.
    """
    content = decisions.model_dump()
    earlier = request.earlier_answer(actor, content)
    if earlier is not None:
        return earlier
    Facts().with_changes(decisions.facts or {})
    begun = _begin(request, actor, decisions)
    deciding = _Deciding(request, actor, decisions)
    results: list[DecidedOut] = []
    while len(results) < len(begun.case_ids):
        results += deciding.some(begun.case_ids[len(results) :])
        after_each(len(results), len(begun.case_ids))
    return request.do_once(actor, content, lambda _: DecisionsOut(results=results, left=begun.left))


def _begin(request: IdempotentRequest, actor: Actor, decisions: DecisionsIn) -> _Begun:
    terms = request.service.sample

    def work(uow: SqlUnitOfWork) -> _Begun:
        if decisions.group is not None:
            chosen = cases_of_group(decisions.group, actor, uow, terms=terms)
        else:
            chosen = cases_by_id(decisions.case_ids or (), actor, uow, terms=terms)
        return _Begun(case_ids=list(chosen.case_ids), left=chosen.left)

    answered = request.part("begun").do_once(actor, decisions.model_dump(), work, searches=frozenset())
    return _Begun.model_validate_json(answered.body)


class _Deciding:
    """
    One request at work.

    Args:
        request: Under whose key what was done is kept.

        actor: Who decides.

        decisions: What is decided.
    """

    def __init__(self, request: IdempotentRequest, actor: Actor, decisions: DecisionsIn) -> None:
        self._request = request
        self._service = request.service
        self._actor = actor
        self._decisions = decisions
        self._content = decisions.model_dump()
        self._outcome = DecisionOutcome(decisions.outcome)
        deadline = time.monotonic() + self._service.settings.blast_radius_budget_ms / 1000
        self._ahead = ForeseenTogether(self._service.replica, lambda: time.monotonic() >= deadline)
        self._foreseen: dict[str, Foreseen] = {}
        self._looked_at: set[str] = set()

    def some(self, case_ids: Sequence[str]) -> list[DecidedOut]:
        """
        Decide the first few of these in one transaction, as many as it may hold others up for.

        Each transaction begins where the one before it ended, so its first case names what is kept of it.
        """
        part = self._request.part(case_ids[0])
        earlier = part.earlier_answer(self._actor, self._content)
        if earlier is None:
            ahead = self._looked_ahead(case_ids[:_AHEAD])
            made: list[Decision] = []
            cases: dict[str, Case] = {}

            def work(uow: SqlUnitOfWork) -> _Some:
                until = time.thread_time() + _HELD_UP_S
                results = []
                search = AskedOnce(self._service.replica)
                with uow.writes.collected():
                    for place, case_id in enumerate(ahead):
                        if place % _READ_TOGETHER == 0:
                            self._read(ahead[place : place + _READ_TOGETHER], uow, search)
                        results.append(self._decide(case_id, uow, search, made))
                        if time.thread_time() >= until:
                            break
                cases.update(uow.cases.many(one.case_id for one in made))
                return _Some(results=results)

            earlier = part.do_once(self._actor, self._content, work, searches=SEARCHED_BY_DECISIONS)
            for decision in made:
                time_decision(decision, cases[decision.case_id])
        return _Some.model_validate_json(earlier.body).results

    def _looked_ahead(self, case_ids: Sequence[str]) -> Sequence[str]:
        """Return the first of these, once it is known what upholding each would do."""
        if self._outcome is not DecisionOutcome.UPHOLD:
            return case_ids
        if case_ids[0] not in self._looked_at:
            with self._service.reading() as uow:
                self._foreseen = self._ahead.of(case_ids, uow)
            self._looked_at = set(case_ids)
        return list(takewhile(self._looked_at.__contains__, case_ids))

    def _read(self, case_ids: Sequence[str], uow: SqlUnitOfWork, search: AskedOnce) -> None:
        """Read and ask at once what deciding each of these would read and ask."""
        media = read_ahead(case_ids, uow)
        if self._outcome is DecisionOutcome.UPHOLD:
            ask_about_lists(media, uow, search)

    def _decide(self, case_id: str, uow: SqlUnitOfWork, search: CandidateSearch, made: list[Decision]) -> DecidedOut:
        command = DecideCase(
            case_id=case_id,
            actor=self._actor,
            outcome=self._outcome,
            note=self._decisions.note,
            override_reason=self._decisions.override_reason,
            facts=self._decisions.facts or {},
            with_others=True,
        )
        try:
            with uow.part():
                decision = decide_case(
                    command,
                    uow,
                    search=search,
                    limits=self._service.limits,
                    foreseen=self._foreseen.get(case_id),
                )
                made.append(decision)
        except CaseworkError as error:
            before = decided_alike(command, uow) if isinstance(error, WrongStateError) else None
            if before is None:
                return DecidedOut(case_id=case_id, decision_id=None, problem=_problem(error))
            decision = before
        return DecidedOut(
            case_id=case_id,
            decision_id=decision.id,
            state=decision.state,
            takedown_id=decision.takedown_id,
            problem=None,
        )


def _problem(error: CaseworkError) -> dict[str, object]:
    """Write why one case was not decided; what is wrong with the service ends the request."""
    problem = problem_of(error)
    if problem is None or problem.status >= _INTERNAL:
        raise error
    return problem_document(problem, str(error))
