"""
What a search contestant offers: four methods, the same for ours and for the others.

Invariant: `query` returns what the contestant claims; the runner believes none of it.
"""

from typing import ClassVar, Protocol

from index.base import Codes, Hits


class Contestant(Protocol):
    """One index under one set of parameters; built once, in a process of its own."""

    name: ClassVar[str]

    bytes_to_build: ClassVar[int]
    """About how many bytes of memory a code takes while building, codes included: to tell what does not fit."""

    most_codes: ClassVar[int | None]
    """Beyond this many it is not worth waiting for; None for no such limit."""

    def prepare(self, threads: int) -> None:
        """Do what a server does once at its start: compile, set threads. Not timed."""

    def add(self, codes: Codes) -> None:
        """Build from all codes, uint8 (n, 32); the id of a code is its row. Timed."""

    def query(self, queries: Codes, radius: int) -> Hits:
        """Find codes within the radius (inclusive) of each query. Timed, one query or many at a time."""

    def size_bytes(self) -> int | None:
        """Return what the index holds; None if it cannot say, and the growth of the process is taken instead."""
