"""
What commands print: results on standard output, everything else on standard error.

Invariant: with `--json` standard output holds one JSON document and nothing else, so it can be piped; progress bars
are for people and appear on a terminal alone.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeAlias

import typer
from pydantic import BaseModel
from pydantic_core import to_json
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

_WIDTH_IN_A_FILE = 1_000
"""Characters: in a file or a pipe nothing is folded or cut."""

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]

Document: TypeAlias = BaseModel | Mapping[str, object] | Sequence[object]
"""What can be printed as JSON: a model, an object or an array."""

CountNext: TypeAlias = Callable[[], Callable[[float], None]]
"""Counts one thing on a bar: it returns what to call with the share (0..1) that is done of it, from any thread."""

VERDICT_COLOURS = {"block": "red", "hold": "yellow", "allow": "green"}


def console(*, errors: bool = False) -> Console:
    """
    Return the console for results, or for what stands beside them. Nothing printed is taken for markup.

    Args:
        errors: Standard error instead of standard output.
    """
    width = None if (sys.stderr if errors else sys.stdout).isatty() else _WIDTH_IN_A_FILE
    return Console(stderr=errors, width=width, highlight=False, markup=False, emoji=False)


def write_json(document: Document) -> None:
    """Print one JSON document."""
    sys.stdout.write(to_json(document, indent=2).decode() + "\n")


def write_line(text: str = "", *, style: str | None = None) -> None:
    """Print one line, however long."""
    console().print(text, style=style, soft_wrap=True)


def write_fields(fields: Mapping[str, object]) -> None:
    """Print names and values in two columns; values that are None are left out."""
    grid = Table.grid(padding=(0, 3))
    for name, value in fields.items():
        if value is not None:
            grid.add_row(name, str(value))
    console().print(grid)


def coloured_verdict(verdict: str) -> Text:
    """Return a verdict in its colour."""
    return Text(verdict, style=VERDICT_COLOURS[verdict])


def progress_bar() -> Progress:
    """Make a progress bar that is erased at its end, and that shows nothing where there is no terminal."""
    screen = console(errors=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )


@contextmanager
def counting_bar(doing: str, *, total: int | None) -> Iterator[CountNext]:
    """
    Show a progress bar that counts things, each of which may be done little by little.

    Args:
        doing: What it says: ``"Hashing"``.

        total: How many things there are to do; None where that is known at the end only.

    Returns:
        A function to call once for each of them: it returns what to call with the share (0..1) that is done, from any
        thread.
    """
    with progress_bar() as bar:
        task = bar.add_task(doing, total=total)
        yield lambda: _Share(bar, task).show


class _Share:
    """How far one thing is, on a bar that counts things."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task
        self._shown = 0.0

    def show(self, share: float) -> None:
        self._bar.advance(self._task, share - self._shown)
        self._shown = share
