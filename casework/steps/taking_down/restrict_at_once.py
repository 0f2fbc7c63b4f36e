"""
Restricting at once: in the report's own transaction, where the policy says so, before anybody has decided.

The policy, at its version, decides that what was reported is held until a person has looked: a decision like any other,
which says on which facts, can be appealed, and ends. Its takedown is interim: its signals are in the index, it holds
what it matches and blocks nothing, and so it is with the upload that the report names.

Invariant: whoever calls has locked the takedowns, so from the report's commit on no copy slips through.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from casework.domain.actor import policy_actor
from casework.domain.banking import HashAction
from casework.domain.cases.case import Case, Queue
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.report import Relation, Report
from casework.domain.events import EventType
from casework.domain.ids import CaseId, TakedownId, new_id
from casework.domain.keeping.erasure import is_erased
from casework.domain.media import Collection, Media, is_low_quality
from casework.domain.takedowns.sweep import SweepKind
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.policy import POLICY_VERSION
from casework.policy.automation.interim import DEFAULT_INTERIM, InterimTerms, restricted_at_once, why_not_at_once
from casework.policy.automation.safeguards import SafeguardLimits
from casework.policy.automation.verdict import judge_named
from casework.policy.engine import recommend
from casework.policy.recommendation import Outcome, Recommendation
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.decisions import draft_decision
from casework.steps.finding.judging import Judged, facts_of_match, judge_copy
from casework.steps.finding.looking_ahead.foreseeing import Foreseen
from casework.steps.finding.protection import is_protected, never_banked
from casework.steps.journal import announce, record
from casework.steps.sweeps import request_sweep
from casework.steps.uploads.copies import announce_match, note_copy
from casework.steps.uploads.standing import restriction_of
from matcher.comparing.from_reference import compare_from_reference
from matcher.strength import Strength


@dataclass(frozen=True, slots=True)
class Restricting:
    """
    What restricting at once needs beside the record.

    Args:
        search: To tell whether the media is on a list.

        terms: For how long, and what.

        limits: How many uploads may be held without a person.

        foreseen: What it would hold, from `foresee_report`; its common parts are those of the report's media in order.
    """

    search: CandidateSearch
    terms: InterimTerms = DEFAULT_INTERIM
    limits: SafeguardLimits = field(default_factory=SafeguardLimits)
    foreseen: Foreseen = field(default_factory=Foreseen)


def restrict_at_once(
    report: Report, media: Sequence[Media], uow: UnitOfWork, restricting: Restricting
) -> Takedown | None:
    """
    Begin an interim takedown if the policy restricts at once what was reported.

    Args:
        report: Stored, as are its case and its media.

        media: The report's, in order.

        uow: The report's transaction, with the takedowns locked.

        restricting: What else is needed.

    Returns:
        The takedown; None where nothing is restricted, and where that is for a safeguard, the case says so.
    """
    case = uow.cases.get(report.case_id, lock=True)
    recommendation = recommend(case.facts)
    if not media or not restricted_at_once(recommendation, restricting.terms):
        return None
    search = restricting.search
    banked = [one for one in media if never_banked(one, uow, search) is None]
    reason = why_not_at_once(
        campaign=case.queue is Queue.CAMPAIGNS,
        protected=any(is_protected(uow.media.query_of(one), uow, search) for one in media),
        listed=not banked,
        blast_radius=restricting.foreseen.blast_radius,
        limits=restricting.limits,
    )
    if reason is not None:
        uow.cases.update(replace(case, note=" ".join(filter(None, (case.note, reason)))))
        record(uow, policy_actor(POLICY_VERSION), "case:not:restricted", case.id)
        return None
    takedown = _begin(report, case, recommendation, banked, uow, restricting)
    _hold_named_upload(report, case, takedown, banked, uow, search)
    return takedown


def _begin(
    report: Report,
    case: Case,
    recommendation: Recommendation,
    media: Sequence[Media],
    uow: UnitOfWork,
    restricting: Restricting,
) -> Takedown:
    draft = draft_decision(case, DecisionOutcome.RESTRICT, policy_actor(POLICY_VERSION), recommendation, uow)
    by_subject = report.reporter.relation is Relation.SUBJECT
    takedown = Takedown(
        id=TakedownId(new_id("tkd", uow.now)),
        case_id=case.id,
        decision_id=draft.id,
        state=TakedownState.INTERIM,
        hash_action=HashAction.HOLD_MATCH_ONLY,
        created_at=uow.now,
        subject_uploader_id=report.reporter.uploader_id if by_subject else None,
        low_quality=any(is_low_quality(one) for one in media),
        interim_since=uow.now,
        interim_until=uow.now + restricting.terms.limit,
    )
    uow.takedowns.add(takedown)
    decision = replace(draft, takedown_id=takedown.id, blast_radius=restricting.foreseen.blast_radius)
    uow.decisions.add(decision)
    announce(
        uow,
        EventType.TAKEDOWN_INTERIM,
        takedown.id,
        case_id=case.id,
        decision_id=decision.id,
        rule=recommendation.rule,
        policy=recommendation.policy.value,
        policy_version=POLICY_VERSION,
        hash_action=takedown.hash_action,
        ends_at=None if takedown.interim_until is None else takedown.interim_until.isoformat(),
        upload_id=report.content.upload_id,
        url=report.content.url,
    )
    record(uow, policy_actor(POLICY_VERSION), "takedown:interim", takedown.id, decision_id=decision.id)
    places = {f"{place}": one.id for place, one in enumerate(uow.media.of_case(case.id))}
    learned = restricting.foreseen.common_parts
    uow.common_parts.add([replace(one, media_id=places[one.media_id]) for one in learned if one.media_id in places])
    version = 0
    for one in media:
        uow.takedowns.add_reference(takedown.id, one.id, decision.id)
        version = uow.index_log.add(Collection.TAKEDOWNS, takedown.id, one)
    uow.decisions.update(replace(decision, index_version=version))
    request_sweep(SweepKind.SEARCH, takedown.id, decision.id, uow)
    return takedown


def _hold_named_upload(
    report: Report, case: Case, takedown: Takedown, media: Sequence[Media], uow: UnitOfWork, search: CandidateSearch
) -> None:
    """Hold the upload the report names, whatever it looks like, unless it is the person's own, or protected."""
    platform_id = report.content.upload_id
    upload = None if platform_id is None else uow.uploads.by_platform_ids([platform_id]).get(platform_id)
    if upload is None or is_erased(upload):
        return
    upload = uow.uploads.get(upload.id, lock=True)
    kept = recommend(facts_of_match(case.facts, takedown, upload.uploader_id)).outcome is Outcome.KEEP
    stored = uow.media.get(upload.media_id)
    if kept or is_protected(uow.media.query_of(stored), uow, search):
        return
    judged = _likest(upload, stored, case, takedown, media, uow)
    if judged is not None and judged.result.verdict is not Verdict.ALLOW:
        note_copy(upload, judged, uow)
        return
    match = _named(takedown, media[0], recommend(case.facts).rule)
    uow.matches.add(upload.id, match)
    held = replace(upload, verdict=max(upload.verdict, Verdict.HOLD), case_id=_case_of(upload, takedown, uow))
    uow.uploads.update(held)
    announce_match(held, match, policy_actor(POLICY_VERSION), uow, restriction=restriction_of(held, uow))


