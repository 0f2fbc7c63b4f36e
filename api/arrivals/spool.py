"""
Where files lie from their first byte until they are hashed.

A small picture stays in memory; everything else is written to a file in the `incoming` folder as it arrives, and is
never held whole. Its digest is taken on the way.

Invariant: a file is erased when its request ends, however it ends, unless it was kept for a job; then, when that ends.
It is locked (flock) while somebody works with it, so what a killed process left is distinguished from what is in use.
"""

import fcntl
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import structlog
from starlette.concurrency import run_in_threadpool

from api.errors import NotReadyError
from matcher.errors import TooLargeError
from matcher.reading.formats import may_move, sniff_video

log = structlog.get_logger()

_MEMORY_BYTES = 1_000_000
"""A picture up to this size is not written to disk."""

_ROOM_EVERY_BYTES = 16_000_000
"""After so many bytes of a file it is asked again whether more may lie in the folder."""

_HEAD_BYTES = 4096
_SUFFIX = ".part"
_KEPT_SUFFIX = ".kept"


class Spool:
    """
    The `incoming` folder, shared by all processes of one data folder.

    Args:
        folder: Where it is; made if it is not there.

        max_image_bytes: Largest file that is not a video.

        max_video_bytes: Largest video.

        max_bytes: Most that may lie in the folder, of all files; requests at the same time may go beyond it by
            `_ROOM_EVERY_BYTES` each.
    """

    def __init__(self, folder: Path, *, max_image_bytes: int, max_video_bytes: int, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.max_image_bytes = max_image_bytes
        self.max_video_bytes = max_video_bytes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.id = _id_of(folder)

    def receive(self) -> "IncomingFile":
        """Begin a file; close it in the end."""
        return IncomingFile(self)

    def check_room(self) -> None:
        """
        See whether the folder takes more.

        Raises:
            NotReadyError: If the files in it are as large as they may be together.
        """
        held_bytes = sum(_size_of(Path(entry)) for entry in os.scandir(self.folder))
        if held_bytes >= self.max_bytes:
            raise NotReadyError(
                f"{held_bytes:,} bytes of files wait to be hashed and {self.max_bytes:,} may "
                "(STAYDOWN_MAX_INCOMING_BYTES); nothing was stored, try again later"
            )

    @contextmanager
    def borrow(self, name: str) -> Iterator[Path | None]:
        """
        Hold a kept file alone for as long as the block lasts.

        Args:
            name: As `IncomingFile.keep` named it.

        Yields:
            Where it is; None if somebody else has it.

        Raises:
            FileNotFoundError: If it is not there any more.
        """
        path = self.folder / name
        with path.open("rb") as file:
            yield path if _locked(file) else None

    def erase(self, name: str) -> None:
        """Erase a kept file."""
        (self.folder / name).unlink(missing_ok=True)

    def erase_abandoned(self, is_needed: Callable[[str], bool]) -> int:
        """
        Erase what processes that died left behind; return how many files.

        Args:
            is_needed: Tells of a kept file whether a job needs it; asked while nobody else has it.
        """
        erased = sum(_erase_unlocked(path, lambda _: False) for path in self.folder.glob(f"*{_SUFFIX}"))
        erased += sum(_erase_unlocked(path, is_needed) for path in self.folder.glob(f"*{_KEPT_SUFFIX}"))
        if erased:
            log.info("erased files that ended requests left behind", files=erased)
        return erased


class IncomingFile:
    """
    One file as it arrives, and until it is hashed.

    Args:
        spool: Where it is written, if it is not small.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._memory = bytearray()
        self._head = b""
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._kept = False
        self._unchecked_bytes = 0
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        """
        Append a piece; it may go to the disk.

        Raises:
            TooLargeError: If the file is now larger than one of its kind may be.
            NotReadyError: If the disk does not take it, or no more may lie there.
        """
        self._head += piece[: _HEAD_BYTES - len(self._head)]
        self.size_bytes += len(piece)
        limit = self._spool.max_video_bytes if self.is_video else self._spool.max_image_bytes
        if self.size_bytes > limit:
            kind = "video" if self.is_video else "file"
            raise TooLargeError(f"the {kind} has more than {limit:,} bytes, which is the limit. Send a smaller one")
        self._digest.update(piece)
        try:
            self._append(piece)
        except OSError as error:
            message = f"the file cannot be kept while it is hashed: {error.strerror}; nothing was stored, try again"
            raise NotReadyError(message) from error

    async def take(self, piece: bytes) -> None:
        """
        Append a piece as `write` does, in a thread where it goes to the disk.

        Raises:
            TooLargeError: If the file is now larger than one of its kind may be.
            NotReadyError: If the disk does not take it, or no more may lie there.
        """
        if self._stays_in_memory(piece):
            self.write(piece)
        else:
            await run_in_threadpool(self.write, piece)

    @property
    def is_video(self) -> bool:
        """Whether its first bytes are those of a video container we read; known from the first piece on."""
        return sniff_video(self._head) is not None

    @property
    def may_move(self) -> bool:
        """Whether its first bytes are those of an animation or of several pages: such may take long to decode."""
        return may_move(self._head)

    @property
    def sha256(self) -> bytes:
        """32 bytes, of what has arrived."""
        return self._digest.digest()

    @property
    def source(self) -> bytes | Path:
        """What a decoder reads: the bytes, or where they are. A video is always on the disk."""
        return bytes(self._memory) if self._path is None else self._path

    def sync(self) -> None:
        """Wait until what was written would survive the machine's failure."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def keep(self) -> str:
        """
        Keep the file beyond its request; it stays locked until it is closed.

        Returns:
            Its name in the spool, for `Spool.borrow`.

        Raises:
            ValueError: If it is in memory.
        """
        if self._path is None:
            message = "a file in memory cannot be kept; only videos are"
            raise ValueError(message)
        self._kept = True
        kept = self._path.rename(self._path.with_suffix(_KEPT_SUFFIX))
        self._path = kept
        folder = os.open(kept.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return kept.name

    def close(self) -> None:
        """Erase it, unless it is kept. Closing twice is fine."""
        self._memory.clear()
        if self._path is not None and not self._kept:
            self._path.unlink(missing_ok=True)
        if self._file is not None:
            self._file.close()

    def _stays_in_memory(self, piece: bytes) -> bool:
        """Tell whether it would go without the disk with this piece, too."""
        small = self._file is None and self.size_bytes + len(piece) <= _MEMORY_BYTES
        return small and sniff_video((self._head + piece)[:_HEAD_BYTES]) is None

    def _append(self, piece: bytes) -> None:
        if self._file is None and (self.is_video or self.size_bytes > _MEMORY_BYTES):
            self._spool.check_room()
            self._path, self._file = _locked_file(self._spool.folder)
            self._file.write(self._memory)
            self._memory.clear()
        if self._file is None:
            self._memory += piece
        else:
            if self._unchecked_bytes + len(piece) > _ROOM_EVERY_BYTES:
                self._spool.check_room()
                self._unchecked_bytes = 0
            self._unchecked_bytes += len(piece)
            self._file.write(piece)
            self._file.flush()


def _locked_file(folder: Path) -> tuple[Path, BinaryIO]:
    """Make a file that only we read, locked before anyone can see it."""
    hidden = folder / f".{uuid.uuid4().hex}"
    file = os.fdopen(os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b")
    fcntl.flock(file, fcntl.LOCK_EX)
    path = folder / f"{hidden.name[1:]}{_SUFFIX}"
    hidden.rename(path)
    return path, file


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # its request ended
        return 0


def _erase_unlocked(path: Path, is_needed: Callable[[str], bool]) -> bool:
    try:
        with path.open("rb") as file:
            if not _locked(file) or is_needed(path.name):
                return False
            path.unlink()
    except FileNotFoundError:  # the one that held it has erased it
        return False
    return True


def _locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _id_of(folder: Path) -> str:
    """Name the folder once, for jobs in a record that several machines share."""
    path = folder / "id"
    draft = folder / f".{uuid.uuid4().hex}"
    draft.write_text(uuid.uuid4().hex)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
