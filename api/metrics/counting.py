"""
Counting without being in the way: `add` and `note` add to a number in a table, and no more.

Both take less than a microsecond, and may be called from the event loop and from any thread: the lock is held for one
addition. Whoever publishes calls `take_noted`, which takes the table and leaves an empty one: however many requests
there were since, it holds up none. (A list of notes, folded then, took 30 ms at 4,000 requests a second.)
"""

import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Series: TypeAlias = tuple[str, tuple[str, ...]]
"""A name as it is stored, and the values of its labels in order."""

Counts: TypeAlias = dict[Series, float]


@dataclass(frozen=True, slots=True, eq=False)
class Counter:
    """
    Something that happens.

    Args:
        name: Ends in ``_total``.

        help: What it is, for whoever reads `/metrics`.

        labels: Names of labels. Few values each, never an id of a case, an upload or a key.

        known: Values that are shown as 0 before they happen, so that an alert sees the first time.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    known: Sequence[tuple[str, ...]] = ()

    def add(self, *labels: str, count: float = 1) -> None:
        """Say that it happened, with the values of the labels in order."""
        key = (self.name, labels)
        with _adding:
            _counts[key] = _counts.get(key, 0) + count


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """
    How long something takes.

    Args:
        name: Ends in its unit.

        help: What it is.

        labels: Names of labels, as of a counter.

        buckets: Upper bounds, inclusive, ascending; above the last is one more.
    """

    name: str
    help: str
    buckets: tuple[float, ...]
    labels: tuple[str, ...] = ()
    _bounds: tuple[str, ...] = field(init=False)
    _bucket: str = field(init=False)
    _sum: str = field(init=False)

    def __post_init__(self) -> None:
        """Write the bounds and names once."""
        object.__setattr__(self, "_bounds", (*(repr(float(one)) for one in self.buckets), "+Inf"))
        object.__setattr__(self, "_bucket", f"{self.name}_bucket")
        object.__setattr__(self, "_sum", f"{self.name}_sum")

    def note(self, value: float, *labels: str) -> None:
        """Note one, with the values of the labels in order."""
        bound = self._bounds[bisect_left(self.buckets, value)]
        bucket, total = (self._bucket, (*labels, bound)), (self._sum, labels)
        with _adding:  # its bucket alone: they are added up when shown
            _counts[bucket] = _counts.get(bucket, 0) + 1.0
            _counts[total] = _counts.get(total, 0) + value


@dataclass(frozen=True, slots=True, eq=False)
class Gauge:
    """
    How much of something there is now.

    Args:
        name: Ends in its unit, where it has one.

        help: What it is.

        labels: Names of labels, as of a counter.

        across: How the processes of a data folder make one value: ``sum``, ``max`` or ``min``; ``record`` where the
            database says it, the same for all.

        known: Values of the labels that are shown as 0 where there is nothing.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    across: str = "record"
    known: Sequence[tuple[str, ...]] = field(default=())


Levels: TypeAlias = Mapping[Series, float]
"""Values of gauges."""

_adding = threading.Lock()
_counts: Counts = {}


def take_noted() -> Counts:
    """Return what was counted in this process since the last call, and forget it."""
    with _adding:
        taken = _counts.copy()
        _counts.clear()
    return taken
