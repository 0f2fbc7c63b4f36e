"""Google Cloud Storage when it does not answer as it should: what is not whole is not hashed."""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from google_crc32c import Checksum

from api.cli.libraries.objects import Objects
from api.shell.errors import CommandError
from api.stores.gcs import GoogleStore

PHOTO = bytes(range(256)) * 400
LAST_WHOLE_PIECE = 70_000 // 8_192 * 8_192
COMPRESSED = {"X-Goog-Stored-Content-Encoding": "gzip"}
LIST = {"items": [{"name": "photo.jpg"}]}


class Answers(BaseHTTPRequestHandler):
    """One object, `photo.jpg`, answered as `mood` says."""

    protocol_version = "HTTP/1.0"
    mood = "well"
    asked: list[str]

    def do_GET(self) -> None:
        """Answer the list, or the object's bytes."""
        if "alt=media" not in self.path:  # the library asks about the bucket, too
            self._answer({"Content-Type": "application/json"}, json.dumps(LIST).encode())
            return
        self.asked.append(self.headers.get("range", ""))
        getattr(self, f"_{self.mood}")()

    def _well(self) -> None:
        self._answer(self._told(PHOTO), PHOTO)

    def _changed(self) -> None:
        self._answer(self._told(PHOTO), PHOTO[:-1] + b"\0")

    def _broken_off(self) -> None:
        if len(self.asked) == 1:
            self._answer(self._told(PHOTO) | {"Content-Length": str(len(PHOTO))}, PHOTO[:70_000])
            return
        start = int(self.asked[-1].removeprefix("bytes=").partition("-")[0])
        span = f"bytes {start}-{len(PHOTO) - 1}/{len(PHOTO)}"
        self._answer(self._told(PHOTO) | {"Content-Range": span}, PHOTO[start:], 206)

    def _compressed(self) -> None:
        stored = gzip.compress(PHOTO, mtime=0)
        self._answer(self._told(stored) | COMPRESSED | {"Content-Encoding": "gzip"}, stored)

    def _decompressed(self) -> None:
        told = self._told(PHOTO) | COMPRESSED
        del told["X-Goog-Hash"]  # it is that of what is stored
        if len(self.asked) == 1:
            self._answer(told | {"Content-Length": str(len(PHOTO))}, PHOTO[:70_000])
        else:
            self._answer(told, PHOTO)  # from its beginning, whatever was asked for

    def _told(self, stored: bytes) -> dict[str, str]:
        digest = base64.b64encode(Checksum(stored).digest()).decode()
        return {
            "X-Goog-Hash": f"crc32c={digest}",
            "X-Goog-Stored-Content-Length": str(len(stored)),
            "X-Goog-Generation": "1",
        }

    def _answer(self, headers: dict[str, str], body: bytes, status: int = 200) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def answering(mood: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Run a server of a mood; return the ranges it is asked for."""
    asked: list[str] = []
    kind = type("Moody", (Answers,), {"mood": mood, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def fetched() -> bytes:
    """Fetch the object."""
    pieces: list[bytes] = []
    GoogleStore().fetch("library", "photo.jpg", pieces.append)
    return b"".join(pieces)


def test_an_object_is_fetched_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one request."""
    with answering("well", monkeypatch) as asked:
        assert [one.shown for one in Objects("gs://library").files()] == ["gs://library/photo.jpg"]
        assert fetched() == PHOTO
    assert asked == [""]


def test_an_object_that_is_not_what_was_stored_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong byte would be a wrong hash, and nobody would know."""
    with answering("changed", monkeypatch), pytest.raises(OSError, match="Checksum mismatch"):
        fetched()


def test_a_download_that_broke_off_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large video is not begun again for one lost connection; no byte comes twice."""
    with answering("broken_off", monkeypatch) as asked:
        assert fetched() == PHOTO
    assert asked == ["", f"bytes={LAST_WHOLE_PIECE}-"]


@pytest.mark.parametrize("mood", ["compressed", "decompressed"])
def test_what_is_stored_compressed_arrives_as_it_was_and_no_byte_comes_twice(
    mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that decompresses answers no part of such an object, so what broke off begins again."""
    with answering(mood, monkeypatch):
        assert fetched() == PHOTO


def test_without_credentials_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With Google's own words of what to do."""
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(CommandError, match=r"broke off at its beginning: .*none\.json"):
        list(Objects("gs://library").files())
