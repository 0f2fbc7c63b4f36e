"""
A collection whose log is split into several, on this machine: each slot in a folder of its own, searched as one.

    slot 0   log 0 ──►  folder 0  ┐
    slot 1   log 1 ──►  folder 1  ├──►  one answer
    slot 2   log 2 ──►  folder 2  ┘

Invariant: an answer is that of one slot with everything in it: hashes exactly, local features ranked over all parts
together, not slot by slot. No item lies in two slots. A version is the sum of those of the slots; what an answer has to
contain is said for each slot.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.base import AtLeast, Codes, CollectionIndex, ErasedFiles, Hits, Searcher
from index.errors import DamagedIndexError
from index.hashes.hits import joined, ordered
from index.local.searcher import LocalSearcher
from index.stats import CollectionStats, PartStats


@dataclass(frozen=True, slots=True)
class SlottedSearcher:
    """
    A fixed view of the hashes of all slots.

    Args:
        parts: One for each slot, in their order.
    """

    parts: tuple[Searcher, ...]

    @property
    def version(self) -> int:
        """How many changes this view contains, over all slots."""
        return sum(part.version for part in self.parts)

    def search(self, signal_type: str, queries: Codes, radius: int, *, k: int | None = None) -> Hits:
        """Find items in every slot: arguments, answer and errors are those of one slot."""
        return ordered(joined([part.search(signal_type, queries, radius, k=k) for part in self.parts]), k)


class SlottedIndex:
    """
    Several slots of one collection: see `SearchableIndex` for what each member promises.

    Args:
        slots: In their order; each follows its own log.
    """

    def __init__(self, slots: Sequence[CollectionIndex]) -> None:
        self.slots = tuple(slots)

    @property
    def version(self) -> int:
        """How many changes were applied, over all slots."""
        return sum(self.versions)

    @property
    def versions(self) -> tuple[int, ...]:
        """The `seq` up to which each slot has applied its log."""
        return tuple(slot.version for slot in self.slots)

    @property
    def newest_version(self) -> int:
        """How many changes anything here knows of, over all slots."""
        return sum(slot.newest_version for slot in self.slots)

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the last seal, merge or rebuild of a slot failed; None if none did."""
        return next((f"slot {number}: {why}" for number, why in self._failures()), None)

    @property
    def rebuilt_because(self) -> DamagedIndexError | None:
        """What was damaged in a slot when it was opened, and so rebuilt; None if nothing was."""
        return next((slot.rebuilt_because for slot in self.slots if slot.rebuilt_because is not None), None)

    def searcher(self, *, at_least: AtLeast = 0) -> SlottedSearcher:
        """Return the current view of the hashes of every slot."""
        wanted = self._of_each(at_least)
        return SlottedSearcher(tuple(slot.searcher(at_least=one) for slot, one in zip(self.slots, wanted, strict=True)))

    def local_searcher(self, *, at_least: AtLeast = 0) -> LocalSearcher:
        """Return the current view of the local features: the parts of all slots, ranked together."""
        wanted = self._of_each(at_least)
        views: list[LocalSearcher] = []
        for slot, one in zip(self.slots, wanted, strict=True):
            view = slot.local_searcher(at_least=one)
            assert isinstance(view, LocalSearcher), f"parts of a {type(view).__name__} cannot be ranked with others'"
            views.append(view)
        return LocalSearcher.joined(views)

    def stats(self) -> CollectionStats:
        """Count what is in all slots; segments are named with the number of their slot."""
        each = [slot.stats() for slot in self.slots]
        items: Counter[str] = Counter()
        for one in each:
            items.update(one.items)
        return CollectionStats(
            version=sum(one.version for one in each),
            applied_seq=sum(one.applied_seq for one in each),
            generation=sum(one.generation for one in each),
            items=items,
            tombstones=sum(one.tombstones for one in each),
            delta_changes=sum(one.delta_changes for one in each),
            size_bytes=sum(one.size_bytes for one in each),
            parts=tuple(_numbered(each)),
            last_maintenance_error=self.last_maintenance_error,
        )

    def maintain(self) -> bool:
        """Seal and merge what is due, slot by slot."""
        worked = [slot.maintain() for slot in self.slots]
        return any(worked)

    def erase_removed(self) -> ErasedFiles:
        """Rewrite the segments in which a removed value lies, in every slot."""
        return sum((slot.erase_removed() for slot in self.slots), ErasedFiles())

    def seal(self) -> None:
        """Write what is in memory into segments."""
        for slot in self.slots:
            slot.seal()

    def compact(self) -> None:
        """Write each slot into one segment of each kind, without anything that was removed."""
        for slot in self.slots:
            slot.compact()

    def verify(self) -> None:
        """Read every byte of every live file and compare it with its checksum."""
        for slot in self.slots:
            slot.verify()

    def close(self) -> None:
        """Close what the slots have open."""
        for slot in self.slots:
            slot.close()

    def _failures(self) -> Iterable[tuple[int, str]]:
        for number, slot in enumerate(self.slots):
            if (why := slot.last_maintenance_error) is not None:
                yield number, why

    def _of_each(self, at_least: AtLeast) -> Sequence[int]:
        if not isinstance(at_least, int):
            return at_least
        if at_least:
            message = f"version {at_least} is asked of {len(self.slots)} slots; say it of each"
            raise ValueError(message)
        return [0] * len(self.slots)


def _numbered(each: Sequence[CollectionStats]) -> Iterable[PartStats]:
    for number, one in enumerate(each):
        for part in one.parts:
            yield replace(part, segment=f"{number}/{part.segment}")
