"""Where finished files of replicas are kept: what a store of objects has to do. Who runs a cluster hands one in."""

from collections.abc import Iterator
from typing import Protocol


class Place(Protocol):
    """
    Objects under names, in one place of a store; asked from any thread.

    Whoever asks it believes neither a name nor a byte of what it answers.

    Raises:
        StoreUnreachableError: Every method, if it does not answer, or refuses.
    """

    def names(self, prefix: str) -> Iterator[str]:
        """Name the objects whose names begin so."""

    def put(self, name: str, data: bytes) -> None:
        """Keep an object: whole or not at all, and until it is deleted."""

    def get(self, name: str, *, most: int) -> bytes:
        """
        Fetch an object.

        Raises:
            StoredDamagedError: If it is longer than `most` bytes: not much more than these are read.

            StoreUnreachableError, StoredDamagedError: If it is not there.
        """

    def delete(self, name: str) -> None:
        """Delete an object, so that none of its bytes is kept; one that is not there is no error."""
