"""Whether something is a copy of media that is protected as newsworthy: nothing acts on it by itself then."""

from casework.domain.media import Collection
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from matcher.comparing.comparison import compare
from matcher.hashing.query import Query
from matcher.strength import Strength


def is_protected(query: Query, uow: UnitOfWork, search: CandidateSearch) -> bool:
    """Tell whether something is a copy of protected media; a weak resemblance does not protect."""
    found = search.find(Collection.PROTECTED, [query.codes()])[0].found
    if not found:
        return False
    items = uow.index_log.items({hit.item_id for hit in found})
    media = uow.media.many({item.media_id for item in items.values()})
    strengths = [compare(query, one.signals).strength for one in media.values()]
    return any(strength is not None and strength is not Strength.WEAK for strength in strengths)
