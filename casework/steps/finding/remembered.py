"""
What this process remembers of takedowns and protected media that questions met, so that the next one need not read it.

    found item  ──►  owner (a takedown, an entry of a list)  ──►  the takedown, its facts; of the media met so far: all

Invariant: nothing is answered from here that was changed before the question began. Whoever looks at the record before
each question says what changed (`forget`); what is being read meanwhile is then not kept. What is remembered is a
bounded number of bytes; what was met longest ago goes first. Values that are erased are forgotten like any change.

What was made of an item that one hash found alone is kept beside its owner (`Alone`), and forgotten with it: of a copy
that many post, thousands a minute are judged alike.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from casework.domain.facts import Facts
from casework.domain.ids import MediaId
from casework.domain.media import Item, Media
from casework.domain.takedowns.takedown import Takedown
from casework.steps.finding.judging import Judged
from casework.steps.finding.known import Known
from matcher.signals import is_hash
from matcher.signals.local import NAME as LOCAL

MOST_BYTES = 128_000_000
"""Of a process: some 65,000 takedowns of a picture each."""

_FULL = 0.9
"""Of that, from which on nothing is read ahead."""

_OWNER_BYTES = 900
"""Of a takedown, with what finds it; its facts are shared by all that have the same."""

_ITEM_BYTES = 350
"""Of an item, with what finds it; its value is the media's."""

_MEDIA_BYTES = 450
"""Of a medium, beside the values of its signals."""

_SIGNAL_BYTES = 120
"""Of a signal, beside its value."""

_JUDGED_BYTES = 600
"""Of what was made of an item; its words and evidence are shared by all that have the same."""

_MOST_JUDGED = 8
"""Of an owner; with more, those before are forgotten."""

_READ_AGAIN = 10_000
"""Owners that are remembered to be read again, once they were forgotten; more come when somebody asks."""


class Alone(NamedTuple):
    """
    An item that a question by one hash found, and no other.

    Args:
        item_id: Which.

        distance: Bits that differ.

        quality: As it was sent, 0..100, or None.
    """

    item_id: int
    distance: int
    quality: int | None


@dataclass(slots=True)
class _Owner:
    takedown: Takedown | None
    facts: Facts | None
    items: list[int] = field(default_factory=list)
    media: dict[MediaId, Media] = field(default_factory=dict)
    judged: dict[Alone, Judged] | None = None
    size_bytes: int = _OWNER_BYTES


