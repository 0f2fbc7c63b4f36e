"""
What people read of a run of `robustness`: a table of families by contestant, and a picture for each family.

Invariant: nothing is measured here.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.copies.edits import Pixels


@dataclass(frozen=True, slots=True)
class LookAlike:
    """
    Two pictures that are no copies of each other and were taken for it.

    Args:
        contestant: Who found them alike.

        trap: Which trap made them.

        reference: uint8, RGB.

        question: uint8, RGB.
    """

    contestant: str
    trap: str
    reference: Pixels
    question: Pixels


def print_robustness(result: Mapping[str, Any]) -> None:
    """Print the share found, in percent, of each edit by each contestant, then what was found wrongly."""
    contestants = result["contestants"]
    table = Table(title=f"copies found, %; {result['bank']:,} references, {result['photos']} photos an edit")
    table.add_column("edit")
    for contestant in contestants:
        table.add_column(contestant["name"], justify="right")
    for row in zip(*(contestant["edits"] for contestant in contestants), strict=True):
        shares = [f"{100 * cell['found'] / cell['n']:.0f}" for cell in row]
        table.add_row(f"{row[0]['family']}, {row[0]['strength']}", *shares)
    table.add_section()
    table.add_row("mean over families", *(_percent(contestant["mean"]) for contestant in contestants))
    for strength in ("near", "partial", "weak"):
        counts = [contestant["false_positives"] for contestant in contestants]
        table.add_row(f"strangers, {strength}", *(f"{each[strength]} of {each['of']:,}" for each in counts))
    table.add_row("ms a query, median", *(f"{contestant['query_p50_ms']:.1f}" for contestant in contestants))
    table.add_row("ms to add", *(f"{contestant['add_ms']:.1f}" for contestant in contestants))
    table.add_row("bytes a reference", *(f"{contestant['bytes_per_reference']:,.0f}" for contestant in contestants))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for contestant in contestants:
        for trap in contestant["traps"]:
            if any(trap[strength] for strength in ("near", "partial", "weak")):
                shown = ", ".join(f"{trap[s]} {s}" for s in ("near", "partial", "weak") if trap[s])
                console.print(f"{contestant['name']}: look-alikes, {trap['name']}: {shown} of {trap['of']}")


def plot_robustness(result: Mapping[str, Any], folder: str) -> None:
    """Draw one picture for each family: share found by strength, a bar a contestant, with its interval."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    Path(folder).mkdir(parents=True, exist_ok=True)
    contestants = result["contestants"]
    for family in dict.fromkeys(edit["family"] for edit in contestants[0]["edits"]):
        figure, axes = plt.subplots(figsize=(8, 3.6))
        for place, contestant in enumerate(contestants):
            edits = [edit for edit in contestant["edits"] if edit["family"] == family]
            share = np.array([edit["found"] / edit["n"] for edit in edits])
            reach = np.array([[s - e["low"], e["high"] - s] for s, e in zip(share, edits, strict=True)]).clip(0).T
            at = np.arange(len(edits)) + (place - (len(contestants) - 1) / 2) * 0.8 / len(contestants)
            axes.bar(at, 100 * share, 0.8 / len(contestants), yerr=100 * reach, label=contestant["name"], capsize=1.5)
            axes.set_xticks(range(len(edits)), [edit["strength"] for edit in edits])
        axes.set(title=family, ylabel="copies found, %", ylim=(0, 103))
        axes.legend(fontsize=7, ncols=4, loc="lower center")
        figure.tight_layout()
        figure.savefig(Path(folder) / f"robustness-{family.replace(' ', '-')}.png", dpi=110)
        plt.close(figure)


def plot_look_alikes(pairs: Sequence[LookAlike], folder: str) -> None:
    """Draw the look-alikes that were taken for copies, reference beside question, for people to judge."""
    if not pairs:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    Path(folder).mkdir(parents=True, exist_ok=True)
    rows = -(-len(pairs) // 2)
    figure, axes = plt.subplots(rows, 4, figsize=(8, 1.9 * rows), squeeze=False)
    for place, pair in enumerate(pairs):
        left, right = axes[place // 2, 2 * (place % 2) : 2 * (place % 2) + 2]
        left.imshow(pair.reference)
        right.imshow(pair.question)
        left.set_title(f"{pair.trap}\n{pair.contestant}", fontsize=6, loc="left")
    for each in axes.ravel():
        each.axis("off")
    figure.tight_layout()
    figure.savefig(Path(folder) / "look-alikes.jpg", dpi=90)
    plt.close(figure)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
