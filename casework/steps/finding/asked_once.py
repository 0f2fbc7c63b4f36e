"""
A search that is asked the same more than once: whether media is protected, and whether it is never to be banked.

    ask    several questions at once, before they are asked one by one
    find   what is known of a question already, else the search itself

Invariant: whoever holds one uses it for no longer than a transaction, and only for a collection that the transaction
does not change: what others commit meanwhile is found as if they had committed after it.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from casework.domain.media import Collection
from casework.ports.search import Candidates, CandidateSearch, Codes, NearItems, Suspects
from matcher.signals.local import QueryFeatures

Question: TypeAlias = tuple[Collection, tuple[tuple[str, bytes], ...]]
"""What tells one question from another: where it is asked, and its values."""


class AskedOnce:
    """
    A search that remembers what it found by hashes.

    Args:
        search: The one that is asked.
    """

    def __init__(self, search: CandidateSearch) -> None:
        self._search = search
        self._known: dict[Question, Candidates] = {}

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        """Answer `ports.CandidateSearch`; what was not asked before is asked at once."""
        asked = {_key(collection, one): one for one in questions}
        unknown = [key for key in asked if key not in self._known]
        if unknown:
            found = self._search.find(collection, [asked[key] for key in unknown])
            self._known.update(zip(unknown, found, strict=True))
        return [self._known[_key(collection, one)] for one in questions]

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        """Answer `ports.CandidateSearch`; nothing of it is remembered."""
        return self._search.near(collection, questions)

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        """Answer `ports.CandidateSearch`; nothing of it is remembered."""
        return self._search.find_local(collection, features, limit=limit)


def _key(collection: Collection, question: Mapping[str, Codes]) -> Question:
    return collection, tuple((name, codes.tobytes()) for name, codes in sorted(question.items()))
