"""
How much a takedown would hit: counted among the registered uploads before it takes effect, as its look-back will.

Comparing takes milliseconds an upload, so it is done before a transaction begins and within a budget of time. What the
budget was too short for is not left out: of the rest, what the index alone calls likely is counted unseen, and the
answer says that it is not complete. Where the uploads lie on other machines, which do not answer, it says that it is
not known.
"""

from collections.abc import Callable, Mapping
from typing import Final

from casework.domain.cases.decision import UNKNOWN_RADIUS, BlastRadius
from casework.domain.errors import SearchAwayError
from casework.domain.ids import MediaId, TakedownId, UploadId
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.looking_back import Reference, likenesses, near_uploads

BATCH: Final = 50
"""Uploads whose signals are read at once."""


def blast_radius_of(
    references: Mapping[MediaId, Reference],
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    takedown_id: TakedownId | None = None,
    out_of_time: Callable[[], bool],
) -> BlastRadius:
    """
    Count the registered uploads, and the people who posted them, that a look-back for these would hit.

    Args:
        references: What would be banked.

        uow: To read.

        search: Over the `uploads` collection.

        takedown_id: What it would join; uploads that are known to match it are not hit again. None where it is new.

        out_of_time: Asked before each comparison but the first.

    Returns:
        What it would hit; `UNKNOWN_RADIUS` where what holds the uploads does not answer.
    """
    try:
        near = near_uploads(references, uow, search)
    except SearchAwayError:
        return UNKNOWN_RADIUS
    known = set() if takedown_id is None else uow.matches.known(near.ids, takedown_id)
    asked = sorted(near.ids - known, key=lambda one: (one not in near.likely, one))
    hits: set[UploadId] = set()
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        uploads = uow.uploads.many(batch)
        signals = uow.media.many({upload.media_id for upload in uploads.values()})
        for place, upload_id in enumerate(batch, start):
            if place and out_of_time():
                hits |= near.likely.intersection(asked[place:])
                return BlastRadius(len(hits), uow.uploads.uploaders_of(hits), complete=False)
            upload = uploads.get(upload_id)
            if upload is not None and likenesses(references, signals[upload.media_id]):
                hits.add(upload_id)
    return BlastRadius(len(hits), uow.uploads.uploaders_of(hits))
