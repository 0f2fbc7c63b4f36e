"""The option that says in which format a list of hashes is, or is to be."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from api.shell.errors import CommandError
from casework.exchange import EXCHANGE_FORMATS, format_of
from casework.exchange.base import ExchangeFormat

if TYPE_CHECKING:
    FormatName = str
else:  # a row of the table is a value of the option
    FormatName = StrEnum("FormatName", {name: name for name in EXCHANGE_FORMATS})

FormatOption: TypeAlias = Annotated[
    FormatName | None,
    typer.Option("--format", help="The format; by default the one that the file's name ends like.", show_default=False),
]


def chosen_format(name: FormatName | None, path: Path) -> ExchangeFormat:
    """
    Return the format that was asked for, or that a file's name ends like.

    Raises:
        CommandError: If nothing says which.
    """
    found = format_of(path.name) if name is None else EXCHANGE_FORMATS[str(name)]
    if found is None:
        endings = ", ".join(f"{suffix} ({one.name})" for one in EXCHANGE_FORMATS.values() for suffix in one.suffixes)
        message = f"{path.name} ends like no format: {endings}; say which by --format"
        raise CommandError(message)
    return found
