"""
What becomes of an interim takedown: upheld, ended, or given up because the reason for it is gone.

    uphold_interim      with the decision     the same takedown stands for good, without a moment between
    end_interim         rejected, withdrawn   its items leave the index, all it held is let go, downstream is told
    reconsider_interim  facts changed         ended if the policy would not restrict it any more
    end_interim_of      of a case             whichever of these closes the case

How one begins is in `restrict_at_once.py`. Invariant: its end is a reversal like any other: in one transaction, or, for
many uploads, asked for in that transaction. Whoever calls has locked the takedowns.
"""

from collections.abc import Iterable
from dataclasses import replace

from casework.domain.actor import Actor, policy_actor
from casework.domain.banking import HashAction
from casework.domain.cases.appeal import AppealState
from casework.domain.cases.case import Case, Queue
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.ids import CaseId, MediaId, TakedownId, new_id
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.policy import POLICY_VERSION
from casework.policy.automation.banking import banked_on_uphold
from casework.policy.automation.interim import still_restricted
from casework.policy.engine import recommend
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.taking_back.reinstate import realign
from casework.steps.taking_back.reversal import reverse_takedown


def interim_of(case_id: CaseId, uow: UnitOfWork) -> Takedown | None:
    """Return the interim takedown that stands on a case's report, or None."""
    return next((one for one in uow.takedowns.of_case(case_id) if one.is_interim), None)


def was_interim(case_id: CaseId, uow: UnitOfWork) -> bool:
    """Tell whether a case's report was restricted at once, even if that ended: it is so once and not again."""
    return any(one.interim_since is not None for one in uow.takedowns.of_case(case_id))


def banked_by(decision: Decision, case: Case, media_ids: Iterable[MediaId]) -> HashAction:
    """
    Say how what a decision upholds is banked.

    Args:
        decision: That upholds.

        case: Its case; what a campaign asked for acts on nothing by itself.

        media_ids: Of the case.
    """
    ids, left_out = set(media_ids), {one.media_id for one in decision.not_banked}
    if ids <= left_out:
        return HashAction.NONE
    return banked_on_uphold(recommend(decision.facts), decision.facts, campaign=case.queue is Queue.CAMPAIGNS)


def uphold_interim(takedown: Takedown, decision: Decision, case: Case, uow: UnitOfWork) -> Takedown:
    """
    Let an interim takedown stand for good, on the decision that upheld it.

    Args:
        takedown: Locked; interim.

        decision: Without anybody left to approve it.

        case: Of the report.

        uow: The transaction.

    Returns:
        It as it is now. What it matched is still held: `rejudge_all` says what becomes of that.
    """
    references = uow.takedowns.references(takedown.id)
    hash_action = banked_by(decision, case, references or [one.id for one in uow.media.of_case(case.id)])
    before = uow.decisions.get(takedown.decision_id, lock=True)
    uow.decisions.update(replace(before, state=DecisionState.SUPERSEDED))
    for appeal in uow.appeals.of_decision(before.id):
        if appeal.state is AppealState.OPEN:  # whoever asked for it to be looked at again still asks
            uow.appeals.update(replace(appeal, decision_id=decision.id))
    upheld = takedown.uphold(decision.id, hash_action, uow.now)
    uow.takedowns.update(upheld)
    uow.takedowns.take_over_references(takedown.id, decision.id)
    left_out = {one.media_id for one in decision.not_banked}
    for media_id in references:
        if media_id in left_out or not hash_action.is_banked:
            _give_up_reference(upheld, media_id, uow)
    return upheld


def end_interim(
    takedown: Takedown, actor: Actor, reason: str, uow: UnitOfWork, *, to: TakedownState = TakedownState.WITHDRAWN
) -> Takedown:
    """
    End an interim takedown; a decision that waits for a second person goes on waiting, with a takedown of its own.

    Args:
        takedown: Locked; interim.

        actor: Who.

        reason: For the history.

        uow: The transaction.

        to: `WITHDRAWN`, or `OVERTURNED` by an appeal.
    """
    ended = reverse_takedown(takedown, to, actor, reason, uow)
    case = uow.cases.get(takedown.case_id)
    for decision in uow.decisions.of_case(case.id):
        if decision.state is DecisionState.AWAITING_APPROVAL and decision.takedown_id == takedown.id:
            waiting = Takedown(
                id=TakedownId(new_id("tkd", uow.now)),
                case_id=case.id,
                decision_id=decision.id,
                state=TakedownState.PENDING,
                hash_action=banked_by(decision, case, [one.id for one in uow.media.of_case(case.id)]),
                created_at=uow.now,
                subject_uploader_id=takedown.subject_uploader_id,
                low_quality=takedown.low_quality,
            )
            uow.takedowns.add(waiting)
            uow.decisions.update(replace(decision, takedown_id=waiting.id))
    return ended


def end_interim_of(case_id: CaseId, actor: Actor, reason: str, uow: UnitOfWork) -> None:
    """End the interim takedown of a case's report, if one stands."""
    interim = interim_of(case_id, uow)
    if interim is not None:
        end_interim(uow.takedowns.get(interim.id, lock=True), actor, reason, uow)


def reconsider_interim(case: Case, uow: UnitOfWork) -> None:
    """
    End the interim takedown of a case if the policy, on the facts as they are now, would not restrict anything.

    Args:
        case: With its new facts, stored.

        uow: The transaction.
    """
    if interim_of(case.id, uow) is not None and not still_restricted(recommend(case.facts)):
        reason = "what is known by now does not restrict it before a person decides"
        end_interim_of(case.id, policy_actor(POLICY_VERSION), reason, uow)


def _give_up_reference(takedown: Takedown, media_id: MediaId, uow: UnitOfWork) -> None:
    uow.index_log.remove(Collection.TAKEDOWNS, takedown.id, media_id)
    uow.takedowns.drop_reference(takedown.id, media_id)
    for upload_id in uow.matches.resting_on_media(takedown.id, media_id):
        realign(upload_id, takedown, uow)
