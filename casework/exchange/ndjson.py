"""
`ndjson`: Staydown's own, an object a line, with everything that others need of what is taken down.

    {"id": "tkd_…", "source": null, "hash_action": "bank_context_free", "effective_at": "…", "kind": "image",
     "width": 1600, "height": 1200, "duration_s": null,
     "signals": [{"type": "pdq/1", "value": "<hex>", "quality": 100}, …]}

Only `signals` is needed. It holds nothing of people: no reporter, no post, no words. Local features are in it, which
show what the picture shows: such a file is as sensitive as the pictures.
"""

import json
from collections.abc import Iterable, Iterator
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
)
from casework.exchange.errors import UnreadableRecordError
from matcher.signals import signal_type
from matcher.signals.base import Signal

_MOST_BYTES: Final = 64_000_000
_MOST_SIGNALS: Final = 200
_BEST: Final = 100


class Ndjson(ExchangeFormat):
    """Everything, an object a line."""

    name = "ndjson"
    label = "Staydown's own, with every signal"
    suffixes = (".ndjson", ".jsonl")

    def read(self, file: BinaryIO) -> Iterator[Found]:
        """Read the records of a file, in order."""
        for number, line in lines_of(file, most_bytes=_MOST_BYTES):
            if line is None:
                yield too_long(number, _MOST_BYTES)
                continue
            try:
                yield Read(number, _record(line))
            except UnreadableRecordError as error:
                yield Rejected(number, str(error))

    def write(self, records: Iterable[HashRecord]) -> Iterator[bytes]:
        """Write every record."""
        for record in records:
            one = {
                "id": record.id,
                "source": record.source,
                "hash_action": record.hash_action,
                "effective_at": None if record.effective_at is None else record.effective_at.isoformat(),
                "kind": record.kind,
                "width": record.width,
                "height": record.height,
                "duration_s": record.duration_s,
                "signals": [
                    {"type": each.type, "value": signal_type(each.type).format(each.value), "quality": each.quality}
                    for each in record.signals
                ],
            }
            yield json.dumps(one, separators=(",", ":")).encode() + b"\n"

    def takes(self, record: HashRecord) -> bool:
        """Take every record with a signal."""
        return bool(record.signals)


def _record(line: bytes) -> HashRecord:
    try:
        one = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecordError(f"it is no JSON: {shown(line)}") from error
    if not isinstance(one, dict):
        raise UnreadableRecordError(f"a line is an object, not {shown(line)}")
    signals = one.get("signals")
    if not isinstance(signals, list) or not signals or len(signals) > _MOST_SIGNALS:
        raise UnreadableRecordError(f"`signals` is an array of 1 to {_MOST_SIGNALS} signals")
    identity = one.get("id")
    return HashRecord(tuple(map(_signal, signals)), id=identity if isinstance(identity, str) else None)


def _signal(one: object) -> Signal:
    if not isinstance(one, dict) or not isinstance(one.get("type"), str) or not isinstance(one.get("value"), str):
        raise UnreadableRecordError(f"a signal has a `type` and a `value`, both texts, not {shown(one)}")
    quality = one.get("quality")
    if quality is not None and (isinstance(quality, bool) or not isinstance(quality, int) or not 0 <= quality <= _BEST):
        raise UnreadableRecordError(f"a quality is 0 to {_BEST}, or null, not {shown(quality)}")
    return signal_read(one["type"], one["value"], quality)
