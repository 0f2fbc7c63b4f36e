"""`staydown backfill s3://…` and `gs://…`: libraries in stores, listed in pages, each object fetched to be hashed."""

import json
import sys
from pathlib import Path

import pytest

from api.bootstrap import open_service
from api.cli import main
from api.cli.libraries.objects import Objects
from api.settings import read_settings
from api.shell.errors import CommandError
from tests.helpers.counterparts.buckets import Bucket
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import scene, write_video


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    """Run the command and read its document."""
    code = main(["backfill", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_library_of_objects_is_registered_once(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that was stopped goes on; what fails is listed by its address and stops nothing; nothing stays on disk."""
    bucket.fill(
        **{
            "photos/2025/a.jpg": photo_bytes(920),
            "photos/2025/b c+é%2F?#.jpg": photo_bytes(921),
            "photos//odd.jpg": photo_bytes(922),
            "photos/large.jpg": photo_bytes(923) + bytes(2_000_000),
            "photos/notes.txt": b"no picture",
            "photos/.hidden": b"x",
            "photos/folder/": b"",
            "photography/other.jpg": photo_bytes(924),
        },
    )
    code, first = run(capsys, f"{bucket.address}/photos", "--prefix", "ours/")
    assert (code, first["registered"], first["known"]) == (1, 4, 0)
    assert [one["file"] for one in first["failed"]] == [f"{bucket.address}/photos/notes.txt"]
    with open_service(read_settings()) as service, service.reading() as uow:
        names = ["ours/2025/a.jpg", "ours/2025/b c+é%2F?#.jpg", "ours//odd.jpg", "ours/large.jpg"]
        assert set(uow.uploads.by_platform_ids(names)) == set(names)
        assert [one.name for one in service.spool.folder.iterdir() if one.suffix == ".part"] == []
    bucket.delete("photos/notes.txt")
    bucket.fill(**{"photos/2026/new.jpg": photo_bytes(925)})
    again = run(capsys, f"{bucket.address}/photos/", "--prefix", "ours/")
    assert again == (0, {"registered": 1, "known": 4, "failed": []})


def test_pages_are_read_to_the_last(bucket: Bucket) -> None:
    """What stands on a later page of the list is not forgotten."""
    bucket.fill(**{f"{number}.jpg": b"x" for number in range(7)})
    assert [one.name for one in Objects(bucket.address, page=2).files()] == [f"{number}.jpg" for number in range(7)]


def test_a_video_is_fetched_to_the_disk_and_read_there(
    bucket: Bucket, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Videos are read from a file; it is gone once it is hashed."""
    write_video(tmp_path / "clip.mp4", scene(950, frames=30))
    bucket.put("clip.mp4", (tmp_path / "clip.mp4").read_bytes())
    assert run(capsys, bucket.address) == (0, {"registered": 1, "known": 0, "failed": []})


def test_an_object_that_cannot_be_fetched_is_one_failure(
    bucket: Bucket, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted since it was listed; and one that is larger than what is taken is not fetched whole."""
    bucket.fill(**{"a.jpg": photo_bytes(940), "gone.jpg": photo_bytes(941), "huge.jpg": bytes(3_000_000)})
    listed = list(Objects(bucket.address).files())
    bucket.delete("gone.jpg")
    monkeypatch.setenv("STAYDOWN_MAX_IMAGE_BYTES", "1500000")
    monkeypatch.setattr(Objects, "files", lambda self: iter(listed))
    code, done = run(capsys, bucket.address)
    assert (code, done["registered"]) == (1, 1)
    reasons = {one["file"]: one["error"] for one in done["failed"]}
    missing = {"s3://library": "NoSuchKey", "gs://library": "404"}[bucket.address]
    assert missing in reasons[f"{bucket.address}/gone.jpg"]
    assert "1,500,000 bytes" in reasons[f"{bucket.address}/huge.jpg"]


@pytest.mark.parametrize(
    ("where", "words", "code"),
    [
        ("{scheme}://", "names no bucket; {scheme}://BUCKET/PREFIX does", 1),
        ("{scheme}://nowhere/x", "broke off at its beginning", 1),
        ("az://bucket/x", "is no folder; name one", 2),
        ("/no/such/folder", "is no folder", 2),
    ],
)
def test_what_is_no_library_is_said_with_its_remedy(
    bucket: Bucket, capsys: pytest.CaptureFixture[str], where: str, words: str, code: int
) -> None:
    """Before anything is registered."""
    scheme = bucket.address.partition("://")[0]
    assert main(["backfill", where.format(scheme=scheme)]) == code
    assert words.format(scheme=scheme) in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("address", "missing", "extra"),
    [
        ("s3://bucket/x", ["botocore"], "aws"),
        ("gs://bucket/x", ["google.cloud.storage"], "gcs"),
        ("gs://bucket/x", ["google", "google.cloud", "google.cloud.storage"], "gcs"),
    ],
)
def test_without_the_library_it_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, address: str, missing: list[str], extra: str
) -> None:
    """It is an extra."""
    for one in missing[:-1]:
        monkeypatch.setitem(sys.modules, one, None)
    monkeypatch.delitem(sys.modules, missing[-1], raising=False)
    if len(missing) == 1:
        monkeypatch.setitem(sys.modules, missing[0], None)
    with pytest.raises(CommandError, match=rf'pip install "staydown\[{extra}\]"'):
        Objects(address)
