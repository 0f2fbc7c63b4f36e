"""What a case shows: facts, recommendation, evidence, lineage, history; assembled from the record."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TypeAlias

from api.metrics.catalogue import DECISION_SECONDS
from api.schemas.casework.cases import (
    CaseMedia,
    CaseReport,
    CaseSummary,
    CaseUpload,
    CaseView,
    HistoryEntry,
    Lineage,
    MinorOut,
    RecommendationOut,
)
from api.schemas.casework.decisions import BlastRadiusOut, DecisionOut, NotBankedOut
from api.schemas.casework.trust import LackOut, TrustOut
from api.schemas.media import MatchOut, MediaInfo, SignalKind
from api.views.casework.hints import hints_of_report, hints_out
from api.views.casework.messages import message_out
from api.views.casework.people import People
from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision
from casework.domain.cases.hint import Hint
from casework.domain.cases.report import Report, missing_elements
from casework.domain.ids import CaseId, UploadId
from casework.domain.media import Media
from casework.domain.takedowns.upload import Upload
from casework.hints.reading import notices_about
from casework.policy import POLICY_VERSION
from casework.policy.automation.trust import automation, reasons
from casework.policy.minors import MINORS_STEPS, recommend_for
from casework.policy.recommendation import Recommendation
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.judging_anew.flood import matched_by, pictures_of
from casework.steps.judging_anew.trusting import is_seen, lacks_of_case
from casework.steps.reports.named_post import shows_other_media
from casework.steps.reports.reported_media import upload_named_by

PreviewUrl: TypeAlias = Callable[[CaseId, int], str]
"""Makes the address of the preview of a case's n-th piece of media."""


def time_decision(decision: Decision, case: Case) -> None:
    """Note how long a case waited for the decision of a person, once that is committed."""
    waited_s = (decision.decided_at - case.opened_at).total_seconds()
    DECISION_SECONDS.note(waited_s, case.queue.value, decision.outcome.value)


def case_summary(case: Case, people: People) -> CaseSummary:
    """Show a case in a list."""
    recommendation = recommend_for(case)
    return CaseSummary(
        id=case.id,
        queue=case.queue,
        state=case.state,
        opened_at=case.opened_at,
        deadline=case.deadline,
        outcome=recommendation.outcome.value,
        rule=recommendation.rule,
        note=case.note,
        claimed_by=people.maybe(case.claimed_by),
        claimed_until=case.claimed_until,
    )


def case_view(case: Case, uow: UnitOfWork, *, preview_url: PreviewUrl) -> CaseView:
    """
    Show a case whole.

    Args:
        case: The case.

        uow: The record it is read from.

        preview_url: Where this reader finds a preview: the API and pages have addresses of their own.
    """
    media, grouped = pictures_of(case, uow), matched_by(case, uow)
    of_uploads = {one.media_id: one.id for one in grouped}
    matches = [] if case.upload_id is None else uow.matches.of_upload(case.upload_id)
    decisions = uow.decisions.of_case(case.id)
    report = uow.reports.of_case(case.id)
    named = None if report is None else upload_named_by(report.content, uow)
    messages = uow.messages.of_case(case.id)
    hints = () if report is None else hints_of_report(report, named, messages)
    people, lacks = People(uow), lacks_of_case(case, uow)
    return CaseView(
        **case_summary(case, people).model_dump(),
        facts=case.facts.to_mapping(),
        recommendation=recommendation_out(recommend_for(case), reasons(lacks) if media else ()),
        seen_by_person=is_seen(case, uow),
        trust=TrustOut(automation=automation(lacks), reasons=reasons(lacks), lacks=LackOut.all_of(lacks)),
        minor=_minor(case, people),
        report=None if report is None else _report(report, case),
        upload=_upload(case, uow),
        messages=[message_out(one, people) for one in messages],
        linked_takedown_id=case.linked_takedown_id,
        named_upload=None if named is None else _upload_out(named),
        hints=hints_out(hints),
        notices=_notices(case, hints, named, uow),
        media=[
            _media(case, position, one, preview_url, upload_id=of_uploads.get(one.id))
            for position, one in enumerate(media)
        ],
        matches=[MatchOut.of(match, trusted=True) for match in matches],
        grouped=[_upload_out(one) for one in grouped],
        lineage=_lineage(case, uow),
        decisions=[decision_out(decision, uow, people) for decision in decisions],
        history=_history(case, people, uow),
    )


def recommendation_out(recommendation: Recommendation, lacking: Iterable[str] = ()) -> RecommendationOut:
    """Show what the policy recommends, and why copies would wait for a person all the same."""
    return RecommendationOut(
        outcome=recommendation.outcome.value,
        rule=recommendation.rule,
        policy=recommendation.policy.value,
        hash_action=recommendation.hash_action.value,
        reasons=[*recommendation.reasons, *lacking],
        account=recommendation.account.value,
        clauses=list(recommendation.clauses),
        flags=[flag.value for flag in recommendation.flags],
        policy_version=POLICY_VERSION,
    )


