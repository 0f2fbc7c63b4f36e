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
    library = library_in(where)
    if isinstance(library, Folder) and not Path(where).is_dir():
        known = " or ".join(f"{one}://BUCKET/PREFIX" for one in STORES)
        message = f"{where} is no folder; name one, or {known}"
        raise typer.BadParameter(message, param_hint="DIR")
    return library


def library_in(place: str) -> Library:
    """
    Return the library at a place, whether a folder is there or not.

    Raises:
        CommandError: If a library of Python is missing that reads it.
    """
    scheme, separator, _ = place.partition("://")
    return Objects(place) if separator and scheme in STORES else Folder(Path(place))
