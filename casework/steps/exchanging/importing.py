"""
Taking hashes over from others, whether from a file or from a server.

Invariant: what is on a list already is not put there again, and copies of what is never banked are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casework.domain.actor import Actor
from casework.domain.facts import Facts
from casework.domain.ids import HashListId, MediaId, TakedownId, new_id
from casework.domain.media import Collection, Media, SubmittedMedia
from casework.domain.takedowns.hash_list import HashList, key_of, named
from casework.domain.takedowns.protected import Kept
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.listed_hashes import list_hashes
from casework.steps.finding.protection import never_banked
from matcher.hashing.query import Query


@dataclass(frozen=True, slots=True)
class ImportedHashes:
    """
    What became of hashes.

    Args:
        imported: How many are new.

        known: How many the list had already.

        never_banked: How many are copies of what is on the never-bank list, and so are left out.

        takedown_id: That holds the new ones; None if there are none.
    """

    imported: int
    known: int
    never_banked: int = 0
    takedown_id: TakedownId | None = None


def list_named(name: str, uow: UnitOfWork) -> HashList:
    """
    Return a list by its name; it is made if there is none.

    Raises:
        ListNameError: If that is no name of a list.
    """
    found = uow.hash_lists.named(named(name))
    if found is None:
        found = HashList(HashListId(new_id("list", uow.now)), name, enabled_ratio=1.0, created_at=uow.now)
        uow.hash_lists.add(found)
    return found


def take_over(
    hash_list: HashList,
    media: Sequence[SubmittedMedia],
    facts: Facts,
    actor: Actor,
    uow: UnitOfWork,
    search: CandidateSearch,
) -> ImportedHashes:
    """
    Put hashes on a list, and let them match.

    Args:
        hash_list: Stored; takedowns are locked.

        media: At most about a thousand: they share a takedown.

        facts: What copies inherit.

        actor: Who.

        uow: The transaction.

        search: Over the `protected` collection: what is never banked is left out.
    """
    by_key = {key_of(one.signals): one for one in media}
    known = uow.hash_lists.known_keys(hash_list.id, by_key)
    unknown = {key: one for key, one in by_key.items() if key not in known} if known else by_key
    fresh = _bankable(unknown, uow, search)
    known_before, listed_never = len(media) - len(unknown), len(unknown) - len(fresh)
    if not fresh:
        return ImportedHashes(0, known_before, listed_never)
    listed = list_hashes(hash_list, list(fresh.values()), facts, actor, uow)
    uow.hash_lists.put_many(hash_list.id, listed.takedown_id, dict(zip(fresh, listed.media_ids, strict=True)))
    return ImportedHashes(len(fresh), known_before, listed_never, listed.takedown_id)


def _bankable(
    listed: Mapping[bytes, SubmittedMedia], uow: UnitOfWork, search: CandidateSearch
) -> Mapping[bytes, SubmittedMedia]:
    """Leave out copies of what is on the never-bank list, asking the index about all of them at once."""
    if not uow.protected.listed(Kept.NEVER_BANK, after=None, limit=1)[0]:
        return listed
    queries = [Query.of_signals(one.signals) for one in listed.values()]
    found = search.find(Collection.PROTECTED, [one.codes() for one in queries]) if queries else []
    return {
        key: one
        for place, ((key, one), near) in enumerate(zip(listed.items(), found, strict=True))
        if not near.found or never_banked(_media(one, place), uow, search) is None
    }


def _media(one: SubmittedMedia, place: int) -> Media:
    return Media(MediaId(f"{place} of a list"), one.kind, one.width, one.height, one.duration_s, one.signals)
