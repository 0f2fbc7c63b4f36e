"""What `hashing` shows people: milliseconds by format, size and contestant."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.report import new_axes, save_figure


def print_hashing(result: Mapping[str, Any]) -> None:
    """Print one run."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    rows = result["scenarios"]
    who = list(dict.fromkeys(row["contestant"] for row in rows))
    load = result["load_average"][0]
    table = Table(title=f"median ms / of the processor (MB of memory); load average {load:.1f}")
    table.add_column("")
    for name in who:
        table.add_column(name, justify="right")
    for name in dict.fromkeys(row["name"] for row in rows):
        cells = {row["contestant"]: _cell(row) for row in rows if row["name"] == name}
        table.add_row(name, *[cells.get(each, "") for each in who])
    console.print(table)


def plot_hashing(result: Mapping[str, Any], folder: str) -> Path:
    """Draw the medians; return the picture's path."""
    figure, axes = new_axes()
    rows = [row for row in result["scenarios"] if row["p50_ms"] is not None]
    names = list(dict.fromkeys(row["name"] for row in rows))
    for who in dict.fromkeys(row["contestant"] for row in rows):
        mine = [row for row in rows if row["contestant"] == who]
        axes.plot([row["p50_ms"] for row in mine], [names.index(row["name"]) for row in mine], "o", label=who)
    axes.set_yticks(range(len(names)), names)
    axes.set_xscale("log")
    axes.set_xlabel("median, ms")
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.invert_yaxis()
    axes.legend()
    return save_figure(figure, Path(folder) / "hashing.png")


def _cell(row: Mapping[str, Any]) -> str:
    if row["p50_ms"] is None:
        return "not read"
    memory = "" if row["memory_bytes"] is None else f" ({row['memory_bytes'] / 1e6:,.0f})"
    return f"{row['p50_ms']:,.3g} / {row['processor_ms']:,.3g}{memory}"
