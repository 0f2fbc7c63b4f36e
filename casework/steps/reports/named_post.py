"""
The post that a report names, by its upload id or its addresses: removed with the decision that upholds the report.

A registered upload is blocked as what was decided on, so whatever ends the takedown lets it go; systems downstream are
sent `post.removed`, and the takedown's reversal wherever that went. Invariant: an upload that shows other media than
what was sent is left alone. Nobody who decided has seen it, and anyone can write its id into a report.
"""

from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision
from casework.domain.cases.report import Report
from casework.domain.events import EventType
from casework.domain.facts import Conduct
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Upload
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce
from casework.steps.reports.reported_media import upload_named_by
from casework.steps.taking_down.keep_down import keep_down
from matcher.comparing.from_reference import compare_from_reference


def remove_named_post(decision: Decision, case: Case, takedown: Takedown, uow: UnitOfWork) -> None:
    """
    Remove the post that an upheld report names, if it names one.

    Args:
        decision: That takes effect.

        case: The report's; that of a match names no other post.

        takedown: Active.

        uow: The transaction.
    """
    report = uow.reports.of_case(case.id)
    if report is None or not (report.content.upload_id or report.content.url):
        return
    named = upload_named_by(report.content, uow)
    if named is not None and shows_other_media(named, case, uow):
        return
    if named is not None:
        keep_down(uow.uploads.get(named.id, lock=True), decision, case, takedown, uow)
    _announce_removal(decision, case, takedown, uow, named=named, **place_of(report))
    for other in report.content.other_urls:
        _announce_removal(decision, case, takedown, uow, named=None, upload_id=None, url=other)


def _announce_removal(
    decision: Decision,
    case: Case,
    takedown: Takedown,
    uow: UnitOfWork,
    *,
    named: Upload | None,
    upload_id: str | None,
    url: str | None,
) -> None:
    announce(
        uow,
        EventType.POST_REMOVED,
        takedown.id,
        about=named,
        case_id=case.id,
        decision_id=decision.id,
        rule=decision.recommendation.rule,
        policy=decision.recommendation.policy,
        policy_version=decision.policy_version,
        upload=None if named is None else named.id,
        upload_id=upload_id,
        url=url,
    )


def place_of(report: Report | None) -> dict[str, str | None]:
    """Name the post of a report, for messages downstream."""
    content = None if report is None else report.content
    return {
        "upload_id": None if content is None else content.upload_id,
        "url": None if content is None else content.url,
    }


def shows_other_media(named: Upload, case: Case, uow: UnitOfWork) -> bool:
    """Tell whether media was reported, and the upload that is named for it resembles none of it."""
    reported = uow.media.of_case(case.id)
    if case.facts.conduct is not Conduct.SHARED_MEDIA or not reported:
        return False
    shown = uow.media.get(named.media_id).signals
    compared = (compare_from_reference(uow.media.query_of(one), shown, stored=one.signals) for one in reported)
    return all(one.strength is None for one in compared)
