"""
A store that speaks S3's protocol.

Botocore finds where it is, and who asks, as every program does that uses it: the environment (``AWS_…``), a profile,
the machine's role.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

_PIECE_BYTES: Final = 1_000_000
_ATTEMPTS: Final = 5
_AT_ONCE: Final = 32


class S3Store:
    """A store, asked over connections that are kept."""

    module: ClassVar[str] = "botocore"
    extra: ClassVar[str] = "aws"

    def __init__(self) -> None:
        from botocore.config import Config
        from botocore.session import Session

        patience = Config(
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=_AT_ONCE,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        )
        with _told():
            # Its methods are made from descriptions, at run time: nothing says their types.
            self._client = Session().create_client("s3", config=patience)

    def keys(self, bucket: str, prefix: str, *, page: int) -> Iterator[str]:
        """List what is in a bucket, in order."""
        with _told():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": page}
            )
            for listed in pages:
                for one in listed.get("Contents", ()):
                    yield one["Key"]

    def fetch(self, bucket: str, key: str, write: Callable[[bytes], None]) -> None:
        """Fetch an object."""
        with _told():
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
            try:
                for piece in body.iter_chunks(_PIECE_BYTES):
                    write(piece)
            finally:
                body.close()

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Keep an object."""
        with _told():
            self._client.put_object(Bucket=bucket, Key=key, Body=data)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object."""
        with _told():
            self._client.delete_object(Bucket=bucket, Key=key)

    def require_forgets(self, bucket: str) -> None:
        """Ask whether older versions of objects are kept; a store that does not know the question keeps none."""
        from botocore.exceptions import ClientError

        with _told():
            try:
                status = self._client.get_bucket_versioning(Bucket=bucket).get("Status")
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "NotImplemented":
                    raise
                return
        if status is not None:  # suspended, it still keeps what was deleted before
            message = f"bucket {bucket} keeps versions ({status}), and so what is deleted; take one that never did"
            raise OSError(message)


@contextmanager
def _told() -> Iterator[None]:
    """Say botocore's errors as `Store` does."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from error
