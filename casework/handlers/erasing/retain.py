"""
Retention: what is past its date is erased by the service itself, a batch a transaction.

Withdrawn takedowns and rejected reports go as by an erasure, which a worker carries out and which says what is gone; of
uploads only what `RETENTION` names.
"""

from dataclasses import replace
from datetime import datetime

from casework.domain.actor import SERVICE
from casework.domain.keeping.erasure import without_signals
from casework.domain.keeping.retention import RETENTION, Dated
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.erasing.from_record import erase_media_of
from casework.steps.erasing.requesting import requested_erasure
from casework.steps.erasing.unsettled import unsettled_matches
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns


def erase_past_date(kind: Dated, before: datetime, uow: UnitOfWork, search: CandidateSearch, *, limit: int) -> int:
    """
    Erase, or have erased, some of what is past its date.

    Args:
        kind: A row of `RETENTION`.

        before: What is older than this is due.

        uow: The transaction.

        search: Over the `uploads` collection.

        limit: How many at most.

    Returns:
        How many were; as many as `limit` if there may be more. Uploads that a takedown will match which has not looked
        back yet are left for another time.
    """
    lock_takedowns(uow)
    due = uow.past_date.due(kind, before, limit=limit)
    reason = f"past its date: {RETENTION[kind].counted_from} was before {before:%Y-%m-%d}"
    if kind is Dated.WITHDRAWN:
        for takedown in uow.takedowns.many(due).values():
            requested_erasure(takedown.case_id, SERVICE, reason, uow)
    elif kind is Dated.REJECTED:
        for report_id in due:
            requested_erasure(uow.reports.get(report_id).case_id, SERVICE, reason, uow)
    else:
        return _erase_of_uploads(kind, due, uow, search)
    return len(due)


def _erase_of_uploads(kind: Dated, due: list[str], uow: UnitOfWork, search: CandidateSearch) -> int:
    uploads = list(uow.uploads.many(due).values())
    if kind is Dated.UPLOADS:
        needed = unsettled_matches([one.id for one in uploads], uow, search)
        uploads = [one for one in uploads if one.id not in needed]
        erase_media_of(uploads, uow)
    for upload in uploads:
        left = without_signals(upload) if kind is Dated.UPLOADS else replace(upload, post_text=None)
        uow.uploads.update(left)
    if uploads:
        record(uow, SERVICE, f"retention:{kind.value}", uploads[0].id, uploads=len(uploads))
    return len(uploads)
