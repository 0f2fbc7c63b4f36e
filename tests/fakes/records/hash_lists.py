"""Lists of hashes that came from others (`casework/ports/records/hash_lists.py`)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from casework.domain.ids import HashListId, MediaId, TakedownId
from casework.domain.takedowns.hash_list import HashList, ListEntry
from tests.fakes.base import FakeClock, FakeRows
from tests.fakes.records.media import FakeMedia


class FakeHashLists(FakeRows[HashList]):
    """Of `ports.HashLists`."""

    def __init__(self, media: FakeMedia, clock: FakeClock) -> None:
        super().__init__("hash_list")
        self._media = media
        self._clock = clock
        self._last = 0
        self.entries: dict[int, ListEntry] = {}

    def named(self, name: str) -> HashList | None:
        return next(iter(self.where(name=name)), None)

    def all(self) -> list[HashList]:
        return self.where()

    def remove(self, list_id: str) -> None:
        del self.rows[list_id]
        self.entries = {number: one for number, one in self.entries.items() if one.list_id != list_id}

    def known_keys(self, list_id: str, keys: Iterable[bytes]) -> set[bytes]:
        return {one.key for one in self.entries.values() if one.list_id == list_id and one.key} & set(keys)

    def by_keys(self, list_id: str, keys: Iterable[bytes]) -> dict[bytes, int]:
        wanted = set(keys)
        return {one.key: one.id for one in self.entries.values() if one.list_id == list_id and one.key in wanted}

    def add_entry(self, entry: ListEntry) -> ListEntry:
        self._last += 1
        self.entries[self._last] = replace(entry, id=self._last)
        return self.entries[self._last]

    def put_many(self, list_id: HashListId, takedown_id: TakedownId, media: Mapping[bytes, MediaId]) -> None:
        for key, media_id in media.items():
            self.add_entry(ListEntry(0, list_id, takedown_id, media_id, self._clock.now(), key=key))

    def entry(self, entry_id: int) -> ListEntry | None:
        return self.entries.get(entry_id)

    def entries_on(self, media_ids: Iterable[str]) -> dict[str, ListEntry]:
        wanted = set(media_ids)
        return {one.media_id: one for one in self.entries.values() if one.media_id in wanted}

    def update_entry(self, entry: ListEntry) -> None:
        self.entries[entry.id] = entry

    def remove_entry(self, entry_id: int) -> None:
        self.entries.pop(entry_id, None)

    def due(self, now: datetime, *, limit: int) -> list[ListEntry]:
        found = [one for one in self.entries.values() if one.disabled_until is not None and one.disabled_until <= now]
        return sorted(found, key=lambda one: one.id)[:limit]

    def erase(self, takedown_ids: Iterable[str]) -> None:
        gone = set(takedown_ids)
        self.entries = {number: one for number, one in self.entries.items() if one.takedown_id not in gone}

    def size(self, signal_type: str) -> tuple[int, datetime | None]:
        found = [
            one.added_at
            for one in self.entries.values()
            if any(signal.type == signal_type for signal in self._media.get(one.media_id).signals)
        ]
        return len(found), max(found, default=None)
