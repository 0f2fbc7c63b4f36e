"""
Deciding a case: the only way anything is taken down.

A decision records what was recommended, on which facts, under which policy version, by whom. Upheld, it makes a
takedown (for a report) or confirms a copy, whose variant joins the takedown's references (for a match). Index rows,
messages and audit rows are written in the same transaction, or none of it happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from casework.domain.actor import Actor
from casework.domain.banking import HashAction
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import BlastRadius, Decision, DecisionOutcome, DecisionState, NotBanked
from casework.domain.errors import DecidedApartError, OverrideReasonMissingError, WrongStateError
from casework.domain.ids import CaseId, TakedownId, new_id
from casework.domain.media import Collection, Media, is_low_quality
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.policy.automation.safeguards import SafeguardLimits, approvals_needed
from casework.policy.minors import recommend_for
from casework.policy.override import differs
from casework.policy.together import shared
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.decisions import draft_decision, record_decision
from casework.steps.deciding.judged_by_another import as_second_person, require_another_than_the_reporter
from casework.steps.deciding.learning import learn
from casework.steps.finding.looking_ahead.foreseeing import Foreseen, foresee
from casework.steps.finding.protection import is_protected, never_banked
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.reports.conversation import write_to_reporter
from casework.steps.taking_down.interim import banked_by, interim_of, reconsider_interim
from casework.steps.taking_down.take_effect import media_of, take_effect

SEARCHED_BY_DECISIONS: Final = frozenset({Collection.PROTECTED})
"""The collections that a decision asks the index about, once what it would do is foreseen."""


@dataclass(frozen=True, slots=True)
class DecideCase:
    """
    A reviewer decides.

    Args:
        note: For the history; the reporter never sees it.

        override_reason: Why, where the outcome differs from the recommendation.

        question: What the reporter is asked, where information is; the receipt shows it.

        facts: What was learned and is recorded with the decision, by fact name.

        with_others: Whether it is decided together with others, on what is said of all of them: a post of its own kind
            is refused.
    """

    case_id: str
    actor: Actor
    outcome: DecisionOutcome
    note: str | None = None
    override_reason: str | None = None
    question: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    with_others: bool = False


def decided_alike(command: DecideCase, uow: UnitOfWork) -> Decision | None:
    """Return the decision by which the same person decided the case alike, if it still stands: a repeat hears of it."""
    if uow.cases.get(command.case_id).is_open:
        return None
    made = uow.decisions.of_case(CaseId(command.case_id))[-1:]
    alike = [one for one in made if (one.decided_by, one.outcome) == (command.actor.id, command.outcome)]
    stands = (DecisionState.EFFECTIVE, DecisionState.AWAITING_APPROVAL)
    return next((one for one in alike if one.state in stands), None)


def decide_case(
    command: DecideCase,
    uow: UnitOfWork,
    *,
    search: CandidateSearch,
    limits: SafeguardLimits,
    foreseen: Foreseen | None = None,
) -> Decision:
    """
    Decide an open case.

    Args:
        command: Who decides what.

        uow: The transaction.

        search: To tell whether the media is protected.

        limits: Above which a second person must agree.

        foreseen: What upholding it would do, from `foresee`; worked out here where it is None, which holds others up.

    Returns:
        The decision; with `approvals_needed` above 0 it has no effect yet.

    Raises:
        NotFoundError: If there is no such case.
        WrongStateError: If it was decided before, or its takedown was taken back.
        CaseClaimedError: If somebody else works on it.
        SamePersonError: If who decides filed the report.
        OverrideReasonMissingError: If it differs from the recommendation without saying why.
        FactsError: If a fact is unknown or of the wrong type.
        DecidedApartError: If its own post asks for another decision than the others it is decided with.
    """
    lock_takedowns(uow)
    case = uow.cases.get(command.case_id, lock=True)
    case.require_open()
    case.require_unclaimed_by_others(command.actor.id, uow.now)
    if case.asks_about_takedown:
        message = (
            f"case {case.id} asks about takedown {case.takedown_id}, not about one post; lift its quarantine "
            f"(/v1/takedowns/{case.takedown_id}/quarantine) or withdraw the takedown"
        )
        raise WrongStateError(message)
    require_another_than_the_reporter(case, command.actor, uow)
    _require_its_route(case, command.outcome)
    case = _with_what_was_learned(case, command, uow)
    recommendation = recommend_for(case)
    # "Not a copy" is a finding about pixels; only the policy's recommendation can be overridden.
    not_a_copy = case.opened_by_match and command.outcome is DecisionOutcome.REJECT
    explained = not_a_copy or command.override_reason or command.question  # a question says itself why it is asked
    if differs(recommendation, command.outcome) and not explained:
        message = (
            f"the policy recommends {recommendation.outcome.value} ({recommendation.rule}); "
            f"to {command.outcome.value.replace('_', ' ')} instead, say why in `override_reason`"
        )
        raise OverrideReasonMissingError(message)
    draft = draft_decision(case, command.outcome, command.actor, recommendation, uow)
    decision = replace(draft, note=command.note, override_reason=command.override_reason)
    if command.outcome is DecisionOutcome.UPHOLD:
        decision = replace(decision, not_banked=_not_banked(case, uow, search))
        decision = _with_takedown(decision, case, uow, foreseen or foresee(case, uow, search))
    reasons = approvals_needed(
        recommendation,
        command.outcome,
        decider=command.actor.role,
        blast_radius=decision.blast_radius,
        limits=limits,
        protected=command.outcome is DecisionOutcome.UPHOLD and _is_protected(case, uow, search),
        campaign=case.queue is Queue.CAMPAIGNS,
    )
    uow.decisions.add(decision)
    together = {"with_others": True} if command.with_others else {}
    record_decision(decision, command.actor, uow, **together)
    if reasons:
        return _wait_for_approval(decision, case, reasons, uow)
    if command.outcome is DecisionOutcome.REQUEST_INFORMATION:
        _ask(command, case, uow)
    return take_effect(decision, case, command.actor, uow, search=search)


def _with_what_was_learned(case: Case, command: DecideCase, uow: UnitOfWork) -> Case:
    if command.with_others:
        among_others = shared(case.facts, command.facts, of_match=case.opened_by_match)
        if among_others.why_apart is not None:
            message = f"case {case.id} {among_others.why_apart}"
            raise DecidedApartError(message)
        facts = among_others.facts
    else:
        facts = case.facts.with_changes(command.facts)
    if facts == case.facts:
        return case
    case = learn(case, facts, command.actor, uow)
    reconsider_interim(case, uow)
    return case


def approve_decision(
    decision_id: str, actor: Actor, uow: UnitOfWork, *, search: CandidateSearch | None = None
) -> Decision:
    """
    Let a decision that waited for a second person take effect.

    Args:
        decision_id: Which.

        actor: Who agrees.

        uow: The transaction.

        search: Over the `protected` collection, to judge anew what was held; without one, a worker does that.

    Raises:
        NotFoundError: If there is no such decision.
        WrongStateError: If it does not wait for approval.
        SamePersonError: If the one who decided, or who filed the report, approves.
    """
    lock_takedowns(uow)
    decision, case = as_second_person(decision_id, actor, uow, waits_for="approval", must="approve")
    record(uow, actor, "decision:approved", case.id, decision_id=decision.id)
    return take_effect(replace(decision, approvals_needed=0, approved_by=actor.id), case, actor, uow, search=search)


def _require_its_route(case: Case, outcome: DecisionOutcome) -> None:
    """Keep what may show somebody under age from being decided as if they were an adult, and the other way round."""
    if case.minor is not None and outcome in (DecisionOutcome.UPHOLD, DecisionOutcome.REJECT):
        message = (
            f"the person in case {case.id} may be under 18: take the steps it names and decide `refer`; if that is "
            f'mistaken, take it back (POST /v1/cases/{case.id}/minor {{"minor": false, "why": …}})'
        )
        raise WrongStateError(message)
    if case.minor is None and outcome is DecisionOutcome.REFER:
        message = (
            f"nothing says that the person in case {case.id} is under 18; say so first "
            f'(POST /v1/cases/{case.id}/minor {{"minor": true}})'
        )
        raise WrongStateError(message)


def _ask(command: DecideCase, case: Case, uow: UnitOfWork) -> None:
    report = uow.reports.of_case(case.id)
    if report is not None:
        write_to_reporter(report, command.actor, command.question, uow, asks=True)
    elif command.question is not None:
        message = f"case {case.id} was opened by a match; nobody reported it, so nobody can be asked"
        raise WrongStateError(message)


def _with_takedown(decision: Decision, case: Case, uow: UnitOfWork, foreseen: Foreseen) -> Decision:
    media = media_of(case, uow)
    hash_action = banked_by(decision, case, [one.id for one in media])
    takedown = _takedown_of(case, decision, media, hash_action, uow)
    banked = (hash_action if takedown.is_interim else takedown.hash_action).is_banked
    radius = foreseen.blast_radius if banked else BlastRadius()
    if banked:
        uow.common_parts.add(foreseen.common_parts)
    return replace(decision, takedown_id=takedown.id, blast_radius=radius)


def _wait_for_approval(decision: Decision, case: Case, reasons: tuple[str, ...], uow: UnitOfWork) -> Decision:
    waiting = replace(decision, state=DecisionState.AWAITING_APPROVAL, approvals_needed=1, approval_reasons=reasons)
    uow.decisions.update(waiting)
    uow.cases.update(case.moved_to(CaseState.AWAITING_APPROVAL))
    return waiting


def _takedown_of(
    case: Case, decision: Decision, media: Sequence[Media], hash_action: HashAction, uow: UnitOfWork
) -> Takedown:
    """Return the takedown the decision rests on: of a report, a new one or the interim one; of a match, the matched."""
    if case.takedown_id is not None:
        matched = uow.takedowns.get(case.takedown_id, lock=True)
        if matched.is_interim:
            message = f"takedown {matched.id} is interim: decide on the report first, in case {matched.case_id}"
            raise WrongStateError(message)
        if matched.state is TakedownState.ACTIVE:
            return matched
        # Reopened because its takedown was taken back: upheld now, the post is taken down for what it is itself.
    interim = interim_of(case.id, uow)
    if interim is not None:
        return interim
    report = uow.reports.of_case(case.id)
    by_subject = report is not None and report.reporter.relation.value == "subject"
    takedown = Takedown(
        id=TakedownId(new_id("tkd", uow.now)),
        case_id=case.id,
        decision_id=decision.id,
        state=TakedownState.PENDING,
        hash_action=hash_action,
        created_at=uow.now,
        subject_uploader_id=report.reporter.uploader_id if report is not None and by_subject else None,
        low_quality=any(is_low_quality(one) for one in media),
    )
    uow.takedowns.add(takedown)
    return takedown


def _is_protected(case: Case, uow: UnitOfWork, search: CandidateSearch) -> bool:
    return any(is_protected(uow.media.query_of(media), uow, search) for media in media_of(case, uow))


def _not_banked(case: Case, uow: UnitOfWork, search: CandidateSearch) -> tuple[NotBanked, ...]:
    """Ask the never-bank list about each piece of a case's media."""
    listed = ((media.id, never_banked(media, uow, search)) for media in media_of(case, uow))
    return tuple(
        NotBanked(media_id, entry_id, uow.protected.get(entry_id).reason)
        for media_id, entry_id in listed
        if entry_id is not None
    )
