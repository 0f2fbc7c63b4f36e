"""
Where machines of a cluster keep copies of finished files: a place in a store, by its address.

    file:///mnt/shared/staydown     a folder that every machine of the cluster reaches
    s3://bucket/prefix, gs://…      objects in a store of `STORES`

Invariant: an object is there whole or not at all, and deleted means that none of its bytes is kept: a bucket that keeps
versions, or what is deleted, is refused.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from api.stores import STORES, is_installed
from api.stores.base import Store
from index.errors import StoredDamagedError, StoreUnreachableError
from index.stored.place import Place

_PAGE: Final = 1_000
_NEW: Final = ".new"


def place_at(address: str) -> Place:
    """
    Return the place at an address; whether it is there is known when it is asked.

    Raises:
        ValueError: If that is no address of a place.
    """
    scheme, separator, _ = address.partition("://")
    if not separator or scheme not in PLACES:
        known = ", ".join(f"{one}://" for one in PLACES)
        message = f"{address!r} is no address of a store; one begins with {known}"
        raise ValueError(message)
    return PLACES[scheme](address)


class FolderPlace:
    """
    A folder, as on a network file system; see `Place`.

    Args:
        address: ``file:///…``.

    Raises:
        ValueError: If it names no folder by an absolute path.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._folder = Path(unquote(parts.path))
        if parts.netloc or not self._folder.is_absolute() or parts.query or parts.fragment:
            message = f"{address!r} names no folder of this machine: file:///absolute/path does"
            raise ValueError(message)

    def names(self, prefix: str) -> Iterator[str]:
        """Name the files; what was cut short while it was written is among them."""
        below = self._folder / prefix.rpartition("/")[0]
        try:
            self._folder.stat()
            found = [
                (Path(parent) / name).relative_to(self._folder).as_posix()
                for parent, _, names in os.walk(below, onerror=_raised)
                for name in names
            ]
        except OSError as error:
            raise StoreUnreachableError(f"{self._folder}: {error.strerror}") from error
        yield from sorted(name for name in found if name.startswith(prefix))

    def put(self, name: str, data: bytes) -> None:
        """Write a file durably, and then give it its name."""
        path = self._folder / name
        new = path.with_name(path.name + _NEW)
        try:
            self._folder.stat()  # a share that is not mounted must not be taken for an empty one
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as error:
            raise StoreUnreachableError(f"{path}: {error.strerror}") from error

    def get(self, name: str, *, most: int) -> bytes:
        """Read a file."""
        path = self._folder / name
        try:
            with path.open("rb") as file:
                data = file.read(most + 1)
        except FileNotFoundError as error:
            raise StoredDamagedError(f"{path} is not there") from error
        except OSError as error:
            raise StoreUnreachableError(f"{path}: {error.strerror}") from error
        _check_length(data, most, str(path))
        return data

    def delete(self, name: str) -> None:
        """Delete a file, and folders that it leaves empty."""
        path = self._folder / name
        try:
            self._folder.stat()
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnreachableError(f"{path}: {error.strerror}") from error
        with suppress(OSError):
            for parent in path.relative_to(self._folder).parents[:-1]:
                (self._folder / parent).rmdir()


class BucketPlace:
    """
    What lies below a prefix in a bucket; see `Place`.

    Args:
        kind: The store, which is opened when it is first asked.

        address: ``s3://bucket/prefix``.

    Raises:
        ValueError: If it names no bucket.
    """

    def __init__(self, kind: type[Store], address: str) -> None:
        self._address, self._kind = address, kind
        self._bucket, _, prefix = address.partition("://")[2].partition("/")
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._store: Store | None = None
        if not self._bucket:
            message = f"{address!r} names no bucket"
            raise ValueError(message)

    def names(self, prefix: str) -> Iterator[str]:
        """Name the objects, in order."""
        try:
            for key in self._opened().keys(self._bucket, self._prefix + prefix, page=_PAGE):
                yield key.removeprefix(self._prefix)
        except OSError as error:
            raise self._unreachable(error, prefix) from error

    def put(self, name: str, data: bytes) -> None:
        """Put an object."""
        try:
            self._opened().put(self._bucket, self._prefix + name, data)
        except OSError as error:
            raise self._unreachable(error, name) from error

    def get(self, name: str, *, most: int) -> bytes:
        """Get an object; one that is not there is told as a store that refuses."""
        data = bytearray()

        def take(piece: bytes) -> None:
            data.extend(piece)
            _check_length(data, most, name)

        try:
            self._opened().fetch(self._bucket, self._prefix + name, take)
        except OSError as error:
            raise self._unreachable(error, name) from error
        return bytes(data)

    def delete(self, name: str) -> None:
        """Delete an object."""
        try:
            self._opened().delete(self._bucket, self._prefix + name)
        except OSError as error:
            raise self._unreachable(error, name) from error

    def _opened(self) -> Store:
        if self._store is None:
            if not is_installed(self._kind.module):
                message = f'a library is missing: pip install "staydown[{self._kind.extra}]"'
                raise OSError(message)
            store = self._kind()
            store.require_forgets(self._bucket)
            self._store = store
        return self._store

    def _unreachable(self, error: OSError, name: str) -> StoreUnreachableError:
        return StoreUnreachableError(f"{self._address}: {name}: {error}" if name else f"{self._address}: {error}")


def _check_length(data: bytes | bytearray, most: int, name: str) -> None:
    if len(data) > most:
        message = f"{name} has more than the {most} bytes that it was put there with"
        raise StoredDamagedError(message)


def _raised(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


PLACES: Final[dict[str, Callable[[str], Place]]] = {
    "file": FolderPlace,
    **{scheme: partial(BucketPlace, kind) for scheme, kind in STORES.items()},
}
"""By the scheme of their addresses."""
