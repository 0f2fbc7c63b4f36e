"""Stores of each kind, with a bucket `library`, which the environment says how to reach."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from tests.helpers.counterparts.aws import KEY, KEY_ID, REGION, asking, aws_server
from tests.helpers.counterparts.google_storage import google_server


@dataclass(frozen=True)
class Bucket:
    """
    A bucket, as whoever fills it sees it.

    Args:
        address: Of it.

        put: Puts an object into it, by key.

        delete: Deletes one.
    """

    address: str
    put: Callable[[str, bytes], object]
    delete: Callable[[str], object]

    def fill(self, **objects_: bytes) -> None:
        """Put objects into it, by key."""
        for key, data in objects_.items():
            self.put(key, data)


@contextmanager
def s3_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Run a store that speaks S3's protocol."""
    with aws_server() as url:
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, REGION)
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
        client = asking("s3", url)
        client.create_bucket(Bucket="library")
        yield Bucket(
            "s3://library",
            lambda key, data: client.put_object(Bucket="library", Key=key, Body=data),
            lambda key: client.delete_object(Bucket="library", Key=key),
        )


@contextmanager
def google_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Run a store that speaks as Google's does."""
    with google_server() as (url, client):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        bucket = client.create_bucket("library")
        yield Bucket(
            "gs://library",
            lambda key, data: bucket.blob(key).upload_from_string(data, "application/octet-stream"),
            bucket.delete_blob,
        )


KINDS: dict[str, Callable[[pytest.MonkeyPatch], AbstractContextManager[Bucket]]] = {
    "s3": s3_bucket,
    "gs": google_bucket,
}
