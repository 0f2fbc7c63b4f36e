"""
A file by its path or, in a process that may open none, by the descriptor it was handed.

Invariant: each reader of one file has a place of its own in it, whoever else reads it.
"""

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from matcher.errors import UnsupportedFormatError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER_BYTES = 2**18


@dataclass(frozen=True, slots=True)
class OpenFile:
    """
    A regular file that is open for reading.

    Args:
        descriptor: Its number in this process. Whoever handed it over closes it.

        size_bytes: Its size.
    """

    descriptor: int
    size_bytes: int


File: TypeAlias = Path | OpenFile


def open_file(file: File) -> BinaryIO:
    """
    Begin to read a file, from its first byte.

    Raises:
        UnsupportedFormatError: If it is a pipe, a device or the like: a pipe that nobody writes to would be waited for.
        OSError: If there is no such file, or it may not be read.
    """
    if isinstance(file, Path):
        _refuse_pipe(file)
        return file.open("rb")
    return cast("BinaryIO", io.BufferedReader(_Reader(file), _BUFFER_BYTES))


def _refuse_pipe(path: Path) -> None:
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # opening a folder is refused by the system, at once
        raise UnsupportedFormatError(f"{path.name} is no regular file; send the bytes of a picture or a video")


def size_of(file: File) -> int:
    """
    Return the size of a file in bytes.

    Raises:
        OSError: If there is no such file.
    """
    return file.stat().st_size if isinstance(file, Path) else file.size_bytes


class _Reader(io.RawIOBase):
    """Reads at its own place: descriptors of one open file share theirs."""

    def __init__(self, file: OpenFile) -> None:
        super().__init__()
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = os.preadv(self._file.descriptor, [buffer], self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._file.size_bytes}[whence]
        if begin + offset < 0:
            message = f"place {begin + offset} lies before the file; seek to 0 or beyond"
            raise ValueError(message)
        self._at = begin + offset
        return self._at
