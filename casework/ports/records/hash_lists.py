"""
Lists of hashes that came from others, and what is on each.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from casework.domain.ids import HashListId, MediaId, TakedownId
from casework.domain.takedowns.hash_list import HashList, ListEntry


class HashLists(Protocol):
    """Lists, and their entries."""

    def add(self, hash_list: HashList) -> None:
        """Store a new one; its name is free."""

    def get(self, list_id: str, *, lock: bool = False) -> HashList:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def named(self, name: str) -> HashList | None:
        """Return the list of a name, or None."""

    def all(self) -> list[HashList]:
        """List all of them, by age."""

    def update(self, hash_list: HashList) -> None:
        """Store its new state."""

    def remove(self, list_id: HashListId) -> None:
        """Forget a list with all its entries; what was imported from it has been taken back."""

    def known_keys(self, list_id: HashListId, keys: Iterable[bytes]) -> set[bytes]:
        """Return which of these keys are on a list already."""

    def by_keys(self, list_id: HashListId, keys: Iterable[bytes]) -> dict[bytes, int]:
        """Return the numbers of the entries with these keys on a list."""

    def add_entry(self, entry: ListEntry) -> ListEntry:
        """Put something on a list, whatever number it says; return it with the number it got."""

    def put_many(self, list_id: HashListId, takedown_id: TakedownId, media: Mapping[bytes, MediaId]) -> None:
        """Put what is imported together on a list, by key: now, enabled, without a note and an address."""

    def entry(self, entry_id: int) -> ListEntry | None:
        """Read one by its number, or None."""

    def entries_on(self, media_ids: Iterable[MediaId]) -> dict[MediaId, ListEntry]:
        """Return what these media are on lists."""

    def update_entry(self, entry: ListEntry) -> None:
        """Store its new state."""

    def remove_entry(self, entry_id: int) -> None:
        """Forget one; its hashes have left the index."""

    def due(self, now: datetime, *, limit: int) -> list[ListEntry]:
        """Return entries that were disabled until a moment that has come."""

    def erase(self, takedown_ids: Iterable[TakedownId]) -> None:
        """Forget what of these takedowns is on lists: they are erased."""

    def size(self, signal_type: str) -> tuple[int, datetime | None]:
        """Count the entries with a signal of a type, over all lists, and say when the newest was added."""
