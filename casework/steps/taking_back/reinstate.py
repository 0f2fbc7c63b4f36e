"""
Reinstating: uploads that rested on something that was taken back are let go.

At once, in the transaction of the reversal; where there are many, a worker does it, batch by batch
(`handlers/standing/reinstate.py`).
"""

from collections.abc import Sequence

from casework.domain.cases.case import Case
from casework.domain.ids import UploadId
from casework.domain.takedowns.sweep import SweepKind
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match, Upload
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.judging import judge_copy
from casework.steps.sweeps import request_sweep
from casework.steps.taking_back.resting_cases import take_takedown_from_case, with_open_case
from casework.steps.uploads.copies import rests_on_other_evidence
from casework.steps.uploads.standing import match_that_restricts, settle_upload, standing_matches, standing_matches_of
from matcher.comparing.from_reference import compare_from_reference

REINSTATED_AT_ONCE = 50
"""Uploads a reversal lets go in its own transaction; where it is more, a worker does, batch by batch."""


def reinstate_uploads_of(takedown: Takedown, uow: UnitOfWork) -> None:
    """
    Let go of everything that rested on a takedown that was just taken back: at once, or, where that is much, later.

    What is left to a worker is asked for in this transaction, so it follows whatever happens.
    """
    upload_ids = uploads_resting_on(takedown, uow)
    if len(upload_ids) <= REINSTATED_AT_ONCE:
        reinstate(takedown, upload_ids, uow)
        return
    request_sweep(SweepKind.REINSTATE, takedown.id, takedown.decision_id, uow, candidates=len(upload_ids))


def uploads_resting_on(takedown: Takedown, uow: UnitOfWork) -> list[UploadId]:
    """List, in order, the uploads that matched a takedown, or whose cases rest on it."""
    return sorted({*uow.matches.of_takedown(takedown.id), *uow.cases.uploads_resting_on(takedown.id)})


def reinstate(takedown: Takedown, upload_ids: Sequence[UploadId], uow: UnitOfWork) -> None:
    """
    Let go of uploads that rested on a takedown that was taken back; their cases go where `resting_cases` says.

    Args:
        takedown: That was taken back.

        upload_ids: Uploads that rested on it.

        uow: The transaction.
    """
    if not upload_ids:
        return
    cases: dict[UploadId | None, list[Case]] = {}
    for case in uow.cases.resting_on(takedown.id, upload_ids):
        cases.setdefault(case.upload_id, []).append(case)
    uploads = uow.uploads.many(upload_ids)
    standing = standing_matches_of(upload_ids, uow)
    for upload_id in upload_ids:
        upload = uploads[upload_id]
        restricting = match_that_restricts(standing[upload_id])
        for case in cases.get(upload_id, ()):
            take_takedown_from_case(case, takedown, upload, restricting, uow)
        upload = with_open_case(upload, restricting, uow)
        settle_upload(
            upload,
            uow,
            case_id=upload.case_id,
            cause=takedown.id,
            reason=f"the takedown was {takedown.state.value}",
            standing=standing[upload_id],
        )


def realign(
    upload_id: UploadId,
    takedown: Takedown,
    uow: UnitOfWork,
    *,
    reason: str = "what it matched was no copy, as an appeal found",
) -> None:
    """
    Look again at an upload whose matching reference is gone: another may still match it, or it is let go.

    Args:
        upload_id: The upload.

        takedown: Whose reference it was.

        uow: The transaction.

        reason: For the message, where it is let go.
    """
    upload = uow.uploads.get(upload_id, lock=True)
    match = next(one for one in uow.matches.of_upload(upload.id) if one.takedown_id == takedown.id)
    if match.confirmed_by is not None or match.dismissed_by is not None:
        return  # a person looked at this one by itself
    again = _match_again(upload, takedown, uow)
    if again is not None:
        rests_on_other_evidence(upload.id, again, uow)
    else:
        uow.matches.remove(upload.id, takedown.id)
        for case in uow.cases.resting_on(takedown.id, [upload.id]):
            take_takedown_from_case(case, takedown, upload, match_that_restricts(standing_matches(upload, uow)), uow)
        upload = with_open_case(upload, match_that_restricts(standing_matches(upload, uow)), uow)
    settle_upload(upload, uow, case_id=upload.case_id, cause=takedown.id, reason=reason)


def _match_again(upload: Upload, takedown: Takedown, uow: UnitOfWork) -> Match | None:
    """Compare an upload's stored signals with the references a takedown still has; None if none matches."""
    signals = uow.media.get(upload.media_id).signals
    origin = uow.cases.get(takedown.case_id).facts
    references = uow.media.many(uow.takedowns.references(takedown.id))
    judged = [
        judge_copy(
            compare_from_reference(uow.media.query_of(reference), signals, stored=reference.signals),
            takedown=takedown,
            origin=origin,
            reference=reference,
            uploader_id=upload.uploader_id,
        )
        for reference in references.values()
        if reference.id != upload.media_id
    ]
    best = max((one for one in judged if one is not None), key=lambda one: one.rank, default=None)
    return None if best is None else best.match