def _likest(
    upload: Upload, stored: Media, case: Case, takedown: Takedown, media: Sequence[Media], uow: UnitOfWork
) -> Judged | None:
    compared = [
        judge_copy(
            compare_from_reference(uow.media.query_of(one), stored.signals, stored=one.signals),
            takedown=takedown,
            origin=case.facts,
            reference=one,
            uploader_id=upload.uploader_id,
        )
        for one in media
    ]
    return max((one for one in compared if one is not None), key=lambda one: one.rank, default=None)


def _named(takedown: Takedown, reference: Media, rule: str) -> Match:
    result = judge_named(interim=True)
    return Match(
        takedown_id=takedown.id,
        case_id=takedown.case_id,
        media_id=reference.id,
        strength=Strength.WEAK,
        agreeing=0,
        evidence=(),
        explanation="the very upload that the report names; it does not look like what was sent in",
        verdict=result.verdict,
        rule=rule,
        reason=result.reason,
    )


def _case_of(upload: Upload, takedown: Takedown, uow: UnitOfWork) -> CaseId | None:
    """Return the case of an upload that is held: one of its own that is open stays."""
    if upload.case_id is not None:
        own = uow.cases.get(upload.case_id)
        if own.is_open or upload.verdict is Verdict.BLOCK:
            return own.id
    return takedown.group
