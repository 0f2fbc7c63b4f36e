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
