"""
Figures as drawings: where each bar, line and label stands, for a template that writes them as SVG.

Invariant: whole numbers of a drawing 720 units wide; no colour and no font is named here, the style sheet does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.console.statistics.counting import Day
from casework.policy.learning.share import Share

WIDTH: Final = 720
_LEFT: Final = 44
_RIGHT: Final = 700
"""Where the bars end: the last label is wider than the last bar."""

_TOP: Final = 10
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One bar.

    Args:
        kind: Its class in the style sheet.

        title: What it says, for a pointer.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word at a place; `anchor` is SVG's ``start``, ``middle`` or ``end``."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """
    A drawing.

    Args:
        height: In units.

        bars: From back to front.

        grid: Heights of the lines behind the bars.

        labels: Of both axes.

        line: Points of a line over the bars, as SVG writes them; empty for none.
    """

    height: int
    bars: tuple[Bar, ...]
    grid: tuple[float, ...]
    labels: tuple[Label, ...]
    line: str = ""


@dataclass(frozen=True, slots=True)
class Whisker:
    """
    A share on a scale from 0 to 100, with where the true one lies.

    Args:
        low, value, high: 0..100.
    """

    low: float
    value: float
    high: float


def volumes(days: Sequence[Day], *, height: int = 220) -> Chart:
    """Draw what came in each day as bars, reports below and copies above, and what people decided as a line."""
    most = max([1, *(one.reports + one.copies for one in days), *(one.by_people for one in days)])
    frame = _Frame(height, most)
    step = (_RIGHT - _LEFT) / max(1, len(days))
    width = max(1.0, step * 0.7)
    bars, points, labels = [], [], []
    every = max(1, len(days) // 6)
    for number, one in enumerate(days):
        x = _LEFT + number * step + (step - width) / 2
        title = f"{one.day}: {one.reports} reports, {one.copies} copies found, {one.by_people} decided by people"
        reports = frame.tall(one.reports)
        copies = frame.tall(one.copies)
        bars.append(Bar(round(x, 1), frame.y(one.reports), round(width, 1), reports, "bar-first", title))
        bars.append(Bar(round(x, 1), frame.y(one.reports + one.copies), round(width, 1), copies, "bar-second", title))
        points.append(f"{x + width / 2:.1f},{frame.y(one.by_people)}")
        if (len(days) - 1 - number) % every == 0:
            labels.append(Label(round(x + width / 2, 1), height - 4, one.day[5:], "middle"))
    drawn = tuple(one for one in bars if one.height > 0)
    return Chart(height, drawn, frame.grid, (*frame.labels, *labels), " ".join(points))


def spans(counts: Sequence[tuple[str, int]], *, height: int = 180) -> Chart:
    """Draw how many cases were decided within each span, the last of which is too late."""
    most = max([1, *(count for _, count in counts)])
    frame = _Frame(height, most)
    step = (_RIGHT - _LEFT) / max(1, len(counts))
    bars, labels = [], []
    for number, (name, count) in enumerate(counts):
        x = _LEFT + number * step + step * 0.15
        kind = "bar-late" if number == len(counts) - 1 else "bar-first"
        if count:
            bars.append(
                Bar(round(x, 1), frame.y(count), round(step * 0.7, 1), frame.tall(count), kind, f"{name}: {count}")
            )
        labels.append(Label(round(x + step * 0.35, 1), height - 4, name, "middle"))
    return Chart(height, tuple(bars), frame.grid, (*frame.labels, *labels))


def whisker(share: Share) -> Whisker:
    """Place a share and its interval on a scale from 0 to 100."""
    low, high = share.interval
    return Whisker(round(100 * low, 1), round(100 * (share.value or 0.0), 1), round(100 * high, 1))


class _Frame:
    """The axis of counts of a chart: 0 at the bottom, a round number at the top."""

    def __init__(self, height: int, most: int) -> None:
        self._bottom = height - 22
        self._scale = (self._bottom - _TOP) / _round_up(most)
        ticks = [_round_up(most) * part / 2 for part in range(3)]
        self.grid = tuple(self.y(tick) for tick in ticks)
        self.labels = tuple(
            Label(_LEFT - 6, self.y(tick) + 4, f"{tick:,.0f}", "end") for tick in ticks if tick == int(tick)
        )

    def y(self, count: float) -> float:
        """Return how far from the top a count stands."""
        return round(self._bottom - count * self._scale, 1)

    def tall(self, count: float) -> float:
        """Return the height of a bar."""
        return round(count * self._scale, 1)


def _round_up(count: int) -> int:
    """Return the next 1, 2 or 5 with zeros behind it."""
    ten = 1
    while True:
        for step in _STEPS:
            if step * ten >= count:
                return step * ten
        ten *= 10
