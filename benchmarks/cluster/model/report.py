"""What `cluster_model` shows people: the table, what it rests on, and how wrong it is."""

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

_COLUMNS = {
    "machines": "machines",
    "slots": "slots",
    "data_gb": "GB a copy",
    "memory_gb_a_machine": "memory GB",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "p99_ms_if_worse": "if worse",
    "questions_per_s": "questions/s",
    "questions_per_s_if_worse": "if worse",
    "limit": "limit",
    "gateways": "gateways",
    "price_per_hour": "price/h",
}


def print_model(result: Mapping[str, Any]) -> None:
    """Print one run."""
    console = Console(width=None if sys.stdout.isatty() else 170)
    table = Table(title="model; not measured")
    table.add_column("what")
    for title in _COLUMNS.values():
        table.add_column(title, justify="right")
    for row in result["model"]:
        table.add_row(row["what"], *[_shown(row[name]) for name in _COLUMNS])
    console.print(table)
    for name, each in result["fit"].items():
        held_out = ", ".join(f"{one['slots']} slots {one['error']:+.0%}" for one in each["held_out"])
        console.print(f"{name}: error {each['fitted_error']:.0%} where fitted; at the held-out size: {held_out}")
    for one in result["recorded"]:
        console.print(
            f"{one['what']} of {one['source']}: measured {one['measured_ms']:.3g} ms, model {one['model_ms']:.3g} ms, "
            f"error {one['error']:+.0%}"
        )
    if "check" in result["measured"]:
        errors = ", ".join(f"{name} {error:+.0%}" for name, error in result["measured"]["check"]["error"].items())
        console.print(f"three machines on this one, as the model foresaw them: error {errors}")
    for row in result["lists"]:
        console.print(
            f"{row['references']:,} references: {row['today_ms']:,.0f} processor ms a picture in 4,096 lists; in "
            f"{row['lists_needed']:,} lists {row['finer_ms']:,.0f} ms, an estimate"
        )
    for name, reason in result["skipped"].items():
        console.print(f"{name}: left out, {reason}")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
