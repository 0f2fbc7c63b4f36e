"""
Which registered uploads a takedown hits: asked before a decision, to count them, and after it, to act on them.

    near_uploads   (asks the index)   which uploads may be copies of the references, by hashes and by parts
    likenesses     (pure)             what an upload and each reference have in common

Invariant: the count before a decision (`looking_ahead/blast_radius.py`) and the look-back after it
(`handlers/lookback.py`) both ask these, and nothing else says what is hit: the two cannot differ but by what was
uploaded in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from casework.domain.ids import MediaId, UploadId
from casework.domain.media import Collection, Media
from casework.domain.takedowns.common import CommonPart
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.common_parts import common_parts_of
from casework.steps.finding.deep_search import votes_in_uploads
from matcher.comparing.comparison import Comparison
from matcher.comparing.from_reference import compare_from_reference
from matcher.hashing.query import Query
from matcher.local.common import Blocks, without_common
from matcher.signals.local import QueryFeatures
from matcher.thresholds import LIKELY_VOTES, SUSPICIOUS_VOTES


@dataclass(frozen=True, slots=True)
class Reference:
    """
    One piece of media that is banked, or would be.

    Args:
        query: What is searched: its signals and their variants.

        media: What is stored of it.

        common: Parts of it that strangers have too (`common_parts.py`); None where none are.
    """

    query: Query
    media: Media
    common: Blocks | None = None

    @property
    def parts(self) -> Iterator[QueryFeatures]:
        """What is looked for by its parts: common ones would name every picture that has them."""
        for part in self.query.parts:
            yield part if self.common is None else without_common(part, self.common)


@dataclass(frozen=True, slots=True)
class NearUploads:
    """
    Uploads that may be copies.

    Args:
        version: The `uploads` version they are exact for.

        ids: All of them.

        likely: Those among them that are near by a hash, or in which so many keypoints agree that few are strangers.
    """

    version: int
    ids: frozenset[UploadId]
    likely: frozenset[UploadId]


def references_of(
    media: Sequence[Media], uow: UnitOfWork, *, learned: Iterable[CommonPart] = ()
) -> dict[MediaId, Reference]:
    """
    Read what each piece of media is searched by.

    Args:
        media: What is banked, or would be.

        uow: To read.

        learned: What was learned of common parts and is not on record yet.
    """
    common = common_parts_of(media, uow, learned)
    queries = uow.media.queries_of(media)
    return {one.id: Reference(queries[one.id], one, common.get(one.id)) for one in media}


def near_uploads(references: Mapping[MediaId, Reference], uow: UnitOfWork, search: CandidateSearch) -> NearUploads:
    """
    Ask the index which registered uploads may be copies of any reference.

    Args:
        references: What is looked for.

        uow: To tell whose the items are.

        search: Over the `uploads` collection.
    """
    return near_each([references], uow, search)[0]


def near_each(
    several: Sequence[Mapping[MediaId, Reference]], uow: UnitOfWork, search: CandidateSearch
) -> list[NearUploads]:
    """
    Ask the same for several at once, each by itself: by hashes it is one question, and whose the items are another.

    Args:
        several: What is looked for, each with all its references.

        uow: To tell whose the items are.

        search: Over the `uploads` collection.
    """
    by_hashes = search.near(
        Collection.UPLOADS, [one.query.codes() for references in several for one in references.values()]
    )
    each = iter(by_hashes.item_ids)
    found: list[tuple[frozenset[int], frozenset[int]]] = []
    for references in several:
        near = frozenset[int]().union(*islice(each, len(references)))
        votes = votes_in_uploads((part for one in references.values() for part in one.parts), search)
        likely = near.union(item_id for item_id, score in votes.items() if score >= LIKELY_VOTES)
        found.append((likely, likely.union(item_id for item_id, score in votes.items() if score >= SUSPICIOUS_VOTES)))
    owner_of = uow.index_log.owner_of(frozenset().union(*(seen for _, seen in found)))
    return [
        NearUploads(by_hashes.version, _uploads_of(seen, owner_of), _uploads_of(likely, owner_of))
        for likely, seen in found
    ]


def _uploads_of(item_ids: Iterable[int], owner_of: Mapping[int, str]) -> frozenset[UploadId]:
    return frozenset(UploadId(owner_of[one]) for one in item_ids if one in owner_of)


def likenesses(references: Mapping[MediaId, Reference], media: Media) -> list[tuple[MediaId, Comparison]]:
    """
    Compare an upload with each reference.

    Args:
        references: What is looked for.

        media: The upload's, as stored.

    Returns:
        Each reference that it is a copy of, at any strength; an upload that was confirmed is no copy of itself.
    """
    compared = [
        (media_id, compare_from_reference(one.query, media.signals, stored=one.media.signals, common=one.common))
        for media_id, one in references.items()
        if media_id != media.id
    ]
    return [(media_id, found) for media_id, found in compared if found.strength is not None]
