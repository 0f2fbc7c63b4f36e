"""
`pdq-csv`: rows with a PDQ hash and, if there is one, its quality (0..100), with or without a line of names on top.

With names the hash is in the first column that is called `hash`, `pdq`, `pdq_hash`, `indicator` or `value`, its quality
in `quality`. Without, the hash is the first cell of 64 digits, and a number behind it its quality, as Meta's own
programs print them.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
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
)
from casework.exchange.errors import UnreadableRecordError
from matcher.signals.pdq import Pdq

_HASHES: Final = ("hash", "pdq", "pdq_hash", "indicator", "value")
_QUALITY: Final = "quality"
_DIGITS: Final = 64
_BEST: Final = 100
_MOST_BYTES: Final = 65_536


class PdqCsv(ExchangeFormat):
    """A hash and its quality a row."""

    name = "pdq-csv"
    label = "PDQ and quality, comma-separated"
    suffixes = (".csv",)

    def read(self, file: BinaryIO) -> Iterator[Found]:
        """Read the records of a file, in order."""
        columns: tuple[int, int | None] | None = None
        is_first = True
        for number, line in lines_of(file, most_bytes=_MOST_BYTES):
            if line is None:
                yield too_long(number, _MOST_BYTES)
                continue
            try:
                cells = _cells(line)
                if is_first:
                    is_first, columns = False, _columns(cells)
                    if columns is not None:
                        continue
                yield Read(number, _record(cells, columns))
            except UnreadableRecordError as error:
                yield Rejected(number, str(error))

    def write(self, records: Iterable[HashRecord]) -> Iterator[bytes]:
        """Write hash, quality and id of each record that has a PDQ hash."""
        yield b"hash,quality,id\n"
        for record in records:
            found = record.value_of(Pdq.name)
            if found is not None:
                quality = "" if found.quality is None else found.quality
                yield f"{found.value.hex()},{quality},{record.id or ''}\n".encode()

    def takes(self, record: HashRecord) -> bool:
        """Tell whether a record has a PDQ hash."""
        return record.value_of(Pdq.name) is not None


def _cells(line: bytes) -> list[str]:
    try:
        (cells,) = csv.reader([as_text(line.removeprefix(b"\xef\xbb\xbf"))], strict=True)
    except (csv.Error, ValueError) as error:
        raise UnreadableRecordError(f"it is no row of comma-separated values: {shown(line)}") from error
    return [cell.strip() for cell in cells]


def _columns(cells: Sequence[str]) -> tuple[int, int | None] | None:
    """Read a line of names; None if it is none."""
    names = [cell.casefold() for cell in cells]
    named = [names.index(one) for one in _HASHES if one in names]
    if not named:
        return None
    return named[0], names.index(_QUALITY) if _QUALITY in names else None


def _record(cells: Sequence[str], columns: tuple[int, int | None] | None) -> HashRecord:
    place, quality_at = columns or _places(cells)
    if place >= len(cells):
        raise UnreadableRecordError(f"the row has {len(cells)} cells, and none for the hash")
    quality = None
    if quality_at is not None and quality_at < len(cells):
        quality = _quality(cells[quality_at])
    return HashRecord((signal_read(Pdq.name, cells[place], quality),))


def _places(cells: Sequence[str]) -> tuple[int, int | None]:
    place = next((at for at, cell in enumerate(cells) if len(cell) == _DIGITS), 0)
    behind = place + 1
    return place, behind if behind < len(cells) and cells[behind].isdecimal() else None


def _quality(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_BEST)) and int(text) <= _BEST):
        raise UnreadableRecordError(f"a quality is 0 to {_BEST}, not {shown(text)}")
    return int(text)
