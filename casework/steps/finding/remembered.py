"""
What this process remembers of takedowns and protected media that questions met, so that the next one need not read it.

    found item  ──►  owner (a takedown, an entry of a list)  ──►  the takedown, its facts; of the media met so far: all

Invariant: nothing is answered from here that was changed before the question began. Whoever looks at the record before
each question says what changed (`forget`); what is being read meanwhile is then not kept. What is remembered is a
bounded number of bytes; what was met longest ago goes first. Values that are erased are forgotten like any change.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from casework.domain.facts import Facts
from casework.domain.ids import MediaId
from casework.domain.media import Item, Media
from casework.domain.takedowns.takedown import Takedown
from casework.steps.finding.known import Known
from matcher.signals.local import NAME as LOCAL

MOST_BYTES = 64_000_000
"""Of the values of signals: some 50,000 pictures, or fewer videos."""

_FULL = 0.9
"""Of that, from which on nothing is read ahead."""

_OVERHEAD_BYTES = 1_000
"""Of an owner, an item or a medium beside its values, about."""


@dataclass(slots=True)
class _Owner:
    takedown: Takedown | None
    facts: Facts | None
    items: dict[int, Item] = field(default_factory=dict)
    media: dict[MediaId, Media] = field(default_factory=dict)
    size_bytes: int = _OVERHEAD_BYTES


class Reading:
    """One reading of the record that is under way, and what changed since it began."""

    def __init__(self) -> None:
        self.everything = False
        self.changed: set[str] = set()


class Remembered:
    """
    What is known of owners, by the items of theirs that were met. Safe from any thread.

    Args:
        most_bytes: How much is held at most, about.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, _Owner] = OrderedDict()
        self._owner_of: dict[int, str] = {}
        self._readings: set[Reading] = set()
        self.size_bytes = 0
        self.is_emptied = True

    @property
    def has_room(self) -> bool:
        """Whether more can be kept without forgetting what was."""
        return self.size_bytes < self._most_bytes * _FULL

    def begin_to_fill(self) -> None:
        """Note that somebody reads on: `is_emptied` then says whether everything was forgotten since."""
        self.is_emptied = False

    def known(self, item_ids: Iterable[int]) -> Known | None:
        """Return what is known of items; None if anything has to be read first."""
        items: dict[int, Item] = {}
        media: dict[MediaId, Media] = {}
        takedowns: dict[str, Takedown] = {}
        facts: dict[str, Facts] = {}
        with self._lock:
            for item_id in item_ids:
                owner_id = self._owner_of.get(item_id)
                if owner_id is None:
                    return None
                owner = self._owners[owner_id]
                item = items[item_id] = owner.items[item_id]
                media[item.media_id] = owner.media[item.media_id]
                if owner.takedown is not None and owner.facts is not None:
                    takedowns[owner_id] = owner.takedown
                    facts[owner_id] = owner.facts
                self._owners.move_to_end(owner_id)
        return Known(items, media, takedowns, facts)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Begin to read, before the transaction that does; what changes until the end of the block is noted."""
        one = Reading()
        with self._lock:
            self._readings.add(one)
        try:
            yield one
        finally:
            with self._lock:
                self._readings.discard(one)

    def keep(self, read: Known, reading: Reading) -> None:
        """Remember what was read, but for what changed since the reading began."""
        with self._lock:
            if reading.everything:
                return
            for item in read.items.values():
                if item.owner_id not in reading.changed and item.media_id in read.media:
                    self._keep(item, read)
            while self.size_bytes > self._most_bytes:
                self._forget(next(iter(self._owners)))

    def forget(self, owner_ids: Iterable[str]) -> None:
        """Forget what changed."""
        with self._lock:
            for owner_id in owner_ids:
                self._forget(owner_id)
                for reading in self._readings:
                    reading.changed.add(owner_id)

    def forget_everything(self) -> None:
        """Forget all there is."""
        with self._lock:
            self._owners.clear()
            self._owner_of.clear()
            self.size_bytes = 0
            self.is_emptied = True
            for reading in self._readings:
                reading.everything = True

    def _keep(self, item: Item, read: Known) -> None:
        owner = self._owners.get(item.owner_id)
        if owner is None:
            owner = self._owners[item.owner_id] = _Owner(None, None)
            self.size_bytes += owner.size_bytes
        owner.takedown, owner.facts = read.takedowns.get(item.owner_id), read.facts.get(item.owner_id)
        grown = 0
        if item.id not in owner.items:
            owner.items[item.id] = item
            self._owner_of[item.id] = item.owner_id
            grown += _OVERHEAD_BYTES + len(item.signal.value)
        if item.media_id not in owner.media:
            media = owner.media[item.media_id] = _without_local(read.media[item.media_id])
            grown += _OVERHEAD_BYTES + sum(len(one.value) for one in media.signals)
        owner.size_bytes += grown
        self.size_bytes += grown

    def _forget(self, owner_id: str) -> None:
        owner = self._owners.pop(owner_id, None)
        if owner is not None:
            self.size_bytes -= owner.size_bytes
            for item_id in owner.items:
                del self._owner_of[item_id]


def _without_local(media: Media) -> Media:
    """Leave out local features: 12 KB a picture, which no question by hashes is compared with."""
    return replace(media, signals=tuple(one for one in media.signals if one.type != LOCAL))
