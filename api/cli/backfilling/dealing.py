"""
Which files are given to whom, and what becomes of those whose machine did not live to answer.

    a block of files  ──►  a machine  ──►  answered, file by file
                           it died    ──►  the rest is given out again, `TRIES` times in all
                                      ──►  then file by file, `TRIES` times each
                                      ──►  a file that is left then is given up

A machine has one block at a time, so that of a block of one file is known which file its process died of.

Invariant: a file is out with one machine at most, and is answered or given up once.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api.cli.backfilling.messages import FileToHash

TRIES: Final = 3


@dataclass(slots=True)
class Block:
    """
    Files that are given to a machine together.

    Args:
        files: Those it has not answered about yet, by their numbers.

        tries: How often machines died that had it.
    """

    files: dict[int, FileToHash]
    tries: int = 0


class Dealing:
    """The files that wait; used by a thread for each machine."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._fresh: deque[FileToHash] = deque()
        self._again: deque[Block] = deque()
        self._closed = False

    def add(self, files: Iterable[FileToHash]) -> None:
        """Have files hashed."""
        with self._changed:
            self._fresh.extend(files)
            self._changed.notify_all()

    def take(self, most: int) -> Block | None:
        """
        Wait for files, and take some.

        Args:
            most: How many.

        Returns:
            What was given out before, if there is such; None once this is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._again or self._fresh)
            if self._closed:
                return None
            if self._again:
                return self._again.popleft()
            taken = [self._fresh.popleft() for _ in range(min(most, len(self._fresh)))]
            return Block({file.number: file for file in taken})

    def lost(self, block: Block) -> list[FileToHash]:
        """
        Take back what a machine had when it died.

        Args:
            block: With the files it had not answered about.

        Returns:
            The files that are given up.
        """
        if not block.files:
            return []
        rest, tries = block.files, block.tries + 1
        with self._changed:
            if tries < TRIES:
                self._again.append(Block(rest, tries))
            elif len(rest) > 1:
                self._again.extend(Block({number: file}) for number, file in rest.items())
            else:
                return list(rest.values())
            self._changed.notify_all()
        return []

    def close(self) -> None:
        """Give out nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
