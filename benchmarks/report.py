"""
From results to what people read: JSON, a table on the terminal, pictures.

Invariant: nothing is measured here and nothing is rounded in what is written, only in what is shown. Progress goes to
standard error, so `--json -` can be piped.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.metrics import METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = tuple(METRICS)


@contextmanager
def progress_line() -> Iterator[Callable[[str], None]]:
    """Show what is being done and for how long; yields the function to say it with."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda text: bar.update(task, description=text)


def write_json(result: Mapping[str, object], where: str) -> None:
    """Write a result to a file, or to standard output for ``-``."""
    text = json.dumps(result, indent=1) + "\n"
    if where == "-":
        sys.stdout.write(text)
    else:
        Path(where).write_text(text)


def publish(result: Mapping[str, object], where: str | None, *, show: Callable[[], None]) -> None:
    """
    Write a result where it was asked for, and show it.

    Args:
        result: Everything measured.

        where: A file; ``-`` for standard output, which then has nothing else in it; None to show it only.

        show: Prints it for people.
    """
    if where:
        write_json(result, where)
    if where != "-":
        show()


def print_search(result: Mapping[str, Any]) -> None:
    """Print one run of `search`."""
    title = f"{result['hashes']:,} {result['codes']} hashes, radius {result['radius']}, {result['threads']} thread(s)"
    table = Table(title=title)
    table.add_column("contestant")
    for name in (*COLUMNS, "× ours"):
        table.add_column(name, justify="right")
    for row in result["contestants"]:
        ratio = result["ratio"].get(row["name"])
        figures = [f"{row[name]:,.4g}" if row[name] < 1000 else f"{row[name]:,.0f}" for name in COLUMNS]
        table.add_row(row["name"], *figures, f"{ratio:,.1f}" if ratio else "")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for name, reason in result["skipped"].items():
        console.print(f"{name} was left out: it {reason}")


def print_scale(points: Sequence[Mapping[str, Any]]) -> None:
    """Print the growth curve."""
    table = Table(title="growth")
    for name in ("hashes", "contestant", *COLUMNS):
        table.add_column(name, justify="right")
    for point in points:
        for row in point["contestants"]:
            table.add_row(f"{point['hashes']:,}", row["name"], *[f"{row[name]:,.4g}" for name in COLUMNS])
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def plot_search(result: Mapping[str, Any], folder: str) -> Path:
    """Draw the median hit of each contestant; return the picture's path."""
    rows = sorted(result["contestants"], key=lambda row: row["hit_p50_ms"])
    figure, axes = new_axes()
    times = [row["hit_p50_ms"] for row in rows]
    axes.plot(times, [row["name"] for row in rows], "o", markersize=9)  # no bars: a logarithmic axis has no zero
    for place, time_ms in enumerate(times):
        axes.annotate(f"{time_ms:.3g} ms", (time_ms, place), (10, 0), textcoords="offset points", va="center")
    axes.set_xscale("log")
    axes.set_xlim(times[0] / 2, times[-1] * 4)
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.invert_yaxis()
    axes.set_xlabel(f"median of a single query, ms ({result['hashes']:,} hashes, radius {result['radius']})")
    return save_figure(figure, Path(folder) / f"search-{result['codes']}-{result['hashes']}.png")


def plot_scale(points: Sequence[Mapping[str, Any]], folder: str) -> Path:
    """Draw the median hit over the number of hashes; return the picture's path."""
    figure, axes = new_axes()
    for name in dict.fromkeys(row["name"] for point in points for row in point["contestants"]):
        pairs = [(p["hashes"], r["hit_p50_ms"]) for p in points for r in p["contestants"] if r["name"] == name]
        axes.plot(*zip(*pairs, strict=True), marker="o", label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("hashes")
    axes.set_ylabel("median of a single query, ms")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    return save_figure(figure, Path(folder) / "scale.png")


def load_average() -> tuple[float, ...]:
    """Return how many wanted a core over the last 1, 5 and 15 minutes: times of a busy machine are upper bounds."""
    return os.getloadavg()


def new_axes() -> tuple["Figure", "Axes"]:
    """Return an empty picture."""
    from matplotlib.figure import Figure  # only where a picture is wanted: matplotlib does not come with the service

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    return figure, figure.add_subplot()


def save_figure(figure: "Figure", path: Path) -> Path:
    """Write a picture; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    return path
