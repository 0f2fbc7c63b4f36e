"""
Google Cloud Storage.

Google's own library finds where it is, and who asks, as every program does that uses it: the environment
(``GOOGLE_APPLICATION_CREDENTIALS``), what `gcloud auth application-default login` left, the machine's service account.
``STORAGE_EMULATOR_HOST`` names another server, which is asked without credentials. The library checks each object
against the checksum that the store keeps of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar, Final

_CONNECT_S: Final = 10.0
_READ_S: Final = 60.0
_TIMEOUTS_S: Final = (_CONNECT_S, _READ_S)
_PATIENCE_S: Final = 60.0
"""How long a request is repeated, with longer and longer pauses, while the store is away or busy."""


class GoogleStore:
    """A store, asked over connections that are kept."""

    module: ClassVar[str] = "google.cloud.storage"
    extra: ClassVar[str] = "gcs"

    def __init__(self) -> None:
        from google.cloud.storage import Client
        from google.cloud.storage.retry import DEFAULT_RETRY

        with _told(ValueError):
            self._client = Client(project=None)  # whom it is billed to matters to none of these questions
        self._retry = DEFAULT_RETRY.with_timeout(_PATIENCE_S)

    def keys(self, bucket: str, prefix: str, *, page: int) -> Iterator[str]:
        """List what is in a bucket, in order."""
        with _told(ValueError):  # of a name that no bucket has
            listed = self._client.list_blobs(
                bucket,
                prefix=prefix,
                page_size=page,
                fields="items(name),nextPageToken",
                timeout=_TIMEOUTS_S,
                retry=self._retry,
            )
            for one in listed:
                yield one.name

    def fetch(self, bucket: str, key: str, write: Callable[[bytes], None]) -> None:
        """Fetch an object; one that is stored compressed arrives as it was before."""
        with _told():
            self._client.bucket(bucket).blob(key).download_to_file(
                _Onwards(write), timeout=_TIMEOUTS_S, retry=self._retry
            )

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Keep an object; the store compares it with its checksum."""
        with _told():
            self._client.bucket(bucket).blob(key).upload_from_string(
                data, "application/octet-stream", timeout=_TIMEOUTS_S, retry=self._retry, checksum="crc32c"
            )

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object."""
        from google.api_core.exceptions import NotFound

        with _told(), suppress(NotFound):
            self._client.bucket(bucket).blob(key).delete(timeout=_TIMEOUTS_S, retry=self._retry)

    def require_forgets(self, bucket: str) -> None:
        """Ask whether older versions are kept, or what was deleted is for a while."""
        with _told():
            asked = self._client.get_bucket(bucket, timeout=_TIMEOUTS_S, retry=self._retry)
            softly = asked.soft_delete_policy.retention_duration_seconds
        if asked.versioning_enabled or softly:
            why = "versions" if asked.versioning_enabled else f"what is deleted for {int(softly)} s"
            message = f"bucket {bucket} keeps {why}; turn that off, or take another"
            raise OSError(message)


class _Onwards:
    """
    What the library writes to: hands each byte on once.

    A download that broke off goes on where it was. One that the store decompresses begins at its first byte again, of
    the same generation: what was handed on is left out.

    Args:
        write: Takes what is new.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._at = 0
        self._handed_on = 0

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        new = piece[max(0, self._handed_on - self._at) :]
        self._at += len(piece)
        if new:
            self._handed_on += len(new)
            self._write(new)
        return len(piece)

    def seek(self, place: int) -> int:
        """Begin again at a place that was written already."""
        self._at = place
        return place

    def tell(self) -> int:
        """Say where the next piece goes."""
        return self._at


@contextmanager
def _told(*others: type[Exception]) -> Iterator[None]:
    """Say the library's errors, and others, as `Store` does; those of the network are OSErrors already."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

    try:
        yield
    except (GoogleAPIError, GoogleAuthError, InvalidResponse, DataCorruption, *others) as error:
        raise OSError(" ".join(str(error).split())) from error
