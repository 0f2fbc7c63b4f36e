"""What `serving` shows people: a table of every scenario and load, and how ours compares."""

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

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
        rate = "" if row["intended_per_s"] is None else f" at {row['intended_per_s']:,.0f}/s"
        figures = [_shown(row[name]) for name in ("processes", "connections", *_COLUMNS)]
        table.add_row(row["name"] + rate, row["contestant"], *figures)
    console.print(table)
    compared = Table(title="ours beside the others, in this run")
    names = ("of_bare", "processor_of_bare", "times_peer")
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