class _Met(NamedTuple):
    owner: _Owner
    item: Item
    media: Media


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
        self._met: dict[int, _Met] = {}
        self._readings: set[Reading] = set()
        self._forgotten: dict[str, None] = {}
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
                met = self._met.get(item_id)
                if met is None:
                    return None
                owner, item, of_item = met
                items[item_id] = item
                media[of_item.id] = of_item
                if owner.takedown is not None and owner.facts is not None:
                    takedowns[item.owner_id] = owner.takedown
                    facts[item.owner_id] = owner.facts
                self._owners.move_to_end(item.owner_id)
        return Known(items, media, takedowns, facts)

    def judged(self, alone: Alone) -> Judged | None:
        """Return what was made of an item before, found alike; None where that is not known, or there is no match."""
        with self._lock:
            met = self._met.get(alone.item_id)
            if met is None or met.owner.judged is None:
                return None
            self._owners.move_to_end(met.item.owner_id)
            return met.owner.judged.get(alone)

    def keep_judged(self, alone: Alone, judged: Judged) -> None:
        """
        Remember what was made of an item that one hash found alone, of media that is not protected.

        It is not kept where its takedown is not remembered as it was judged, nor of media that is compared by more than
        the distance of that hash: what moves, and what programs show in several ways.
        """
        with self._lock:
            met = self._met.get(alone.item_id)
            if met is None or met.owner.takedown is not judged.takedown or not _is_one_picture(met.media):
                return
            if met.owner.judged is None or len(met.owner.judged) >= _MOST_JUDGED:
                self._forget_judged(met.owner)
                met.owner.judged = {}
            if alone not in met.owner.judged:
                met.owner.size_bytes += _JUDGED_BYTES
                self.size_bytes += _JUDGED_BYTES
            met.owner.judged[alone] = judged
            self._make_room()

    def lacking(self, item_ids: Iterable[int]) -> set[int]:
        """Return those of these items that are not known."""
        with self._lock:
            return {one for one in item_ids if one not in self._met}

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
            self._make_room()

    def forget(self, owner_ids: Iterable[str]) -> None:
        """Forget what changed."""
        with self._lock:
            for owner_id in owner_ids:
                self._forget(owner_id)
                if len(self._forgotten) < _READ_AGAIN:
                    self._forgotten[owner_id] = None
                for reading in self._readings:
                    reading.changed.add(owner_id)

    def take_forgotten(self) -> list[str]:
        """Return, once, the owners that changed since this was last asked: they may be read again before a question."""
        with self._lock:
            forgotten, self._forgotten = self._forgotten, {}
        return list(forgotten)

    def forget_everything(self) -> None:
        """Forget all there is."""
        with self._lock:
            self._owners.clear()
            self._met.clear()
            self._forgotten.clear()
            self.size_bytes = 0
            self.is_emptied = True
            for reading in self._readings:
                reading.everything = True

    def _keep(self, item: Item, read: Known) -> None:
        owner = self._owners.get(item.owner_id)
        takedown, facts = read.takedowns.get(item.owner_id), read.facts.get(item.owner_id)
        if owner is None:
            owner = self._owners[item.owner_id] = _Owner(None, None)
            self.size_bytes += owner.size_bytes
        owner.takedown, owner.facts = takedown, None if facts is None else _shared(facts)
        self._forget_judged(owner)
        if item.id in self._met:
            return
        media = owner.media.get(item.media_id)
        grown = _ITEM_BYTES
        if media is None:
            media = _without_local(read.media[item.media_id])
            owner.media[media.id] = media
            grown += _MEDIA_BYTES + sum(_SIGNAL_BYTES + len(one.value) for one in media.signals)
        owner.items.append(item.id)
        self._met[item.id] = _Met(owner, _sharing(item, takedown, media), media)
        owner.size_bytes += grown
        self.size_bytes += grown

    def _make_room(self) -> None:
        while self.size_bytes > self._most_bytes:
            self._forget(next(iter(self._owners)))

    def _forget_judged(self, owner: _Owner) -> None:
        gone = _JUDGED_BYTES * len(owner.judged or ())
        owner.judged = None
        owner.size_bytes -= gone
        self.size_bytes -= gone

    def _forget(self, owner_id: str) -> None:
        owner = self._owners.pop(owner_id, None)
        if owner is not None:
            self.size_bytes -= owner.size_bytes
            for item_id in owner.items:
                del self._met[item_id]


@lru_cache(maxsize=1024)
def _shared(facts: Facts) -> Facts:
    """Return facts that are the same, and in memory already: of many takedowns few differ in them."""
    return facts


def _sharing(item: Item, takedown: Takedown | None, media: Media) -> Item:
    """Return an item that holds no second copy of what its owner and its media have."""
    signal = next((one for one in media.signals if one == item.signal), item.signal)
    return replace(item, owner_id=item.owner_id if takedown is None else takedown.id, media_id=media.id, signal=signal)


def _is_one_picture(media: Media) -> bool:
    """Tell whether media is compared by hashes alone, of which it has one of each type."""
    types = {one.type for one in media.signals}
    return len(types) == len(media.signals) and all(map(is_hash, types))


def _without_local(media: Media) -> Media:
    """Leave out local features: 12 KB a picture, which no question by hashes is compared with."""
    return replace(media, signals=tuple(one for one in media.signals if one.type != LOCAL))
