"""
Objects in a store that speaks S3's protocol: listed page by page, fetched one by one into the `incoming` folder.

    list    a thousand names a page, in order; no page is kept
    fetch   a stream, to the limits of uploads; erased once it is hashed

Botocore finds where the store is, and who asks, as every program does that uses it: the environment (``AWS_…``), a
profile, the machine's role. Invariant: an object that cannot be fetched is one file that failed, and stops nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from api.arrivals.spool import Spool
from api.shell.errors import CommandError

SCHEMES: Final = ("s3",)

PAGE: Final = 1_000
"""Objects a request for the list answers."""

_PIECE_BYTES: Final = 1_000_000
_ATTEMPTS: Final = 5
_AT_ONCE: Final = 32

S3Client = Any
"""Botocore makes its clients' methods from descriptions, at run time."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """
    An object.

    Args:
        client: Of its store.

        bucket: Where it is.

        key: What it is called there.

        name: Its key below the prefix.
    """

    client: S3Client
    bucket: str
    key: str
    name: str

    @property
    def shown(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.key}"

    @contextmanager
    def opened(self, spool: Spool) -> Iterator[bytes | Path]:
        """Fetch it; erase it after the block."""
        file = spool.receive()
        try:
            self._fetch(file.write)
            yield file.source
        finally:
            file.close()

    def _fetch(self, write: Callable[[bytes], None]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            body = self.client.get_object(Bucket=self.bucket, Key=self.key)["Body"]
            try:
                for piece in body.iter_chunks(_PIECE_BYTES):
                    write(piece)
            finally:
                body.close()
        except (BotoCoreError, ClientError) as error:
            raise OSError(str(error)) from error


class Objects:
    """
    What lies below an address.

    Args:
        address: ``"s3://bucket"`` or ``"s3://bucket/prefix"``; a prefix is the folder of that name.

        page: How many a request for the list answers.

    Raises:
        CommandError: If the address is none, or the extra is not installed.
    """

    total = None

    def __init__(self, address: str, *, page: int = PAGE) -> None:
        if find_spec("botocore") is None:
            message = f'{address} needs a library that is not installed: pip install "staydown[aws]"'
            raise CommandError(message)
        self._address = address
        self._page = page
        self._bucket, _, prefix = address.partition("://")[2].partition("/")
        self._prefix = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        if not self._bucket:
            message = f"{address} names no bucket; s3://BUCKET/PREFIX does"
            raise CommandError(message)

    def files(self) -> Iterator[StoredObject]:
        """List them, without folders and hidden ones."""
        from botocore.exceptions import BotoCoreError, ClientError

        last = None
        try:
            client = _client()
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix, PaginationConfig={"PageSize": self._page}
            )
            for page in pages:
                for one in page.get("Contents", ()):
                    last = one["Key"]
                    if not last.endswith("/") and not last.rpartition("/")[2].startswith("."):
                        yield StoredObject(client, self._bucket, last, last.removeprefix(self._prefix))
        except (BotoCoreError, ClientError) as error:
            reached = "at its beginning" if last is None else f"after {last}"
            message = f"the list of {self._address} broke off {reached}: {error}. Run it again to go on"
            raise CommandError(message) from error


def _client() -> S3Client:
    from botocore.config import Config
    from botocore.session import Session

    patience = Config(
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=_AT_ONCE,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    return Session().create_client("s3", config=patience)
