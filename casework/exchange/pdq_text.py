"""
`pdq`: a PDQ hash a line, 64 hex digits; ``pdq <hex>``, as python-threatexchange writes it, is read, too.

Empty lines, and those that begin with ``#``, are passed over.
"""

import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from casework.exchange.base import ExchangeFormat, Found, HashRecord, Read, Rejected, lines_of, shown, too_long
from matcher.signals.base import Signal
from matcher.signals.pdq import Pdq

_LINE: Final = re.compile(rb"(?:pdq[ \t]+)?([0-9A-Fa-f]{64})")
_MOST_BYTES: Final = 4_096


class PdqText(ExchangeFormat):
    """A hash a line."""

    name = "pdq"
    label = "PDQ, a hash a line"
    suffixes = (".pdq", ".txt")

    def read(self, file: BinaryIO) -> Iterator[Found]:
        """Read the records of a file, in order."""
        for number, line in lines_of(file, most_bytes=_MOST_BYTES):
            if line is None:
                yield too_long(number, _MOST_BYTES)
            elif found := _LINE.fullmatch(line):
                yield Read(number, HashRecord((Signal(Pdq.name, unhexlify(found[1])),)))
            elif not line.startswith(b"#"):
                yield Rejected(number, f"a line is 64 hex digits, or `pdq` and these, not {shown(line)}")

    def write(self, records: Iterable[HashRecord]) -> Iterator[bytes]:
        """Write the PDQ hash of each record that has one."""
        for record in records:
            found = record.value_of(Pdq.name)
            if found is not None:
                yield found.value.hex().encode() + b"\n"

    def takes(self, record: HashRecord) -> bool:
        """Tell whether a record has a PDQ hash."""
        return record.value_of(Pdq.name) is not None
