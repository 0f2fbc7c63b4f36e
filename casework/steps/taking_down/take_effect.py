"""
What a decision does once it takes effect: the takedown stands, its media is banked, the upload is kept down or let go.

Index rows, messages and audit rows are written in the same transaction, or none of it happened.
"""

from dataclasses import replace

from casework.domain.actor import Actor
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.errors import WrongStateError
from casework.domain.events import EventType
from casework.domain.ids import TakedownId
from casework.domain.media import Collection, Media
from casework.domain.takedowns.sweep import SweepKind
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.policy.automation.flood import FAR_MORE
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.feedback import note_feedback
from casework.steps.finding.common_parts import learn_from_dismissal
from casework.steps.journal import announce, record
from casework.steps.judging_anew.rejudging import rejudge_all
from casework.steps.judging_anew.trusting import refresh_trust, retrust
from casework.steps.reports.named_post import place_of, remove_named_post
from casework.steps.sweeps import request_sweep
from casework.steps.taking_down.banked_copy import without_other_parts
from casework.steps.taking_down.interim import end_interim_of, uphold_interim
from casework.steps.taking_down.keep_down import keep_down
from casework.steps.uploads.standing import settle_upload


def take_effect(
    decision: Decision, case: Case, actor: Actor, uow: UnitOfWork, *, search: CandidateSearch | None = None
) -> Decision:
    """
    Carry a decision out; return it as it is then.

    Args:
        decision: Stored, with nobody left to approve it.

        case: Locked.

        actor: Who decided, or approved.

        uow: The transaction.

        search: Over the `protected` collection, to judge anew what was held; without one, a worker does that.

    Raises:
        WrongStateError: If the takedown it rests on was taken back meanwhile.
    """
    version = uow.index_log.version(Collection.TAKEDOWNS)
    if decision.approved_by is not None:
        uow.decisions.update(decision)  # who approved has seen it, too
    if decision.takedown_id is not None:
        version = _take_down(decision, case, decision.takedown_id, actor, uow, search)
    elif decision.outcome is DecisionOutcome.REJECT:
        _dismiss_matches(decision, case, uow)
        case = case.moved_to(CaseState.DECIDED)
        uow.cases.update(case)
        end_interim_of(case.id, actor, "the report was rejected", uow)
    note_feedback(decision, case, uow)
    effective = replace(decision, state=DecisionState.EFFECTIVE, index_version=version)
    uow.decisions.update(effective)
    if decision.outcome is not DecisionOutcome.REQUEST_INFORMATION:
        uow.cases.update(case.moved_to(CaseState.DECIDED))
    return effective


def _take_down(
    decision: Decision,
    case: Case,
    takedown_id: TakedownId,
    actor: Actor,
    uow: UnitOfWork,
    search: CandidateSearch | None,
) -> int:
    """Activate the takedown if it is new, bank the case's media under it; return the version that has it."""
    takedown = uow.takedowns.get(takedown_id, lock=True)
    was_interim, was_active = takedown.is_interim, takedown.state is TakedownState.ACTIVE
    begins = takedown.state is TakedownState.PENDING and takedown.decision_id == decision.id
    if takedown.state is TakedownState.PENDING or was_interim:
        begun = uphold_interim(takedown, decision, case, uow) if was_interim else takedown.activate(uow.now)
        agreed = FAR_MORE * decision.blast_radius.uploaders if decision.approved_by is not None else 0
        takedown = replace(begun, agreed_uploaders=agreed)
        uow.takedowns.update(takedown)
        _announce_takedown(takedown, decision, case, uow)
        record(uow, actor, "takedown:activated", takedown.id, decision_id=decision.id)
    elif takedown.state is not TakedownState.ACTIVE:
        message = f"takedown {takedown.id} is {takedown.state.value}: there is nothing left to be a copy of"
        raise WrongStateError(message)
    _keep_upload_down(decision, case, takedown, uow)
    remove_named_post(decision, case, takedown, uow)
    version = uow.index_log.version(Collection.TAKEDOWNS)
    left_out = {one.media_id for one in decision.not_banked}
    banked = [one for one in media_of(case, uow) if one.id not in left_out]
    if takedown.hash_action.is_banked and banked:
        known = uow.takedowns.references(takedown.id, among=[one.id for one in banked])
        for media in banked:
            if media.id in known:  # since the report: it was restricted at once
                continue
            uow.takedowns.add_reference(takedown.id, media.id, decision.id)
            version = uow.index_log.add(Collection.TAKEDOWNS, takedown.id, _banked_part(media, case, takedown, uow))
        request_sweep(SweepKind.SEARCH, takedown.id, decision.id, uow)
    if was_active and takedown.trust_lacks:
        retrust(takedown, uow, search)  # somebody has confirmed a copy, which can only lift what is lacking
    elif not was_active:
        takedown = refresh_trust(takedown, uow, just_banked=banked if begins else None)
    if was_interim:
        case = case.moved_to(CaseState.DECIDED)
        uow.cases.update(case)
        rejudge_all(takedown, uow, search, reason="the report was upheld, and does not restrict it")
    return version


def _banked_part(media: Media, case: Case, takedown: Takedown, uow: UnitOfWork) -> Media:
    """Return what of a case's media is banked: all that was reported, of a confirmed copy what is no one else's."""
    if case.upload_id is None:
        return media
    matches = [one for one in uow.matches.of_upload(case.upload_id) if one.takedown_id == takedown.id]
    return without_other_parts(media, matches)


def _keep_upload_down(decision: Decision, case: Case, takedown: Takedown, uow: UnitOfWork) -> None:
    if case.upload_id is None:
        return
    upload = uow.uploads.get(case.upload_id, lock=True)
    keep_down(upload, decision, case, takedown, uow)


def _dismiss_matches(decision: Decision, case: Case, uow: UnitOfWork) -> None:
    """Let the upload go: the reviewer saw everything it matched."""
    if case.upload_id is None:
        return
    upload = uow.uploads.get(case.upload_id, lock=True)
    dismissed = [
        match for match in uow.matches.of_upload(upload.id) if match.confirmed_by is None and match.dismissed_by is None
    ]
    for match in dismissed:
        uow.matches.update(upload.id, replace(match, dismissed_by=decision.id))
    learn_from_dismissal(upload.id, [match.media_id for match in dismissed], uow)
    reason = "a reviewer decided that this is not a copy, or that it may stay"
    settle_upload(upload, uow, case_id=case.id, cause=case.takedown_id, reason=reason)


def _announce_takedown(takedown: Takedown, decision: Decision, case: Case, uow: UnitOfWork) -> None:
    report = uow.reports.of_case(case.id)
    announce(
        uow,
        EventType.TAKEDOWN_CREATED,
        takedown.id,
        about=None,
        case_id=case.id,
        decision_id=decision.id,
        rule=decision.recommendation.rule,
        policy=decision.recommendation.policy,
        policy_version=decision.policy_version,
        hash_action=takedown.hash_action,
        **place_of(report),
    )


def media_of(case: Case, uow: UnitOfWork) -> list[Media]:
    """Return what a case is about: the upload's media, whichever of its cases shows it, or the report's."""
    if case.upload_id is None:
        return uow.media.of_case(case.id)
    return [uow.media.get(uow.uploads.media_id_of(case.upload_id))]
