"""What a store of objects is."""

from collections.abc import Callable, Iterator
from typing import ClassVar, Protocol


class Store(Protocol):
    """
    A store, found and asked as the environment says; asked from any thread.

    Attributes:
        module: The library it needs.

        extra: What brings it.

    Raises:
        OSError: If nothing says who asks, with a message for whoever runs the command.
    """

    module: ClassVar[str]
    extra: ClassVar[str]

    def __init__(self) -> None: ...

    def keys(self, bucket: str, prefix: str, *, page: int) -> Iterator[str]:
        """
        List what is in a bucket, in order.

        Args:
            bucket: Its name.

            prefix: How keys begin.

            page: How many a request answers.

        Raises:
            OSError: If the list breaks off, with a message for whoever runs the command.
        """

    def fetch(self, bucket: str, key: str, write: Callable[[bytes], None]) -> None:
        """
        Fetch an object.

        Args:
            bucket: Where it is.

            key: What it is called there.

            write: Takes each piece once, in order; what it raises ends the fetch and goes through.

        Raises:
            OSError: If it cannot be fetched whole, with a message for whoever runs the command.
        """

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """
        Keep an object, whole or not at all.

        Args:
            bucket: Where.

            key: What it is called there; one of that name is replaced.

            data: What is in it.

        Raises:
            OSError: If it is not taken, with a message for whoever runs the command.
        """

    def delete(self, bucket: str, key: str) -> None:
        """
        Delete an object; one that is not there is no error.

        Raises:
            OSError: If it cannot be deleted, with a message for whoever runs the command.
        """

    def require_forgets(self, bucket: str) -> None:
        """
        Make sure that of what is deleted from a bucket nothing is kept.

        Raises:
            OSError: If it keeps what is deleted, or does not say, with a message for whoever runs the command.
        """
