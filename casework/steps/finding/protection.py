"""
Whether something is a copy of media that a list is kept of: protected as newsworthy, or never to be banked.

Invariant: protection needs more than a weak resemblance, and never holds back what is removed for what it is itself;
what is never banked is a whole picture, so private media inside a listed frame is banked like any other.
"""

from casework.domain.ids import MediaId, ProtectedId
from casework.domain.media import Collection, Media
from casework.domain.takedowns.protected import Kept
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.banked_copy import is_whole
from matcher.comparing.comparison import Comparison, compare
from matcher.hashing.query import Query
from matcher.signals.video import NAME as VIDEO
from matcher.strength import Strength


def is_protected(query: Query, uow: UnitOfWork, search: CandidateSearch) -> bool:
    """Tell whether something is a copy of protected media; a weak resemblance does not protect."""
    strengths = [one.strength for _, one in _on_list(Kept.PROTECTED, query, uow, search)]
    return any(strength is not None and strength is not Strength.WEAK for strength in strengths)


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
    owners: dict[MediaId, str] = {one.media_id: one.owner_id for one in items.values() if kept.has(one.owner_id)}
    media = uow.media.many(owners) if owners else {}
    return [(owners[one.id], compare(query, one.signals)) for one in media.values()]
