"""
Taking hashes over from others: they match from the commit on, hold what they match, and block nothing.

Invariant: what is on a list already is not put there again, so an import that was stopped is simply run again. What a
person took back stays taken back, whatever the list says later; only who deletes an entry, or has it erased, forgets
it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from casework.domain.actor import Actor
from casework.domain.facts import Facts
from casework.domain.ids import HashListId, MediaId, TakedownId, new_id
from casework.domain.media import Collection, Media, SubmittedMedia
from casework.domain.takedowns.hash_list import HashList, key_of, named
from casework.domain.takedowns.protected import Kept
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.protection import never_banked
from casework.steps.listed_hashes import LISTED_FACTS, ListedMedia, list_hashes
from casework.steps.lock_takedowns import lock_takedowns
from matcher.hashing.query import Query


@dataclass(frozen=True, slots=True)
class ImportHashes:
    """
    Somebody takes hashes over.

    Args:
        actor: Who.

        source: Name of the list; it is made if there is none.

        media: At most about a thousand: they share a takedown.

        facts: What copies inherit; by default nothing is known of them.
    """

    actor: Actor
    source: str
    media: Sequence[SubmittedMedia]
    facts: Facts = LISTED_FACTS


@dataclass(frozen=True, slots=True)
class ImportedHashes:
    """
    What became of them.

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


def import_hashes(command: ImportHashes, uow: UnitOfWork, search: CandidateSearch) -> ImportedHashes:
    """
    Put hashes on a list, and let them match.

    Args:
        command: Who takes over what.

        uow: The transaction.

        search: Over the `protected` collection: what is never banked is left out.

    Raises:
        ListNameError: If the source is no name of a list.
    """
    lock_takedowns(uow)
    hash_list = uow.hash_lists.named(command.source) or _new_list(command.source, uow.now, uow)
    by_key = {key_of(one.signals): one for one in command.media}
    known = uow.hash_lists.known_keys(hash_list.id, by_key)
    unknown = [ListedMedia(one, key) for key, one in by_key.items() if key not in known]
    fresh = _bankable(unknown, uow, search)
    known_before, listed_never = len(command.media) - len(unknown), len(unknown) - len(fresh)
    if not fresh:
        return ImportedHashes(0, known_before, listed_never)
    entries = list_hashes(hash_list, fresh, command.facts, command.actor, uow)
    uow.hash_lists.add_entries(entries)
    return ImportedHashes(len(fresh), known_before, listed_never, entries[0].takedown_id)


def _bankable(listed: Sequence[ListedMedia], uow: UnitOfWork, search: CandidateSearch) -> list[ListedMedia]:
    """Leave out copies of what is on the never-bank list, asking the index about all of them at once."""
    if not uow.protected.listed(Kept.NEVER_BANK, after=None, limit=1)[0]:
        return list(listed)
    queries = [Query.of_signals(one.media.signals) for one in listed]
    found = search.find(Collection.PROTECTED, [one.codes() for one in queries]) if queries else []
    return [
        one
        for place, (one, near) in enumerate(zip(listed, found, strict=True))
        if not near.found or never_banked(_media(one, place), uow, search) is None
    ]


def _media(listed: ListedMedia, place: int) -> Media:
    one = listed.media
    return Media(MediaId(f"{place} of a list"), one.kind, one.width, one.height, one.duration_s, one.signals)


def _new_list(name: str, now: datetime, uow: UnitOfWork) -> HashList:
    hash_list = HashList(HashListId(new_id("list", now)), named(name), enabled_ratio=1.0, created_at=now)
    uow.hash_lists.add(hash_list)
    return hash_list
