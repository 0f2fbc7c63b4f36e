"""Forms are read as they arrive: into files, never whole into memory, and nothing is left when they end early."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from api.arrivals.spool import Spool
from api.errors import BodyError
from api.http.incoming.forms import FormReader
from matcher.errors import TooLargeError

VIDEO = b"\x1a\x45\xdf\xa3" + b"webm" * 5000
PICTURE = b"\xff\xd8\xff" + b"jpeg" * 100


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """Write a multipart body: each part's name, file name and content."""
    written = b""
    for name, file, content in parts:
        named = f'; filename="{file}"' if file is not None else ""
        head = f'--limit\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        written += head.encode() + content + b"\r\n"
    return written + b"--limit--\r\n"


def request(body: bytes, *, piece: int, cut: bool = False) -> Request:
    """Make a request whose body arrives in pieces, and whose client may go away in the middle."""

    def messages() -> Iterator[dict]:
        for at in range(0, len(body), piece):
            yield {"type": "http.request", "body": body[at : at + piece], "more_body": True}
        yield {"type": "http.disconnect"} if cut else {"type": "http.request", "body": b"", "more_body": False}

    arriving = messages()

    async def receive() -> dict:
        return next(arriving)

    headers = [(b"content-type", b"multipart/form-data; boundary=limit")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


@pytest.fixture
def reader(tmp_path: Path) -> FormReader:
    """Read into a spool that takes files of 100 kB."""
    return FormReader(Spool(tmp_path / "incoming", max_image_bytes=1000, max_video_bytes=100_000, max_bytes=10**8))


def left(tmp_path: Path) -> list[str]:
    """List what lies in the spool."""
    return [path.name for path in (tmp_path / "incoming").iterdir() if path.name != "id"]


@pytest.mark.parametrize("piece", [1, 7, 4096, 10**6])
def test_parts_are_what_was_sent_however_they_arrive(reader: FormReader, tmp_path: Path, piece: int) -> None:
    """A network cuts where it likes, through boundaries and headers too."""
    body = form(("upload", None, b'{"upload_id": "\xc3\xa4"}'), ("media", "a.mp4", VIDEO), ("media", "b.jpg", PICTURE))
    asyncio.run(reader.read(request(body, piece=piece)))
    assert reader.fields == {"upload": '{"upload_id": "ä"}'}
    video, picture = reader.files
    assert isinstance(video.source, Path)
    assert (video.source.read_bytes(), picture.source) == (VIDEO, PICTURE)
    reader.close()
    assert left(tmp_path) == []


def test_client_that_goes_away_leaves_nothing(reader: FormReader, tmp_path: Path) -> None:
    """Half a film of somebody is nothing to keep."""
    body = form(("media", "a.mp4", VIDEO))
    with pytest.raises(ClientDisconnect):
        asyncio.run(reader.read(request(body[:-100], piece=1000, cut=True)))
    reader.close()
    assert left(tmp_path) == []


def test_each_file_has_its_own_limit(reader: FormReader) -> None:
    """Two small ones may be more together than one may be alone."""
    asyncio.run(reader.read(request(form(*[("media", "a", VIDEO * 4)] * 2), piece=4096)))
    assert [file.size_bytes for file in reader.files] == [len(VIDEO * 4)] * 2
    reader.close()


def test_file_over_the_limit_is_refused_before_its_end(reader: FormReader, tmp_path: Path) -> None:
    """And leaves nothing of what had arrived."""
    with pytest.raises(TooLargeError):
        asyncio.run(reader.read(request(form(("media", "a", VIDEO * 6)), piece=4096)))
    reader.close()
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "body",
    [
        b"--limit\r\nnonsense",
        b"no boundary at all",
        form(("media", "a", VIDEO))[:-30],
        form(*[("media", "a", b"")] * 21),
        form(*[(f"f{n}", None, b"") for n in range(21)]),
        form(("f", None, b"x" * 1_000_001)),
        form(("media", "a", b"x")).replace(b'name="media"; ', b""),
    ],
    ids=[
        "a broken header",
        "no boundary",
        "cut off",
        "too many files",
        "too many fields",
        "too much text",
        "a part without a name",
    ],
)
def test_form_that_is_none_is_refused(reader: FormReader, tmp_path: Path, body: bytes) -> None:
    """With 400, and nothing left."""
    with pytest.raises(HTTPException) as refused:
        asyncio.run(reader.read(request(body, piece=100_000)))
    assert refused.value.status_code == 400
    reader.close()
    assert left(tmp_path) == []


def test_file_under_another_name_is_told_the_right_one(reader: FormReader, tmp_path: Path) -> None:
    """`-F file=@photo.jpg` is what most services take; "extra inputs" would not say what this one does."""
    head = (
        b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = head + PICTURE + b"\r\n--limit--\r\n"
    with pytest.raises(BodyError, match="came as 'file'; send files as 'media'") as refused:
        asyncio.run(reader.read(request(body, piece=4096)))
    assert refused.value.field == "file"
    reader.close()
    assert left(tmp_path) == []
