"""
Which parts of a reference do not vote, because strangers have them too: a logo, an app's frame, a caption card.

    learn_common_parts    before a decision: from registered uploads and from other takedowns' references
    learn_from_dismissal  with a decision: from a match of which a reviewer said that it is no copy
    common_parts_of       what was learned of some references

Who wants a private picture to stay could try to make its parts common, by posting them before it is reported. So a part
counts only where strangers show something else beside it, and most of a reference cannot be common
(`matcher/local/common.py`). Strangers are uploads that were allowed, by `COMMON_FROM` different people the platform
names, one a person, registered before the case was opened, and different from each other; uploads later on teach
nothing but by a person's decision. And it weakens only what is found by parts: copies near by a hash, copies that show
what is not common, or that show it elsewhere, are found as before. A picture that is everywhere whole is not common:
it has a blast radius, and people decide.

Invariant: derived; what is learned is learned from stored features and can be learned again. A copy that a reviewer
confirms is no stranger any more (`steps/taking_down/take_effect.py`).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import numpy as np

from casework.domain.errors import SearchAwayError
from casework.domain.ids import MediaId, TakedownId, UploadId
from casework.domain.media import Collection, Media
from casework.domain.takedowns.common import CommonPart, Stranger
from casework.domain.verdict import Verdict
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from matcher.local.common import Blocks, Shared, common, distinct, pack, shared_with, unpack
from matcher.signals.base import Signal
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import LocalFeatures, QueryFeatures
from matcher.signals.scenes import NAME as SCENES
from matcher.thresholds import COMMON_FROM, COMMON_FROM_DISMISSED, SUSPICIOUS_VOTES

STRANGERS: Final = 40
"""Uploads that are laid onto a reference at most, some milliseconds each."""

OTHER_TAKEDOWNS: Final = 10
"""The same of other takedowns' references."""

SUSPECTS: Final = 400
"""How many the index names: one person may have posted many of them."""

OutOfTime = Callable[[], bool]
"""Tells whether the time for a search is used up."""


def learn_common_parts(
    media: Media,
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    before: datetime,
    takedown_id: TakedownId | None,
    out_of_time: OutOfTime,
) -> list[CommonPart]:
    """
    Ask which uploads and which other references share a part of a picture, and are strangers all the same.

    Args:
        media: What would be banked. Of videos, and of what has no local features, nothing is learned.

        uow: To read.

        search: Over the `uploads` and `takedowns` collections.

        before: Uploads registered later teach nothing.

        takedown_id: What it would join; its references are no strangers.

        out_of_time: Asked before each picture is laid onto it.
    """
    reference = picture_of(media.signals)
    if reference is None:
        return []
    asked = QueryFeatures.of_stored(reference)
    named = [
        *_uploads(_suspects(Collection.UPLOADS, asked, search), media.id, before, uow),
        *_references(_suspects(Collection.TAKEDOWNS, asked, search), takedown_id, uow),
    ]
    found: list[tuple[Stranger, str, Shared]] = []
    for stranger, seen_in, features in named:
        if out_of_time():
            break
        shared = shared_with(features, reference)
        if shared is not None:
            found.append((stranger, seen_in, shared))
    kept = [found[place] for place in distinct([shared for _, _, shared in found])]
    return [CommonPart(media.id, seen_in, stranger, pack(shared.blocks)) for stranger, seen_in, shared in kept]


def learn_from_dismissal(upload_id: UploadId, reference_ids: Iterable[MediaId], uow: UnitOfWork) -> None:
    """
    Note what an upload shares with references of which a reviewer said that it is no copy.

    Args:
        upload_id: The upload.

        reference_ids: What it had matched.

        uow: The transaction.
    """
    upload = picture_of(uow.media.get(uow.uploads.get(upload_id).media_id).signals)
    if upload is None:
        return
    for reference_id, media in uow.media.many(reference_ids).items():
        reference = picture_of(media.signals)
        shared = None if reference is None else shared_with(upload, reference)
        if shared is not None:
            uow.common_parts.add([CommonPart(reference_id, upload_id, Stranger.DISMISSED, pack(shared.blocks))])


