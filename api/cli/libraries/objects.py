"""
Objects in a store: listed page by page, fetched one by one into the `incoming` folder.

    list    a thousand names a page, in order; no page is kept
    fetch   a stream, to the limits of uploads; erased once it is hashed

Which protocol a store speaks is a row of `STORES`, by the scheme of its addresses. Invariant: an object that cannot be
fetched is one file that failed, and stops nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from api.arrivals.spool import Spool
from api.shell.errors import CommandError
from api.stores import STORES, is_installed
from api.stores.base import Store

PAGE: Final = 1_000
"""Objects a request for the list answers."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """
    An object.

    Args:
        store: Where its bucket is.

        shown: Its address.

        bucket: Where it is.

        key: What it is called there.

        name: Its key below the prefix.
    """

    store: Store
    shown: str
    bucket: str
    key: str
    name: str

    @contextmanager
    def opened(self, spool: Spool) -> Iterator[bytes | Path]:
        """Fetch it; erase it after the block."""
        file = spool.receive()
        try:
            self.store.fetch(self.bucket, self.key, file.write)
            yield file.source
        finally:
            file.close()


class Objects:
    """
    What lies below an address.

    Args:
        address: ``"s3://bucket"`` or ``"gs://bucket/prefix"``; a prefix is the folder of that name.

        page: How many a request for the list answers.

    Raises:
        CommandError: If the address is none, or the extra is not installed.
    """

    total = None

    def __init__(self, address: str, *, page: int = PAGE) -> None:
        self._scheme, _, rest = address.partition("://")
        self._kind = STORES[self._scheme]
        if not is_installed(self._kind.module):
            message = f'{address} needs a library that is not installed: pip install "staydown[{self._kind.extra}]"'
            raise CommandError(message)
        self.place = address
        self._page = page
        self._bucket, _, prefix = rest.partition("/")
        self._prefix = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        if not self._bucket:
            message = f"{address} names no bucket; {self._scheme}://BUCKET/PREFIX does"
            raise CommandError(message)

    def named(self, name: str) -> StoredObject:
        """Return the object of that name; errors as for `files`, but of the list."""
        return self._object(self._store, self._prefix + name)

    def files(self) -> Iterator[StoredObject]:
        """List them, without folders and hidden ones."""
        last = None
        try:
            store = self._store
            for last in store.keys(self._bucket, self._prefix, page=self._page):
                if not last.endswith("/") and not last.rpartition("/")[2].startswith("."):
                    yield self._object(store, last)
        except OSError as error:
            reached = "at its beginning" if last is None else f"after {last}"
            message = f"the list of {self.place} broke off {reached}: {error}. Run it again to go on"
            raise CommandError(message) from error

    @cached_property
    def _store(self) -> Store:
        return self._kind()

    def _object(self, store: Store, key: str) -> StoredObject:
        shown = f"{self._scheme}://{self._bucket}/{key}"
        return StoredObject(store, shown, self._bucket, key, key.removeprefix(self._prefix))
