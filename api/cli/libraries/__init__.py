"""
Where a library is that `staydown backfill` registers: a folder, or objects in a store, one file each.

Invariant: a file is known by its path below the place that was named, and files come in the order of these paths, so
that a run that was stopped is simply run again.
"""

from pathlib import Path

import typer

from api.cli.libraries.base import Library
from api.cli.libraries.folder import Folder
from api.cli.libraries.objects import Objects
from api.stores import STORES


def library_at(where: str) -> Library:
    """
    Return the library at a place.

    Args:
        where: A folder, or ``"s3://bucket/prefix"``, ``"gs://bucket/prefix"``.

    Raises:
        typer.BadParameter: If there is none.
        CommandError: If a library of Python is missing that reads it.
    """
    scheme, separator, _ = where.partition("://")
    if separator and scheme in STORES:
        return Objects(where)
    folder = Path(where)
    if not folder.is_dir():
        known = " or ".join(f"{one}://BUCKET/PREFIX" for one in STORES)
        message = f"{where} is no folder; name one, or {known}"
        raise typer.BadParameter(message, param_hint="DIR")
    return Folder(folder)
