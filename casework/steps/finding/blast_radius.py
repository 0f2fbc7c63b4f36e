"""How much a takedown would hit: counted among the registered uploads before it takes effect."""

from collections.abc import Sequence

import numpy as np

from casework.domain.cases.decision import BlastRadius
from casework.domain.media import Collection, Media
from casework.ports.search import CandidateSearch, Codes
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.deep_search import seen_in_uploads
from matcher.hashing.query import Query
from matcher.signals import is_hash, searched_as
from matcher.thresholds import LIKELY_VOTES


def blast_radius_of(media: Sequence[Media], uow: UnitOfWork, search: CandidateSearch) -> BlastRadius:
    """
    Count the registered uploads, and the people who posted them, that any signal of the media is near.

    Scenes of videos are not asked: the answer is waited for.

    Args:
        media: What would be banked, as it is (no mirrored variants).

        uow: To tell whose the uploads are.

        search: Over the `uploads` collection.
    """
    questions = [question_of(one) for one in media]
    found = {hit.item_id for answer in search.find(Collection.UPLOADS, questions) for hit in answer.found}
    pictures = (Query.of_signals(one.signals).features for one in media)
    parts = (features for features in pictures if features is not None)
    found |= seen_in_uploads(parts, search, least_score=LIKELY_VOTES)
    owners = uow.index_log.owners(found)
    return BlastRadius(uploads=len(owners), uploaders=uow.uploads.uploaders_of(owners))


def question_of(media: Media) -> dict[str, Codes]:
    """Return the stored hashes of one piece of media as a question: by type, uint8, shape (n, bits // 8)."""
    by_type: dict[str, list[bytes]] = {}
    for signal in searched_as(media.signals):
        if is_hash(signal.type):
            by_type.setdefault(signal.type, []).append(signal.value)
    return {
        name: np.frombuffer(b"".join(values), dtype=np.uint8).reshape(len(values), -1)
        for name, values in by_type.items()
    }
