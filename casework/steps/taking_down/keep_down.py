"""Keeping an upload down that a decision was about: a confirmed match with its takedown blocks it while that stands."""

from dataclasses import replace

from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision
from casework.domain.events import EventType
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce
from casework.steps.uploads.restriction import restriction_by_decision, told
from matcher.strength import Strength


def keep_down(upload: Upload, decision: Decision, case: Case, takedown: Takedown, uow: UnitOfWork) -> None:
    """
    Block an upload for as long as a takedown stands.

    Args:
        upload: Locked. Its matches with the takedown are confirmed; without any, it matches as itself.

        decision: That found it to be a copy, or the post itself to be a wrong.

        case: In which that was decided.

        takedown: That stands.

        uow: The transaction.
    """
    matches = [match for match in uow.matches.of_upload(upload.id) if match.takedown_id == takedown.id]
    for match in matches:
        uow.matches.update(upload.id, replace(match, confirmed_by=decision.id, dismissed_by=None))
    uow.common_parts.forget(upload.id)
    if not matches:
        uow.matches.add(upload.id, _match_with_itself(upload, decision, takedown))
    blocked = replace(upload, verdict=Verdict.BLOCK, case_id=upload.case_id or case.id)
    if blocked != upload:
        uow.uploads.update(blocked)
    if upload.verdict is Verdict.BLOCK:
        return
    announce(
        uow,
        EventType.UPLOAD_MATCHED,
        takedown.id,
        about=upload,
        upload=upload.id,
        upload_id=upload.platform_id,
        case_id=case.id,
        verdict=Verdict.BLOCK,
        confirmed=True,
        **told(restriction_by_decision(decision, takedown)),
    )


def _match_with_itself(upload: Upload, decision: Decision, takedown: Takedown) -> Match:
    """Return the match of an upload with the takedown it was taken down for by itself."""
    return Match(
        takedown_id=takedown.id,
        case_id=takedown.case_id,
        media_id=upload.media_id,
        strength=Strength.EXACT,
        agreeing=1,
        evidence=(),
        explanation="the very upload that was decided on",
        verdict=Verdict.BLOCK,
        rule=decision.recommendation.rule,
        reason="It was taken down itself.",
        confirmed_by=decision.id,
    )
