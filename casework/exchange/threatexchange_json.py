"""
`threatexchange-json`: what Meta's ThreatExchange answers and python-threatexchange keeps, as JSON.

    {"data": [{"id": "…", "indicator": "<hash>", "type": "HASH_PDQ", "should_delete": false}, …]}

An array of such, or one a line, is read, too; `signal_type` and `signal_str`, `hash` or `value` are other names of type
and hash. What is to be deleted, and hashes of kinds that are not searched here (MD5, TMK), are set aside with a reason.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, Final

from casework.exchange.base import (
    ExchangeFormat,
    Found,
    HashRecord,
    Read,
    Rejected,
    lines_of,
    shown,
    signal_read,
    too_long,
    whole,
)
from casework.exchange.errors import UnreadableFileError, UnreadableRecordError
from matcher.signals.base import Signal
from matcher.signals.pdq import Pdq
from matcher.signals.sha256 import Sha256

_TYPES: Final = {
    "HASH_PDQ": Pdq.name,
    "PDQ": Pdq.name,
    "HASH_SHA256": Sha256.name,
    "SHA256": Sha256.name,
}
_NAMES: Final = {Pdq.name: "HASH_PDQ", Sha256.name: "HASH_SHA256"}
_TYPE_FIELDS: Final = ("type", "signal_type", "indicator_type")
_VALUE_FIELDS: Final = ("indicator", "signal_str", "hash", "value")
_MOST_BYTES: Final = 1_000_000


class ThreatExchangeJson(ExchangeFormat):
    """Records of ThreatExchange."""

    name = "threatexchange-json"
    label = "ThreatExchange, JSON"
    suffixes = (".json",)

    def read(self, file: BinaryIO) -> Iterator[Found]:
        """Read a document, or a record a line."""
        start = (file.peek(4_096) if hasattr(file, "peek") else b"").lstrip()
        first = start.partition(b"\n")[0].strip()
        if first.startswith(b"{") and _is_record(first):
            yield from _of_lines(file)
            return
        for place, one in enumerate(_of_document(whole(file)), 1):
            yield _attempt(place, one)

    def write(self, records: Iterable[HashRecord]) -> Iterator[bytes]:
        """Write a document with each hash that ThreatExchange has a name for."""
        yield b'{"data":['
        comma = b"\n"
        for record in records:
            for name, kind in _NAMES.items():
                found = record.value_of(name)
                if found is not None:
                    one = {"id": record.id, "indicator": found.value.hex(), "type": kind, "should_delete": False}
                    yield comma + json.dumps(one, separators=(",", ":")).encode()
                    comma = b",\n"
        yield b"\n]}\n"

    def takes(self, record: HashRecord) -> bool:
        """Tell whether a record has a hash that ThreatExchange has a name for."""
        return any(record.value_of(name) is not None for name in _NAMES)


def _is_record(line: bytes) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and any(name in found for name in _VALUE_FIELDS)


def _of_lines(file: BinaryIO) -> Iterator[Found]:
    for number, line in lines_of(file, most_bytes=_MOST_BYTES):
        if line is None:
            yield too_long(number, _MOST_BYTES)
            continue
        try:
            one = json.loads(line)
        except (ValueError, RecursionError):
            yield Rejected(number, f"it is no JSON: {shown(line)}")
            continue
        yield _attempt(number, one)


def _of_document(text: bytes) -> list[object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"it is neither a document of JSON nor one record a line: {error}"
        raise UnreadableFileError(message) from error
    if isinstance(document, dict):
        document = document.get("data")
    if not isinstance(document, list):
        message = 'records are expected in an array, or as {"data": […]}'
        raise UnreadableFileError(message)
    return document


def _attempt(place: int, one: object) -> Found:
    try:
        return Read(place, _record(one))
    except UnreadableRecordError as error:
        return Rejected(place, str(error))


def _record(one: object) -> HashRecord:
    if not isinstance(one, dict):
        raise UnreadableRecordError(f"a record is an object, not {shown(one)}")
    if one.get("should_delete") is True:
        raise UnreadableRecordError("it says that it is to be deleted, so it is not imported")
    name = _first(one, _TYPE_FIELDS, "type")
    kind = _TYPES.get(name.upper())
    if kind is None:
        raise UnreadableRecordError(f"hashes of type {shown(name)} are not searched here; {', '.join(_TYPES)} are")
    signal: Signal = signal_read(kind, _first(one, _VALUE_FIELDS, "hash"))
    identity = one.get("id")
    return HashRecord((signal,), id=identity if isinstance(identity, str) else None)


def _first(one: Mapping[str, object], names: tuple[str, ...], what: str) -> str:
    found = next((one[name] for name in names if name in one), None)
    if not isinstance(found, str):
        raise UnreadableRecordError(f"it names no {what}: one of {', '.join(names)} is expected, a text")
    return found
