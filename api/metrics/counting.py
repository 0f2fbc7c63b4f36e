"""
Counting without being in the way: `add` and `note` append to a list, and no more.

Both take a fraction of a microsecond, wait for nothing, and may be called from the event loop and from any thread.
Whoever publishes calls `take_noted`, which folds what was appended since; nothing is lost between two of its calls.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Series: TypeAlias = tuple[str, tuple[str, ...]]
"""A name as it is stored, and the values of its labels in order."""

Counts: TypeAlias = dict[Series, float]

_MOST_NOTED = 1_000_000
"""Where nobody publishes, the oldest is forgotten; a process that serves publishes every two seconds."""


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
        _noted.append((self, labels, count))

    def fold(self, counts: Counts, labels: tuple[str, ...], value: float) -> None:
        """Add one note to what was counted."""
        key = (self.name, labels)
        counts[key] = counts.get(key, 0) + value


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

    def note(self, value: float, *labels: str) -> None:
        """Note one, with the values of the labels in order."""
        _noted.append((self, labels, value))

    def fold(self, counts: Counts, labels: tuple[str, ...], value: float) -> None:
        """Add one note to what was counted: its bucket alone (they are added up when shown), and the sum."""
        place = bisect_left(self.buckets, value)
        bound = repr(float(self.buckets[place])) if place < len(self.buckets) else "+Inf"
        for key, more in (((f"{self.name}_bucket", (*labels, bound)), 1.0), ((f"{self.name}_sum", labels), value)):
            counts[key] = counts.get(key, 0) + more


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

_noted: deque[tuple[Counter | Histogram, tuple[str, ...], float]] = deque(maxlen=_MOST_NOTED)


def take_noted() -> Counts:
    """Return what was counted in this process since the last call, and forget it."""
    counts: Counts = {}
    while True:
        try:
            metric, labels, value = _noted.popleft()
        except IndexError:
            return counts
        metric.fold(counts, labels, value)
