"""
What a format of hash lists is: how records are read from a file, and written into one.

Invariant: reading is for files of strangers. A record that cannot be read is told with its place and the reason, and
the next one is read; nothing of a line longer than `most_bytes` is kept. Nothing here reads or writes the record.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, ClassVar, Final, TypeAlias

from casework.exchange.errors import UnreadableFileError, UnreadableRecordError
from matcher.errors import SignalError
from matcher.signals.base import Signal
from matcher.signals.given import given_signal

MOST_DOCUMENT_BYTES: Final = 512_000_000
"""Of a file that has to be read whole, as JSON that is not a record a line."""

_SHOWN_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class HashRecord:
    """
    One piece of media on a list.

    Args:
        signals: Its hashes.

        kind: ``"image"``, ``"video"`` or ``"unknown"``.

        id: What it is called where it comes from; of a takedown its id.

        source: The list it is from; None where it was decided on.

        hash_action: How it is banked there, in the policy's words.

        width: Pixels of the upright original.

        height: Pixels.

        duration_s: Seconds.

        effective_at: Since when it is taken down.
    """

    signals: tuple[Signal, ...]
    kind: str = "unknown"
    id: str | None = None
    source: str | None = None
    hash_action: str | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    effective_at: datetime | None = None

    def value_of(self, name: str) -> Signal | None:
        """Return its first signal of a type, or None."""
        return next((one for one in self.signals if one.type == name), None)


@dataclass(frozen=True, slots=True)
class Rejected:
    """
    A record that cannot be read.

    Args:
        line: Where it begins, from 1; in a file that is one document, which record it is.

        reason: What is wrong with it, and what would be right.
    """

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """
    What was read.

    Args:
        line: As for `Rejected`.

        record: The record.
    """

    line: int
    record: HashRecord


Found: TypeAlias = Read | Rejected


class ExchangeFormat(ABC):
    """
    One row of `EXCHANGE_FORMATS`.

    Attributes:
        name: As in ``--format``.

        label: What it is, for a list of formats.

        suffixes: Of files it is guessed from.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def read(self, file: BinaryIO) -> Iterator[Found]:
        """
        Read the records of a file, in order.

        Raises:
            UnreadableFileError: If the whole cannot be of this format.
        """

    @abstractmethod
    def write(self, records: Iterable[HashRecord]) -> Iterator[bytes]:
        """Write records, as pieces of a file; those that the format has no words for are left out."""

    @abstractmethod
    def takes(self, record: HashRecord) -> bool:
        """Tell whether the format has words for a record."""


def lines_of(file: BinaryIO, *, most_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """
    Read the lines of a file, without what ends them; empty ones are passed over.

    Args:
        file: Read from where it is.

        most_bytes: Of one line.

    Returns:
        Each with its number, from 1; None in place of one that is longer.
    """
    number = 0
    while line := file.readline(most_bytes + 1):
        number += 1
        if len(line) > most_bytes and not line.endswith(b"\n"):
            while (rest := file.readline(most_bytes + 1)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif stripped := line.strip():
            yield number, stripped


def too_long(number: int, most_bytes: int) -> Rejected:
    """Say that a line is longer than any record of its format."""
    return Rejected(number, f"the line is longer than {most_bytes:,} bytes; no record is")


def whole(file: BinaryIO) -> bytes:
    """
    Read a file that is one document.

    Raises:
        UnreadableFileError: If it is too large for that.
    """
    found = file.read(MOST_DOCUMENT_BYTES + 1)
    if len(found) > MOST_DOCUMENT_BYTES:
        message = f"a file that is one document has {MOST_DOCUMENT_BYTES:,} bytes at most; write one record a line"
        raise UnreadableFileError(message)
    return found


def as_text(line: bytes) -> str:
    """
    Decode a line.

    Raises:
        UnreadableRecordError: If it is not UTF-8.
    """
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise UnreadableRecordError(f"it is not UTF-8: {shown(line)}") from error


def signal_read(name: str, value: str, quality: int | None = None) -> Signal:
    """
    Read a signal.

    Raises:
        UnreadableRecordError: If it is none.
    """
    try:
        return given_signal(name, value, quality)
    except SignalError as error:
        raise UnreadableRecordError(str(error)) from error


def shown(value: object) -> str:
    """Show the beginning of something that a stranger wrote, on one line."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return repr(text[:_SHOWN_CHARACTERS])