def common_parts_of(
    media: Iterable[Media], uow: UnitOfWork, learned: Iterable[CommonPart] = ()
) -> dict[MediaId, Blocks]:
    """Return the common parts of those references that have any; of a stranger, what was learned now counts."""
    pictures = {one.id: reference for one in media if (reference := picture_of(one.signals)) is not None}
    known = {(part.media_id, part.seen_in): part for parts in uow.common_parts.of(pictures).values() for part in parts}
    known |= {(part.media_id, part.seen_in): part for part in learned}
    by_media: dict[MediaId, list[CommonPart]] = {}
    for part in known.values():
        by_media.setdefault(part.media_id, []).append(part)
    found = {media_id: common_blocks(pictures[media_id], parts) for media_id, parts in by_media.items()}
    return {media_id: blocks for media_id, blocks in found.items() if blocks is not None}


def common_blocks(reference: LocalFeatures, parts: Sequence[CommonPart]) -> Blocks | None:
    """
    Say which blocks enough strangers share.

    Args:
        reference: As stored.

        parts: What is known of it.
    """
    dismissed = [unpack(one.blocks) for one in parts if one.stranger is Stranger.DISMISSED]
    others = [unpack(one.blocks) for one in parts if one.stranger is not Stranger.DISMISSED]
    if not parts:
        return None
    counts = np.zeros(unpack(parts[0].blocks).shape, np.int64)
    for blocks in others:
        counts += blocks
    looked_at = sum((blocks.astype(np.int64) for blocks in dismissed), np.zeros_like(counts))
    counts[looked_at >= COMMON_FROM_DISMISSED] = COMMON_FROM
    return common(reference, counts, COMMON_FROM)


def picture_of(signals: Iterable[Signal]) -> LocalFeatures | None:
    """Return the local features of a picture; None for what moves, of which they show one frame."""
    by_type = {signal.type: signal for signal in signals}
    if LOCAL not in by_type or SCENES in by_type:
        return None
    return LocalFeatures.from_bytes(by_type[LOCAL].value)


def _suspects(collection: Collection, asked: QueryFeatures, search: CandidateSearch) -> list[int]:
    """Name the items that may share a part, the most suspicious first; none where the collection does not answer."""
    try:
        found = search.find_local(collection, asked, limit=SUSPECTS).found
    except SearchAwayError:
        return []  # what strangers have too then votes: more is held, and a dismissal teaches it
    return list(dict.fromkeys(one.item_id for one in found if one.score >= SUSPICIOUS_VOTES))


def _uploads(
    item_ids: Sequence[int], media_id: MediaId, before: datetime, uow: UnitOfWork
) -> list[tuple[Stranger, str, LocalFeatures]]:
    items = uow.index_log.items(item_ids)
    uploads = uow.uploads.many({item.owner_id for item in items.values()})
    people: set[str] = set()
    found = []
    for item_id in item_ids:
        item = items.get(item_id)
        upload = None if item is None else uploads.get(item.owner_id)
        if item is None or upload is None or upload.uploader_id is None or upload.uploader_id in people:
            continue
        if upload.verdict is not Verdict.ALLOW or upload.registered_at >= before or upload.media_id == media_id:
            continue
        people.add(upload.uploader_id)
        found.append((Stranger.UPLOAD, str(upload.id), LocalFeatures.from_bytes(item.signal.value)))
    return found[:STRANGERS]


def _references(
    item_ids: Sequence[int], takedown_id: TakedownId | None, uow: UnitOfWork
) -> list[tuple[Stranger, str, LocalFeatures]]:
    items = uow.index_log.items(item_ids)
    owners: set[str] = set()
    found = []
    for item_id in item_ids:
        item = items.get(item_id)
        if item is None or item.owner_id in owners or item.owner_id == takedown_id:
            continue
        owners.add(item.owner_id)
        found.append((Stranger.TAKEDOWN, item.owner_id, LocalFeatures.from_bytes(item.signal.value)))
    return found[:OTHER_TAKEDOWNS]
