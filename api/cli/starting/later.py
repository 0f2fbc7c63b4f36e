"""
Commands whose modules are imported when they are chosen: `staydown --help` does not wait for what hashes pictures.

Invariant: what is shown of a command in the list of all is its line in `COMMANDS`; everything else is its own.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup


def loaded(module: str) -> ModuleType:
    """
    Import a module without the garbage collector: what is imported stays, and going through it again and again to find
    no garbage takes a third of the time.

    Args:
        module: Its full name.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Later:
    """
    Where a command is.

    Args:
        module: The module below `api/cli/commands/` that has it.

        attribute: Its name there: a function, or the `typer.Typer` of several commands.

        help: The first line of its help, shown in the list of all commands.
    """

    module: str
    attribute: str
    help: str

    def load(self, name: str) -> TyperCommand | TyperGroup:
        """
        Import the command.

        Args:
            name: What it is called in the shell.
        """
        found: typer.Typer | Callable[..., None] = getattr(loaded(f"api.cli.commands.{self.module}"), self.attribute)
        if isinstance(found, typer.Typer):
            several: TyperGroup = typer.main.get_group(found)
            several.name = name
            return several
        alone = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
        alone.command(name)(found)
        one = typer.main.get_command(alone)
        assert isinstance(one, TyperCommand)
        return one


class LaterCommand(TyperCommand):
    """
    Stands in the list of commands for one that is imported when it is chosen.

    Args:
        name: What it is called in the shell.

        place: Where it is.
    """

    def __init__(self, name: str, place: Later) -> None:
        super().__init__(name, short_help=place.help, rich_markup_mode="markdown")
        self._place = place

    def make_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  (types of a private module of typer)
        """Import the command and go on with it in this one's place."""
        assert self.name is not None
        return self._place.load(self.name).make_context(*args, **options)
