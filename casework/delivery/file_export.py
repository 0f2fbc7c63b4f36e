"""
A file export: one JSON line an event, appended, synced to the disk, and rotated by size.

    events.ndjson                   written to now
    events-20261121T140311-0.ndjson full; never touched again

Each line is `{"id", "type", "timestamp", "data"}`; the id is the webhook's, so a line that is there twice (a worker was
killed between writing and taking note) is known by it. Invariant: lines are whole. Several processes of one machine
take turns by a lock on the folder's `.lock` file, and the writer that finds a line cut off by a crash cuts it out: no
receipt was given for it, so it is written again.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from casework.delivery.closing import ClosedAtTheEnd
from casework.delivery.options import SendOptions
from casework.delivery.target import TargetField
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.takedowns.propagation import Message, Receipt
from casework.ports.unit_of_work import Clock

_SUFFIXES = (".ndjson", ".jsonl")
_TAIL_BYTES = 65_536


class FileExport(ClosedAtTheEnd):
    """
    An append-only file.

    Args:
        target: Its path; a relative one lies in the operator's export folder.

        secret: None: nothing is signed.

        options: What the operator allows.

        clock: For the names of full files.

    Raises:
        TargetError: If the path cannot be used.
    """

    label: ClassVar[str] = "file"
    target_field: ClassVar[TargetField] = TargetField(
        "path",
        max_length=1_000,
        description="For a file; relative to the export folder.",
        example="events.ndjson",
    )
    signing: ClassVar[str | None] = None
    credentials: ClassVar[str | None] = None

    def __init__(self, target: str, secret: str | None, *, options: SendOptions, clock: Clock) -> None:
        self.check(target, secret, options=options)
        self._path = _path(target, options)
        self._options = options
        self._clock = clock

    @staticmethod
    def make_secret() -> None:
        """Return none: nothing is signed."""

    @classmethod
    def check(cls, target: str, secret: str | None, *, options: SendOptions) -> None:
        """
        Refuse what could never be written, before anything is stored.

        Raises:
            TargetError: If the path cannot be used, or a secret is given.
        """
        if secret is not None:
            message = "a file is not signed; leave the secret out"
            raise TargetError(message)
        path = _path(target, options)
        if path.suffix not in _SUFFIXES:
            message = f"{target!r} must end in {' or '.join(_SUFFIXES)}"
            raise TargetError(message)
        if path.is_symlink() or path.is_dir():
            message = f"{target!r} is a link or a folder; name a file of its own"
            raise TargetError(message)

    async def send(self, message: Message) -> Receipt:
        """
        Append a line; the receipt says where it stands.

        Raises:
            DeliveryFailedError: If it could not be written whole.
        """
        try:
            return await asyncio.to_thread(self._append, message)
        except OSError as error:
            failure = f"{self._path} cannot be written: {error.strerror}"
            raise DeliveryFailedError(failure) from error

    async def close(self) -> None:
        """Do nothing: no file stays open."""

    def _append(self, message: Message) -> Receipt:
        line = message.document() + b"\n"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            self._rotate_if_full()
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            is_new = not self._path.exists()
            with os.fdopen(os.open(self._path, flags, 0o600), "r+b", buffering=0) as file:
                offset = _end_of_whole_lines(file.fileno())
                file.truncate(offset)
                file.seek(offset)
                written = file.write(line)
                if written != len(line):
                    file.truncate(offset)
                    message_ = f"{self._path}: {written} of {len(line)} bytes written"
                    raise DeliveryFailedError(message_)
                os.fsync(file.fileno())
            if is_new:
                _sync_folder(self._path.parent)
        return {"file": self._path.name, "offset": offset, "bytes": len(line)}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Take turns with other processes; the lock ends with the process that holds it."""
        with self._path.with_name(f".{self._path.name}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _rotate_if_full(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < self._options.rotate_bytes:
            return
        stamp = f"{self._clock.now():%Y%m%dT%H%M%S}"
        number = 0
        while (full := self._path.with_name(f"{self._path.stem}-{stamp}-{number}{self._path.suffix}")).exists():
            number += 1
        self._path.rename(full)
        _sync_folder(self._path.parent)


def _path(target: str, options: SendOptions) -> Path:
    path = Path(target)
    if path.is_absolute():
        return path
    folder = options.export_folder.resolve()
    # The last part stays as it is: `check` refuses a link, which resolving would have followed.
    resolved = (folder / path).parent.resolve() / path.name
    if not resolved.is_relative_to(folder):
        message = f"{target!r} leaves the export folder {folder}"
        raise TargetError(message)
    return resolved


def _end_of_whole_lines(descriptor: int) -> int:
    """Return the offset after the last newline: 0 in an empty file."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        begin = max(0, end - _TAIL_BYTES)
        tail = os.pread(descriptor, end - begin, begin)
        if (newline := tail.rfind(b"\n")) >= 0:
            return begin + newline + 1
        end = begin
    return 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
