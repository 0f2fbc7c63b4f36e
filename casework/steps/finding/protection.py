"""
Whether something is a copy of media that a list is kept of: protected as newsworthy, or never to be banked.

Invariant: protection needs more than a weak resemblance, and never holds back what is removed for what it is itself;
what is never banked is a whole picture, so private media inside a listed frame is banked like any other.
"""

from collections.abc import Iterable, Mapping

from casework.domain.ids import MediaId, ProtectedId
from casework.domain.media import Collection, Item, Media
from casework.domain.takedowns.protected import Kept
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.asked_once import AskedOnce
from casework.steps.finding.known import Known
from casework.steps.taking_down.banked_copy import is_whole
from matcher.comparing.comparison import Comparison, compare
from matcher.hashing.query import Query
from matcher.signals.video import NAME as VIDEO
from matcher.strength import Strength


def is_protected(query: Query, uow: UnitOfWork, search: CandidateSearch) -> bool:
    """Tell whether something is a copy of protected media; a weak resemblance does not protect."""
    return _protects(_on_list(Kept.PROTECTED, query, uow, search))


def is_protected_by(query: Query, item_ids: Iterable[int], known: Known) -> bool:
    """
    Tell the same of items that were found and are known already; nothing is read.

    Args:
        query: What is asked.

        item_ids: What the index of the `protected` collection found near it.

        known: What the record says of these.
    """
    owners = _owners(Kept.PROTECTED, (known.items[one] for one in item_ids if one in known.items))
    return _protects(_compared(query, owners, known.media))


def _protects(found: Iterable[tuple[str, Comparison]]) -> bool:
    return any(one.strength is not None and one.strength is not Strength.WEAK for _, one in found)


def ask_about_lists(media: Iterable[Media], uow: UnitOfWork, search: AskedOnce) -> None:
    """
    Ask about several pieces of media at once what deciding each of their cases asks by itself.

    Args:
        media: What may be banked.

        uow: To read what it is looked for by.

        search: Remembers what it is answered.
    """
    queries = uow.media.queries_of(media).values()
    if queries:
        search.find(Collection.PROTECTED, [one.codes() for one in queries])


def never_banked(media: Media, uow: UnitOfWork, search: CandidateSearch) -> ProtectedId | None:
    """
    Return which entry of the never-bank list a piece of media is a copy of, or None.

    Args:
        media: What would be banked. A picture counts by its hashes, however plain: blanks are on the list because they
            are. What moves counts as the same file alone: that it begins with a listed picture says little of it.

        uow: To read what the candidates stand for.

        search: Over the `protected` collection.
    """
    moves = any(signal.type == VIDEO for signal in media.signals)
    for owner_id, found in _on_list(Kept.NEVER_BANK, uow.media.query_of(media), uow, search):
        if any(is_whole(one, moves=moves) for one in found.evidence):
            return ProtectedId(owner_id)
    return None


def _on_list(kept: Kept, query: Query, uow: UnitOfWork, search: CandidateSearch) -> list[tuple[str, Comparison]]:
    """Compare something with the media of a list that is near it; each with the id of its entry."""
    found = search.find(Collection.PROTECTED, [query.codes()])[0].found
    items = uow.index_log.items({hit.item_id for hit in found}) if found else {}
    owners = _owners(kept, items.values())
    media = uow.media.many(owners) if owners else {}
    return _compared(query, owners, media)


def _owners(kept: Kept, items: Iterable[Item]) -> dict[MediaId, str]:
    return {one.media_id: one.owner_id for one in items if kept.has(one.owner_id)}


def _compared(
    query: Query, owners: Mapping[MediaId, str], media: Mapping[MediaId, Media]
) -> list[tuple[str, Comparison]]:
    return [(owner_id, compare(query, media[media_id].signals)) for media_id, owner_id in owners.items()]
