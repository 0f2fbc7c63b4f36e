"""Files in transit: erased however their request ends, and never more than allowed."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.arrivals.spool import Spool
from api.errors import NotReadyError
from matcher.errors import TooLargeError

VIDEO = b"\x1a\x45\xdf\xa3" + b"webm" * 20
"""The first bytes of a Matroska file."""


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Take pictures up to 2 MB and videos up to 5 MB."""
    return Spool(tmp_path / "incoming", max_image_bytes=2_000_000, max_video_bytes=5_000_000, max_bytes=10**8)


def listed(spool: Spool) -> list[Path]:
    """Return what lies in the folder."""
    return [path for path in spool.folder.iterdir() if path.name != "id"]


@pytest.mark.parametrize("first", [b"\xff\xd8\xff", VIDEO], ids=["picture", "video"])
def test_source_and_digest_are_those_of_all_pieces(spool: Spool, first: bytes) -> None:
    """Whether it stays in memory or not, and however small the pieces are."""
    pieces = [first, *(bytes([n]) * 100_000 for n in range(12))]
    file = spool.receive()
    for piece in pieces:
        file.write(piece)
    assert isinstance(file.source, Path)
    assert file.source.read_bytes() == b"".join(pieces)
    assert file.sha256 == hashlib.sha256(b"".join(pieces)).digest()
    file.close()
    assert listed(spool) == []


def test_full_folder_takes_no_more_until_something_is_done(tmp_path: Path) -> None:
    """Videos that arrive faster than they are hashed must not fill the disk the database writes to."""
    spool = Spool(tmp_path / "incoming", max_image_bytes=2_000_000, max_video_bytes=60_000_000, max_bytes=20_000_000)
    first = spool.receive()
    first.write(VIDEO)
    for _ in range(31):  # the 16th asks and finds room, the 32nd does not
        first.write(bytes(1_000_000))
    with pytest.raises(NotReadyError, match="20,000,000 may"):
        first.write(bytes(1_000_000))
    second = spool.receive()
    with pytest.raises(NotReadyError, match="try again later"):
        second.write(VIDEO)
    first.close()
    second.close()
    third = spool.receive()
    third.write(VIDEO)
    third.close()


def test_small_picture_never_touches_the_disk(spool: Spool) -> None:
    """The common case costs no file."""
    file = spool.receive()
    file.write(b"\xff\xd8\xff" + b"0" * 1000)
    assert (file.source, listed(spool)) == (b"\xff\xd8\xff" + b"0" * 1000, [])


def test_small_video_is_a_file_from_its_first_piece(spool: Spool) -> None:
    """A decoder of videos reads files."""
    file = spool.receive()
    for at in range(0, len(VIDEO), 7):
        file.write(VIDEO[at : at + 7])
    assert isinstance(file.source, Path)
    assert file.source.read_bytes() == VIDEO
    assert file.source.stat().st_mode & 0o077 == 0
    file.close()


@pytest.mark.parametrize(("first", "limit"), [(b"\xff\xd8\xff", 2_000_000), (VIDEO, 5_000_000)])
def test_each_kind_has_its_own_limit(spool: Spool, first: bytes, limit: int) -> None:
    """Refused with the piece that is too much, not after the last."""
    file = spool.receive()
    file.write(first + b"0" * (limit - len(first)))
    with pytest.raises(TooLargeError, match=f"{limit:,}"):
        file.write(b"0")
    file.close()
    assert listed(spool) == []


def test_what_a_killed_process_left_is_erased_and_nothing_else(spool: Spool) -> None:
    """The lock tells one from the other, not the clock."""
    program = (
        "import sys, os, signal; from pathlib import Path; from api.arrivals.spool import Spool\n"
        "file = Spool(Path(sys.argv[1]), max_image_bytes=10, max_video_bytes=10**6, max_bytes=10**8).receive()\n"
        f"file.write({VIDEO!r}); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([sys.executable, "-c", program, str(spool.folder)], check=False, env=environment)
    mine = spool.receive()
    mine.write(VIDEO)
    assert len(listed(spool)) == 2
    assert spool.erase_abandoned(lambda _: False) == 1
    assert listed(spool) == [mine.source]
    mine.close()
