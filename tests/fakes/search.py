"""The index's log, and a search of what it says (`casework/ports/search.py`)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from casework.domain.errors import SearchAwayError
from casework.domain.media import Collection, Item, Media
from casework.ports.search import Candidate, Candidates, Codes, NearItems, Suspects
from matcher.signals import SIGNAL_TYPES, searched_as
from matcher.signals.local import QueryFeatures


class FakeIndexLog:
    """Of `ports.IndexLog`; `FakeSearch` reads it."""

    def __init__(self) -> None:
        self.live: dict[int, Item] = {}
        self.removed: dict[int, Item] = {}
        self.versions: Counter[Collection] = Counter()
        self._last_id = 0

    def version(self, collection: Collection) -> int:
        return self.versions[collection]

    def add(self, collection: Collection, owner_id: str, media: Media) -> int:
        for signal in searched_as(media.signals):
            self._last_id += 1
            self.live[self._last_id] = Item(self._last_id, collection, owner_id, media.id, signal)
            self.versions[collection] += 1
        return self.versions[collection]

    def add_many(self, collection: Collection, owned: Sequence[tuple[str, Media]]) -> int:
        for owner_id, media in owned:
            self.add(collection, owner_id, media)
        return self.versions[collection]

    def remove(self, collection: Collection, owner_id: str, media_id: str | None = None) -> int:
        gone = [
            one.id
            for one in self.live.values()
            if (one.collection, one.owner_id) == (collection, owner_id) and media_id in (None, one.media_id)
        ]
        for item_id in gone:
            self.removed[item_id] = self.live.pop(item_id)
            self.versions[collection] += 1
        return self.versions[collection]

    def erase(self, owner_ids: Iterable[str], media_ids: Iterable[str]) -> None:
        owners, media = set(owner_ids), set(media_ids)
        self.removed = {
            key: one for key, one in self.removed.items() if one.owner_id not in owners and one.media_id not in media
        }

    def items(self, item_ids: Iterable[int]) -> dict[int, Item]:
        return {one: self.live[one] for one in item_ids if one in self.live}

    def owners(self, item_ids: Iterable[int]) -> set[str]:
        return set(self.owner_of(item_ids).values())

    def owner_of(self, item_ids: Iterable[int]) -> dict[int, str]:
        return {key: one.owner_id for key, one in self.items(item_ids).items()}

    def of_owner(self, owner_id: str) -> list[Item]:
        return [one for one in self.live.values() if one.owner_id == owner_id]


class FakeSearch:
    """Of `ports.CandidateSearch`: every item is compared; parts of pictures are never found."""

    def __init__(self, log: FakeIndexLog) -> None:
        self._log = log

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        return [Candidates(self._log.version(collection), tuple(self._near(collection, one))) for one in questions]

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        found = self.find(collection, questions)
        return NearItems(
            self._log.version(collection), tuple(frozenset(hit.item_id for hit in one.found) for one in found)
        )

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        return Suspects(self._log.version(collection), ())

    def _near(self, collection: Collection, question: Mapping[str, Codes]) -> Iterable[Candidate]:
        for item in self._log.live.values():
            asked = question.get(item.signal.type)
            if item.collection is not collection or asked is None:
                continue
            stored = np.frombuffer(item.signal.value, dtype=np.uint8)
            distance = int(np.unpackbits(asked ^ stored, axis=1).sum(axis=1).min())
            if distance <= SIGNAL_TYPES[item.signal.type].threshold:
                yield Candidate(item.id, item.signal.type, distance)


class SearchWithoutUploads(FakeSearch):
    """The same, where uploads lie on machines that do not answer."""

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        if collection is Collection.UPLOADS:
            message = "nobody answers about uploads"
            raise SearchAwayError(message)
        return super().find(collection, questions)

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        if collection is Collection.UPLOADS:
            message = "nobody answers about uploads"
            raise SearchAwayError(message)
        return super().find_local(collection, features, limit=limit)
