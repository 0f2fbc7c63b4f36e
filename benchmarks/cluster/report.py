"""What `cluster` shows people: whether it was right, and how long it took."""

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

_COLUMNS = ("slots", "replicas", "machines", "clients", "requests_per_s", "p50_ms", "p95_ms", "p99_ms")


def print_cluster(result: Mapping[str, Any]) -> None:
    """Print one run."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    for part in ("equality", "rounds"):
        for name, row in result.get(part, {}).items():
            console.print(f"{part}, {name}: " + ", ".join(f"{key} {_shown(value)}" for key, value in row.items()))
    for row in result.get("catch_up", ()):
        console.print(
            f"caught up with {row['changes']:,} changes in {row['slots']} slots x {row['replicas']} replicas: "
            f"{row['s']:.1f} s, {row['changes_per_s']:,.0f} changes/s"
        )
    for name in ("record", "store"):
        if empty := result.get("empty_machine"):
            console.print(
                f"empty machine, {empty['hashes']:,} hashes from the {name}: {empty[f'{name}_s']:.1f} s, "
                f"{empty[f'{name}_cpu_s']:.1f} s of a processor"
            )
    if not result["scenarios"]:
        return
    table = Table(title=f"load average {result['load_average'][0]:.1f}")
    for name in ("scenario", "contestant"):
        table.add_column(name)
    for name in _COLUMNS:
        table.add_column(name.replace("_per_s", "/s").replace("_", " "), justify="right")
    for row in result["scenarios"]:
        table.add_row(row["name"], row["contestant"], *[_shown(row[name]) for name in _COLUMNS])
    console.print(table)
    for name, row in result["ratio"].items():
        console.print(f"{name}: {row['p50_times_one_process']:.1f} times one process at the median")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "/".join(_shown(each) for each in value)
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
