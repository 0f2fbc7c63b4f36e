"""What is said in HMA's words: its signal types, its banks and contents."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from starlette.responses import Response

from api.hma.errors import HmaError
from casework.domain.takedowns.hash_list import HashList, ListEntry
from matcher.errors import SignalError
from matcher.signals.base import Signal
from matcher.signals.given import given_signal
from matcher.signals.pdq import Pdq
from matcher.thresholds import MINIMUM_QUALITY

Json = dict[str, object]

PDQ: Final = "pdq"
VIDEO_MD5: Final = "video_md5"
"""Named, for clients expect it, and switched off: MD5 finds the same file alone, which SHA-256 does here."""

SIGNAL_TYPES: Final = {PDQ: 1.0, VIDEO_MD5: 0.0}
CONTENT_TYPES: Final = ("photo", "video")

_ENABLED, _DISABLED = 1, 0


def answered(body: object, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(json.dumps(body), status, headers, media_type="application/json")


def hashes_of(signals: Iterable[Signal]) -> dict[str, str]:
    """Return the hashes that HMA has a word for; a poor one is left out, where HMA answers an empty text."""
    pdq = next((one for one in signals if one.type == Pdq.name), None)
    if pdq is None or (pdq.quality is not None and pdq.quality < MINIMUM_QUALITY):
        return {}
    return {PDQ: pdq.value.hex()}


def given(name: str, value: object) -> Signal:
    """
    Read a hash that a client sent.

    Raises:
        HmaError: If it is none.
    """
    require_type(name)
    try:
        if not isinstance(value, str):
            raise HmaError(400, f"Invalid {name} signal: a text is expected")
        return given_signal(Pdq.name, value.strip(), None)
    except SignalError as error:
        raise HmaError(400, f"Invalid {name} signal: invalid PDQ hash") from error


def require_named_type(name: str) -> None:
    """
    Refuse signal types that HMA has no word for.

    Raises:
        HmaError: Naming it.
    """
    if name not in SIGNAL_TYPES:
        raise HmaError(400, f"No such SignalType '{name}'")


def require_type(name: str) -> None:
    """
    Refuse signal types that are not searched here.

    Raises:
        HmaError: Naming it.
    """
    require_named_type(name)
    if not SIGNAL_TYPES[name]:
        raise HmaError(400, f"SignalType '{name}' is not enabled")


def bank_out(bank: HashList) -> Json:
    """Show a bank."""
    return {"matching_enabled_ratio": bank.enabled_ratio, "name": bank.name}


def content_out(entry: ListEntry, bank: HashList) -> Json:
    """Show what is in a bank under a number."""
    return {
        "bank": bank_out(bank),
        "disable_until_ts": disable_until_ts(entry),
        "id": entry.id,
        "original_media_uri": entry.uri,
    }


def disable_until_ts(entry: ListEntry) -> int:
    """Say since when, or until when: 1 enabled, 0 disabled for good, else a moment in seconds."""
    if not entry.disabled:
        return _ENABLED
    return _DISABLED if entry.disabled_until is None else int(entry.disabled_until.timestamp())
