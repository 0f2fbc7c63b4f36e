"""What a library is, and a file of it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from api.arrivals.spool import Spool


class LibraryFile(Protocol):
    """
    One file.

    Attributes:
        name: Its path below the library's place.

        shown: What it is called in messages.
    """

    @property
    def name(self) -> str: ...

    @property
    def shown(self) -> str: ...

    def opened(self, spool: Spool) -> AbstractContextManager[bytes | Path]:
        """
        Hold what a decoder reads for as long as the block lasts; from any thread.

        Raises:
            MediaError: If it is larger than what is taken.
            NotReadyError: If it finds no room while it is hashed.
            OSError: If it cannot be read, with a message for whoever runs the command.
        """


class Library(Protocol):
    """
    Files, in the order of their names.

    Attributes:
        total: How many there are; None where that is known at the end only.

        place: Where it is, for `library_in` on this and other machines.
    """

    @property
    def total(self) -> int | None: ...

    @property
    def place(self) -> str: ...

    def named(self, name: str) -> LibraryFile:
        """Return the file of that name, whether it is there or not."""

    def files(self) -> Iterator[LibraryFile]:
        """
        List them.

        Raises:
            CommandError: If the list breaks off; what it said before stands.
        """
