"""What `serving` shows people: a table of every scenario and load, and how ours compares."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.report import new_axes, save_figure

_COLUMNS = ("requests_per_s", "hashes_per_s", "p50_ms", "p95_ms", "p99_ms", "server_processor_ms", "errors")


def print_serving(result: Mapping[str, Any]) -> None:
    """Print one run."""
    console = Console(width=None if sys.stdout.isatty() else 170)
    title = f"{result['references']:,} references on {result['database']}; load average {result['load_average'][0]:.1f}"
    table = Table(title=title)
    for name in ("scenario", "contestant"):
        table.add_column(name)
    for name in ("processes", "connections", *_COLUMNS):
        table.add_column(name.replace("_per_s", "/s").replace("_", " "), justify="right")
    for row in result["scenarios"]:
        rate = "" if row.get("intended_per_s") is None else f" at {row['intended_per_s']:,.0f}/s"
        figures = [_shown(row.get(name)) for name in ("processes", "connections", *_COLUMNS)]
        table.add_row(row["name"] + rate, row["contestant"], *figures)
    console.print(table)
    compared = Table(title="ours beside the others, in this run")
    names = ("of_bare", "processor_of_bare", "times_peer", "over_one_process", "p99_over_p50")
    compared.add_column("")
    for name in names:
        compared.add_column(name.replace("_", " "), justify="right")
    for key, each in result["ratio"].items():
        compared.add_row(key, *[_shown(each.get(name)) for name in names])
    console.print(compared)
    for name, reason in result["skipped"].items():
        console.print(f"{name} was left out: {reason}")


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, int) or value >= 1_000 else f"{value:.3g}"


def plot_serving(result: Mapping[str, Any], folder: str) -> list[Path]:
    """Draw requests a second over connections, a picture a scenario; return their paths."""
    closed = [row for row in result["scenarios"] if row.get("loop") == "closed"]
    return [
        _plot(name, [row for row in closed if row["name"] == name], folder)
        for name in dict.fromkeys(row["name"] for row in closed)
    ]


def _plot(name: str, rows: Sequence[Mapping[str, Any]], folder: str) -> Path:
    figure, axes = new_axes()
    for who, processes in dict.fromkeys((row["contestant"], row["processes"]) for row in rows):
        mine = [row for row in rows if (row["contestant"], row["processes"]) == (who, processes)]
        places = [row["connections"] for row in mine]
        axes.plot(places, [row["requests_per_s"] for row in mine], marker="o", label=f"{who}, {processes} process(es)")
    axes.set_xlabel("connections")
    axes.set_ylabel(f"{name}, requests a second")
    axes.set_yscale("log")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    return save_figure(figure, Path(folder) / f"serving-{name}.png")
