"""
`vpdq`: the frames of videos, as the two vPDQ programs write them.

    in C++      one video a file, a frame a line: frame,quality,hash,seconds
    in Python   a video is an array of JSON: ["hash,quality,seconds", …]; a file holds one, or one a line

Both are read. What is written is one array a line, its seconds in full: the Python program itself keeps three digits.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import BinaryIO, Final

from casework.exchange.base import (
    ExchangeFormat,
    Found,
    HashRecord,
    Read,
    Rejected,
    as_text,
    lines_of,
    shown,
    signal_read,
    too_long,
    whole,
)
from casework.exchange.errors import UnreadableRecordError
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import VideoFrames, to_vpdq_lines

_MOST_BYTES: Final = 8_000_000


class Vpdq(ExchangeFormat):
    """The frames of videos."""

    name = "vpdq"
    label = "vPDQ, the frames of videos"
    suffixes = (".vpdq",)

    def read(self, file: BinaryIO) -> Iterator[Found]:
        """Read one video of lines, or videos that are arrays."""
        start = file.peek(1_024) if hasattr(file, "peek") else b""
        if not start.lstrip().startswith(b"["):
            yield _attempt(1, lambda: as_text(whole(file)))
            return
        for number, line in lines_of(file, most_bytes=_MOST_BYTES):
            if line is None:
                yield too_long(number, _MOST_BYTES)
            else:
                yield _attempt(number, partial(_lines, line))

    def write(self, records: Iterable[HashRecord]) -> Iterator[bytes]:
        """Write the frames of each record that is a video."""
        for record in records:
            found = record.value_of(VIDEO)
            if found is None:
                continue
            frames = []
            for line in to_vpdq_lines(VideoFrames.from_bytes(found.value)):
                _, quality, digits, seconds = line.split(",")
                frames.append(f"{digits},{quality},{seconds}")
            yield json.dumps(frames, separators=(",", ":")).encode() + b"\n"

    def takes(self, record: HashRecord) -> bool:
        """Tell whether a record is a video."""
        return record.value_of(VIDEO) is not None


def _attempt(number: int, lines: Callable[[], str]) -> Found:
    try:
        return Read(number, HashRecord((signal_read(VIDEO, lines()),), kind="unknown"))
    except UnreadableRecordError as error:
        return Rejected(number, str(error))


def _lines(array: bytes) -> str:
    """Turn an array of the Python program into the lines of the other."""
    try:
        frames = json.loads(array)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecordError(f"a line is an array of JSON, not {shown(array)}") from error
    if not isinstance(frames, list) or not all(isinstance(one, str) for one in frames):
        raise UnreadableRecordError(f'a video is an array of "hash,quality,seconds", not {shown(array)}')
    lines = []
    for number, frame in enumerate(frames):
        digits, _, rest = frame.partition(",")
        quality, _, seconds = rest.partition(",")
        lines.append(f"{number},{quality.strip()},{digits.strip()},{seconds.strip()}")
    return "\n".join(lines)