def decision_out(decision: Decision, uow: UnitOfWork, people: People | None = None) -> DecisionOut:
    """Show a decision, and what its takedown lacks by now; `people` are names that were read already."""
    people = people or People(uow)
    takedown = None if decision.takedown_id is None else uow.takedowns.get(decision.takedown_id)
    return DecisionOut(
        decision_id=decision.id,
        case_id=decision.case_id,
        outcome=decision.outcome,
        state=decision.state,
        rule=decision.recommendation.rule,
        recommendation=decision.recommendation.outcome,
        policy_version=decision.policy_version,
        decided_by=people.named(decision.decided_by),
        decided_at=decision.decided_at,
        approved_by=people.maybe(decision.approved_by),
        note=decision.note,
        override_reason=decision.override_reason,
        facts=decision.facts.to_mapping(),
        takedown_id=decision.takedown_id,
        index_version=decision.index_version,
        approvals_needed=decision.approvals_needed,
        approval_reasons=list(decision.approval_reasons),
        not_banked=[
            NotBankedOut(media_id=one.media_id, never_bank_id=one.never_bank_id, reason=one.reason)
            for one in decision.not_banked
        ],
        blast_radius=BlastRadiusOut(**asdict(decision.blast_radius)),
        lacks=[] if takedown is None else LackOut.all_of(takedown.trust_lacks),
    )


def _media(
    case: Case, position: int, media: Media, preview_url: PreviewUrl, *, upload_id: UploadId | None
) -> CaseMedia:
    return CaseMedia(
        **MediaInfo.of(media).model_dump(),
        n=position,
        upload=upload_id,
        signals=[SignalKind(type=signal.type, quality=signal.quality) for signal in media.signals],
        preview=preview_url(case.id, position) if media.has_preview else None,
    )


def _notices(case: Case, hints: Sequence[Hint], named: Upload | None, uow: UnitOfWork) -> list[str]:
    found = list(notices_about(hints, case.facts.conduct))
    if case.linked_takedown_id is not None and case.minor is not None:
        origin = uow.takedowns.get(case.linked_takedown_id).case_id
        found.append(
            f"Takedown {case.linked_takedown_id} keeps the same media down as an adult's: if this is right, say so in "
            f"case {origin}, too."
        )
    elif case.linked_takedown_id is not None:
        found.append(f"Takedown {case.linked_takedown_id} kept this media down already when it was reported.")
    if named is not None and shows_other_media(named, case, uow):
        found.append("The upload that is named shows other media than what was sent; it is not removed with this case.")
    return found


def _minor(case: Case, people: People) -> MinorOut | None:
    if case.minor is None or case.minor_by is None:
        return None
    return MinorOut(known_by=case.minor, said_by=people.named(case.minor_by), steps=list(MINORS_STEPS))


def _report(report: Report, case: Case) -> CaseReport:
    return CaseReport(
        report_id=report.id,
        received_at=report.received_at,
        relation=report.reporter.relation,
        name=report.reporter.name,
        contact=report.reporter.contact,
        authority_evidence=report.reporter.authority_evidence,
        url=report.content.url,
        upload_id=report.content.upload_id,
        uploader_id=report.content.uploader_id,
        post_text=report.content.post_text,
        explanation=report.statement.explanation,
        other_urls=list(report.content.other_urls),
        no_copy=report.content.no_copy,
        missing=list(missing_elements(report.reporter, report.statement, report.content, case.facts)),
    )


def _upload(case: Case, uow: UnitOfWork) -> CaseUpload | None:
    if case.upload_id is None:
        return None
    return _upload_out(uow.uploads.get(case.upload_id))


def _upload_out(upload: Upload) -> CaseUpload:
    return CaseUpload(
        upload=upload.id,
        upload_id=upload.platform_id,
        uploader_id=upload.uploader_id,
        url=upload.url,
        post_text=upload.post_text,
        verdict=upload.verdict.value,
    )


def _lineage(case: Case, uow: UnitOfWork) -> Lineage | None:
    if case.takedown_id is None:
        return None
    takedown = uow.takedowns.get(case.takedown_id)
    return Lineage(
        takedown_id=takedown.id,
        takedown_state=takedown.state,
        origin_case_id=takedown.case_id,
        origin_decision_id=takedown.decision_id,
        source=takedown.source,
    )


def _history(case: Case, people: People, uow: UnitOfWork) -> list[HistoryEntry]:
    subjects = [case.id, *(one.takedown_id for one in uow.decisions.of_case(case.id) if one.takedown_id)]
    return [
        HistoryEntry(
            at=entry.at,
            actor=people.named(entry.actor_id),
            actor_id=entry.actor_id,
            action=entry.action,
            detail=entry.detail,
        )
        for entry in uow.audit.of(subjects)
    ]
