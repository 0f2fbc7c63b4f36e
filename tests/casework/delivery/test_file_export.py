"""File exports: whole lines, whatever is killed; rotation; several writers."""

import asyncio
import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casework.delivery.file_export import FileExport
from casework.delivery.options import SendOptions
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.ids import EventId
from casework.domain.takedowns.propagation import Message, Receipt


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return one moment."""
        return datetime(2026, 11, 21, 12, tzinfo=UTC)


def message(number: int) -> Message:
    """Make a message of its own."""
    body = {"type": "takedown.created", "timestamp": "2026-11-21T12:00:00+00:00", "data": {"number": number}}
    return Message(EventId(f"evt_{number}"), json.dumps(body).encode())


def export(folder: Path, numbers: range, **options: int) -> list[Receipt]:
    """Write messages."""
    writer = FileExport("out.ndjson", None, options=SendOptions(folder, **options), clock=Noon())

    async def write() -> list[Receipt]:
        return [await writer.send(message(number)) for number in numbers]

    return asyncio.run(write())


def numbers_in(*paths: Path) -> list[int]:
    """Read what files hold; every line must be whole."""
    return [json.loads(line)["data"]["number"] for path in paths for line in path.read_text().splitlines()]


def test_lines_are_appended_and_receipted(tmp_path: Path) -> None:
    """The receipt says where the line stands, so that an auditor finds it."""
    receipts = export(tmp_path, range(3))
    export(tmp_path, range(3, 4))
    path = tmp_path / "out.ndjson"
    assert numbers_in(path) == [0, 1, 2, 3]
    place = receipts[1]
    line = path.read_bytes()[int(place["offset"]) :][: int(place["bytes"])]
    assert json.loads(line)["id"] == "evt_1"


@pytest.mark.parametrize("torn", [b'{"id":"evt_9","ty', b"x" * 70_000])
def test_line_cut_off_by_a_crash_is_cut_out(tmp_path: Path, torn: bytes) -> None:
    """No receipt was given for it, so it is sent again; half of it would break every reader."""
    export(tmp_path, range(1))
    with (tmp_path / "out.ndjson").open("ab") as file:
        file.write(torn)
    export(tmp_path, range(1, 2))
    assert numbers_in(tmp_path / "out.ndjson") == [0, 1]


def test_full_file_is_left_and_a_new_one_begun(tmp_path: Path) -> None:
    """What was rotated is never touched again."""
    export(tmp_path, range(7), rotate_bytes=250)
    full = sorted(tmp_path.glob("out-20261121T120000-*.ndjson"))
    assert len(full) == 2
    assert numbers_in(*full, tmp_path / "out.ndjson") == list(range(7))
    assert all(path.stat().st_size >= 250 for path in full)


def test_several_processes_write_whole_lines(tmp_path: Path) -> None:
    """Workers of one machine share an export."""
    context = multiprocessing.get_context("forkserver")
    ranges = [range(30), range(30, 60), range(60, 90)]
    writers = [context.Process(target=export, args=(tmp_path, one), kwargs={"rotate_bytes": 2000}) for one in ranges]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(numbers_in(*tmp_path.glob("out*.ndjson"))) == list(range(90))


def test_export_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    """It is tried again; the worker goes on."""
    (tmp_path / "out.ndjson").mkdir()
    (tmp_path / "file").touch()
    writer = FileExport(str(tmp_path / "file" / "x.ndjson"), None, options=SendOptions(tmp_path), clock=Noon())
    with pytest.raises(DeliveryFailedError, match="cannot be written"):
        asyncio.run(writer.send(message(1)))


@pytest.mark.parametrize("path", ["../out.ndjson", "out.txt", "folder.ndjson", "link.ndjson"])
def test_path_that_cannot_be_used_is_refused(tmp_path: Path, path: str) -> None:
    """An export appends to a file of its own and to no other."""
    (tmp_path / "folder.ndjson").mkdir()
    (tmp_path / "target.ndjson").touch()
    (tmp_path / "link.ndjson").symlink_to(tmp_path / "target.ndjson")
    with pytest.raises(TargetError):
        FileExport.check(path, None, options=SendOptions(tmp_path))
