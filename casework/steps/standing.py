"""
What an upload's verdict is, by the matches that stand.

    each match with a takedown that stands   dismissed by a reviewer -> allow
                                             confirmed by a reviewer -> block
                                             else                    -> what the policy said of it
    the upload                               the strictest of these; allow if there is none

Invariant: this table alone says so, whatever the order in which takedowns, confirmations and reversals came. Whenever
an upload is let go, an event for downstream says so.
"""

from collections.abc import Sequence
from dataclasses import replace

from casework.domain.events import EventType
from casework.domain.ids import CaseId, TakedownId, UploadId
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce


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
    stand = {one.id for one in takedowns.values() if one.state.stands}
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
    uow.uploads.update(replace(upload, verdict=verdict))
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
    )
