"""`staydown backfill s3://…`: a library in an object store, listed in pages, each object fetched to be hashed."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.bootstrap import open_service
from api.cli import main
from api.cli.libraries.objects import Objects
from api.settings import read_settings
from api.shell.errors import CommandError
from tests.aws import KEY, KEY_ID, REGION, asking, aws_server
from tests.pictures import photo_bytes
from tests.videos import scene, write_video


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Run a store with a bucket, which the environment says how to reach; return a client of it."""
    with aws_server() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
        monkeypatch.setenv("AWS_REGION", REGION)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("STAYDOWN_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("STAYDOWN_DECODE_WORKERS", "1")
        client = asking("s3", url)
        client.create_bucket(Bucket="library")
        yield client


def put(store: Any, **objects_: bytes) -> None:
    """Put objects into the bucket, by key."""
    for key, data in objects_.items():
        store.put_object(Bucket="library", Key=key, Body=data)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    """Run the command and read its document."""
    code = main(["backfill", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_library_of_objects_is_registered_once(store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that was stopped goes on; what fails is listed by its address and stops nothing; nothing stays on disk."""
    put(
        store,
        **{
            "photos/2025/a.jpg": photo_bytes(920),
            "photos/2025/b c+é.jpg": photo_bytes(921),
            "photos//odd.jpg": photo_bytes(922),
            "photos/large.jpg": photo_bytes(923) + bytes(2_000_000),
            "photos/notes.txt": b"no picture",
            "photos/.hidden": b"x",
            "photos/folder/": b"",
            "photography/other.jpg": photo_bytes(924),
        },
    )
    code, first = run(capsys, "s3://library/photos", "--prefix", "ours/")
    assert (code, first["registered"], first["known"]) == (1, 4, 0)
    assert [one["file"] for one in first["failed"]] == ["s3://library/photos/notes.txt"]
    with open_service(read_settings()) as service, service.reading() as uow:
        names = ["ours/2025/a.jpg", "ours/2025/b c+é.jpg", "ours//odd.jpg", "ours/large.jpg"]
        assert set(uow.uploads.by_platform_ids(names)) == set(names)
        assert [one.name for one in service.spool.folder.iterdir() if one.suffix == ".part"] == []
    store.delete_object(Bucket="library", Key="photos/notes.txt")
    put(store, **{"photos/2026/new.jpg": photo_bytes(925)})
    again = run(capsys, "s3://library/photos/", "--prefix", "ours/")
    assert again == (0, {"registered": 1, "known": 4, "failed": []})


def test_pages_are_read_to_the_last(store: Any) -> None:
    """What stands on a later page of the list is not forgotten."""
    put(store, **{f"{number}.jpg": b"x" for number in range(7)})
    assert [one.name for one in Objects("s3://library", page=2).files()] == [f"{number}.jpg" for number in range(7)]


def test_a_video_is_fetched_to_the_disk_and_read_there(
    store: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Videos are read from a file; it is gone once it is hashed."""
    write_video(tmp_path / "clip.mp4", scene(950, frames=30))
    put(store, **{"clip.mp4": (tmp_path / "clip.mp4").read_bytes()})
    assert run(capsys, "s3://library") == (0, {"registered": 1, "known": 0, "failed": []})


def test_an_object_that_cannot_be_fetched_is_one_failure(
    store: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted since it was listed; and one that is larger than what is taken is not fetched whole."""
    put(store, **{"a.jpg": photo_bytes(940), "gone.jpg": photo_bytes(941), "huge.jpg": bytes(3_000_000)})
    listed = list(Objects("s3://library").files())
    store.delete_object(Bucket="library", Key="gone.jpg")
    monkeypatch.setenv("STAYDOWN_MAX_IMAGE_BYTES", "1500000")
    monkeypatch.setattr(Objects, "files", lambda self: iter(listed))
    code, done = run(capsys, "s3://library")
    assert (code, done["registered"]) == (1, 1)
    reasons = {one["file"]: one["error"] for one in done["failed"]}
    assert "NoSuchKey" in reasons["s3://library/gone.jpg"]
    assert "1,500,000 bytes" in reasons["s3://library/huge.jpg"]


@pytest.mark.parametrize(
    ("where", "words", "code"),
    [
        ("s3://", "names no bucket", 1),
        ("s3://nowhere/x", "broke off at its beginning", 1),
        ("gs://bucket/x", "is no folder; name one", 2),
        ("/no/such/folder", "is no folder", 2),
    ],
)
def test_what_is_no_library_is_said_with_its_remedy(
    store: Any, capsys: pytest.CaptureFixture[str], where: str, words: str, code: int
) -> None:
    """Before anything is registered."""
    assert main(["backfill", where]) == code
    assert words in " ".join(capsys.readouterr().err.split())


def test_without_the_library_it_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(CommandError, match=r'pip install "staydown\[aws\]"'):
        Objects("s3://bucket/x")
