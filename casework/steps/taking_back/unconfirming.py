"""Taking back that an upload is a copy: what the decision added leaves the index, and what matched that is let go."""

from dataclasses import replace

from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.ids import DecisionId, UploadId
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import Takedown
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.judging_anew.trusting import retrust
from casework.steps.taking_back.reinstate import realign
from casework.steps.uploads.standing import settle_upload


def unconfirm(
    decision: Decision,
    case: Case,
    takedown: Takedown,
    uow: UnitOfWork,
    *,
    to: DecisionState,
    dismissed_by: DecisionId | None,
    reason: str,
    search: CandidateSearch | None = None,
) -> None:
    """
    Take back that a reviewer confirmed a copy, and the trust that rested on it.

    Args:
        decision: That confirmed it.

        case: Locked.

        takedown: Whose copy it was said to be; locked.

        uow: The transaction.

        to: What becomes of the decision.

        dismissed_by: The decision by which it is none; None where that is open again.

        reason: For the pipeline.

        search: Over the `protected` collection, to judge anew what the takedown matched; without one, a worker does.
    """
    uow.decisions.update(replace(decision, state=to))
    for media_id in uow.takedowns.reference_of_decision(decision.id):
        uow.index_log.remove(Collection.TAKEDOWNS, takedown.id, media_id)
        uow.takedowns.drop_reference(takedown.id, media_id)
        for upload_id in uow.matches.resting_on_media(takedown.id, media_id):
            realign(upload_id, takedown, uow)
    if case.upload_id is not None:
        _let_go(case.upload_id, case, takedown, uow, dismissed_by=dismissed_by, reason=reason)
    retrust(uow.takedowns.get(takedown.id), uow, search)


def _let_go(
    upload_id: UploadId,
    case: Case,
    takedown: Takedown,
    uow: UnitOfWork,
    *,
    dismissed_by: DecisionId | None,
    reason: str,
) -> None:
    upload = uow.uploads.get(upload_id, lock=True)
    for match in uow.matches.of_upload(upload.id):
        if match.takedown_id == takedown.id:
            uow.matches.update(upload.id, replace(match, confirmed_by=None, dismissed_by=dismissed_by))
    settle_upload(upload, uow, case_id=case.id, cause=takedown.id, reason=reason)
