"""
What an upload's verdict is, by the matches that stand.

    each match with a takedown that stands   dismissed by a reviewer -> allow
                                             confirmed by a reviewer -> block
                                             else                    -> what the policy said of it
    the upload                               the strictest of these; allow if there is none

Invariant: this table alone says so, whatever the order in which takedowns, confirmations and reversals came. Whenever
an upload is let go, an event for downstream says so; and whenever it is restricted, who posted it can be told why
(`restriction_of`).
"""

from collections.abc import Sequence
from dataclasses import replace

from casework.domain.cases.decision import DecisionState
from casework.domain.events import EventType
from casework.domain.ids import CaseId, DecisionId, TakedownId, UploadId
from casework.domain.takedowns.statement import Restriction
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.judging import recommended
from casework.steps.journal import announce
from casework.steps.taking_back.ended_appeals import end_appeals
from casework.steps.uploads.restriction import restriction_by_decision, restriction_by_match, told


def verdict_by(match: Match) -> Verdict:
    """Return what one standing match means for its upload."""
    if match.dismissed_by is not None:
        return Verdict.ALLOW
    return Verdict.BLOCK if match.confirmed_by is not None else match.verdict


def standing_matches(upload: Upload, uow: UnitOfWork) -> list[Match]:
    """List an upload's matches with takedowns that stand, the strictest first."""
    return standing_matches_of([upload.id], uow)[upload.id]


def standing_matches_of(upload_ids: Sequence[UploadId], uow: UnitOfWork) -> dict[UploadId, list[Match]]:
    """List the matches of each of several uploads with takedowns that stand, the strictest first."""
    found = uow.matches.of_uploads(upload_ids)
    takedowns = uow.takedowns.many({match.takedown_id for matches in found.values() for match in matches})
    stand = {one.id for one in takedowns.values() if one.state.restricts}
    return {
        upload_id: sorted(
            (match for match in matches if match.takedown_id in stand),
            key=verdict_by,
            reverse=True,
        )
        for upload_id, matches in found.items()
    }


def match_that_restricts(standing: Sequence[Match]) -> Match | None:
    """Return the strictest standing match that keeps an upload from being published, or None."""
    return next((one for one in standing if verdict_by(one) is not Verdict.ALLOW), None)


def restriction_of(upload: Upload, uow: UnitOfWork, *, standing: Sequence[Match] | None = None) -> Restriction | None:
    """
    Read what restricts an upload now, and why, for who posted it; None if nothing does.

    Of several matches that restrict as strictly, the first that is there to stay counts before one that is interim or
    in quarantine, as for the upload's case (`copies.first_to_decide`).

    Args:
        upload: With the verdict it has now.

        uow: To read.

        standing: Its standing matches, the strictest first, where they are known already.
    """
    if upload.verdict is Verdict.ALLOW:
        return None
    standing = standing_matches(upload, uow) if standing is None else standing
    strictest = match_that_restricts(standing)
    if strictest is None:
        return None
    alike = [one for one in standing if verdict_by(one) is verdict_by(strictest)]
    takedowns = uow.takedowns.many({one.takedown_id for one in alike})
    match = next((one for one in alike if takedowns[one.takedown_id].group is None), strictest)
    takedown = takedowns[match.takedown_id]
    if match.confirmed_by is not None:
        return restriction_by_decision(uow.decisions.get(match.confirmed_by), takedown)
    _, policy = recommended(uow.cases.get(takedown.case_id).facts, takedown, upload.uploader_id)
    return restriction_by_match(match, takedown, policy, decided_by=_decided_by_policy(upload, match, uow))


def _decided_by_policy(upload: Upload, match: Match, uow: UnitOfWork) -> DecisionId | None:
    """Return the policy's own decision to block an upload; None where it is only held."""
    if match.verdict is not Verdict.BLOCK or upload.case_id is None:
        return None
    decided = (
        one.id
        for one in reversed(uow.decisions.of_case(upload.case_id))
        if one.takedown_id == match.takedown_id and one.state is DecisionState.EFFECTIVE
    )
    return next(decided, None)


def settle_upload(
    upload: Upload,
    uow: UnitOfWork,
    *,
    case_id: CaseId | None,
    cause: TakedownId | None,
    reason: str,
    standing: Sequence[Match] | None = None,
) -> None:
    """
    Give an upload the verdict its standing matches leave it with, and tell downstream if that changed.

    Args:
        upload: Locked.

        uow: The transaction.

        case_id: The case that brought the change about, for the message.

        cause: The takedown whose end, or whose match's end, brought it about.

        reason: For the message.

        standing: Its standing matches, the strictest first, where they are known already.
    """
    standing = standing_matches(upload, uow) if standing is None else standing
    verdict = verdict_by(standing[0]) if standing else Verdict.ALLOW
    if verdict is upload.verdict:
        return
    upload = replace(upload, verdict=verdict)
    uow.uploads.update(upload)
    if verdict is Verdict.ALLOW:
        announce(
            uow,
            EventType.UPLOAD_REINSTATED,
            cause,
            about=upload,
            upload=upload.id,
            upload_id=upload.platform_id,
            case_id=case_id,
            reason=reason,
        )
        end_appeals(upload, uow)
        return
    announce(
        uow,
        EventType.UPLOAD_MATCHED,
        standing[0].takedown_id,
        about=upload,
        upload=upload.id,
        upload_id=upload.platform_id,
        case_id=upload.case_id,
        verdict=verdict,
        strength=standing[0].strength.value,
        **told(restriction_of(upload, uow, standing=standing)),
    )
