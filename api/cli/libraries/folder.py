"""A folder with its subfolders."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from api.arrivals.spool import Spool


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file, read where it is."""

    path: Path
    name: str

    @property
    def shown(self) -> str:
        """Its path; bytes of it that are no UTF-8 are escaped."""
        return os.fsencode(self.path).decode(errors="backslashreplace")

    @contextmanager
    def opened(self, spool: Spool) -> Iterator[Path]:
        """Say where it is."""
        yield self.path


class Folder:
    """
    A folder.

    Args:
        folder: Where; hidden files are left out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def total(self) -> int:
        """How many files there are."""
        return len(self._paths)

    @property
    def place(self) -> str:
        """Its path, from the root on."""
        return str(self._folder.absolute())

    def named(self, name: str) -> FolderFile:
        """Return the file of that name, whether it is there or not."""
        return FolderFile(self._folder / name, name)

    def files(self) -> Iterator[FolderFile]:
        """List them."""
        for path in self._paths:
            yield FolderFile(path, path.relative_to(self._folder).as_posix())

    @cached_property
    def _paths(self) -> list[Path]:
        return sorted(
            Path(parent) / name
            for parent, _, names in os.walk(self._folder)
            for name in names
            if not name.startswith(".")
        )
