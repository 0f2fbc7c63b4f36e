"""
Cases as a list shows them: what tells one from the next, read for a whole page at once.

Invariant: nothing here is anybody's name or contact, or words of a post; who looks at these is on record.
"""

from collections.abc import Sequence

from api.schemas.casework.case_lists import CaseGroupOut, CaseRow, EvidenceKindOut, SampleOut
from api.views.casework.cases import case_summary
from api.views.casework.people import People
from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.cases.listing import CaseGroup
from casework.domain.cases.report import Report
from casework.domain.takedowns.upload import Upload
from casework.handlers.deciding.together import seen_by
from casework.policy.minors import recommend_for
from casework.ports.unit_of_work import UnitOfWork


def case_rows(cases: Sequence[Case], uow: UnitOfWork) -> list[CaseRow]:
    """Show a page of cases, in their order."""
    uploads = uow.uploads.many(one.upload_id for one in cases if one.upload_id is not None)
    reports = uow.reports.many(one.report_id for one in cases if one.report_id is not None)
    explanations = uow.matches.explanations(uploads)
    people = People(uow)
    return [
        _row(
            case,
            people,
            upload=uploads.get(case.upload_id or ""),
            report=reports.get(case.report_id or ""),
            explanation=explanations.get((case.upload_id or "", case.takedown_id or "")),
        )
        for case in cases
    ]


def _row(
    case: Case, people: People, *, upload: Upload | None, report: Report | None, explanation: str | None
) -> CaseRow:
    content = None if report is None else report.content
    return CaseRow(
        **case_summary(case, people).model_dump(),
        hash_action=recommend_for(case).hash_action.value,
        conduct=case.facts.conduct.value,
        relation=None if report is None else report.reporter.relation,
        takedown_id=case.takedown_id,
        linked_takedown_id=case.linked_takedown_id,
        upload=case.upload_id,
        upload_id=upload.platform_id if upload is not None else content and content.upload_id,
        uploader_id=upload.uploader_id if upload is not None else content and content.uploader_id,
        strength=None if case.strength is None else case.strength.value,
        evidence=None if case.evidence is None else EvidenceKindOut.of_key(case.evidence),
        explanation=explanation,
    )


def case_groups(groups: Sequence[CaseGroup], actor: Actor, uow: UnitOfWork, *, size: int) -> list[CaseGroupOut]:
    """
    Show a page of groups.

    Args:
        groups: In their order.

        actor: Who reads it: of the cases shown it says whether they have looked at them.

        uow: The record it is read from.

        size: How many cases of each are shown.
    """
    samples = uow.cases.samples([one.key for one in groups], size=size)
    shown = [case for cases in samples.values() for case in cases]
    uploads = uow.uploads.many(one.upload_id for one in shown if one.upload_id is not None)
    explanations = uow.matches.explanations(uploads)
    seen = seen_by(actor, [one.id for one in shown], uow)

    def sample(case: Case) -> SampleOut:
        upload = uploads.get(case.upload_id or "")
        return SampleOut(
            case_id=case.id,
            upload_id=None if upload is None else upload.platform_id,
            uploader_id=None if upload is None else upload.uploader_id,
            deadline=case.deadline,
            explanation=explanations.get((case.upload_id or "", case.takedown_id or "")),
            media=f"/v1/cases/{case.id}/media/0",
            looked_at=case.id in seen,
        )

    return [
        CaseGroupOut(
            group=str(one.key),
            takedown_id=one.key.takedown_id,
            evidence=None if one.key.evidence is None else EvidenceKindOut.of_key(one.key.evidence),
            cases=one.cases,
            oldest_deadline=one.oldest_deadline,
            sample=[sample(case) for case in samples[one.key]],
        )
        for one in groups
    ]
