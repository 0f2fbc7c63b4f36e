"""
Identifiers: a prefix that says what it names, then a time-ordered random part.

Invariant: opaque to everyone outside; two never collide in practice (80 random bits), and those made a millisecond
apart sort in the order they were made, so a list can be paged by id alone.
"""

import secrets
from datetime import datetime
from functools import lru_cache
from typing import NewType

ReportId = NewType("ReportId", str)
CaseId = NewType("CaseId", str)
DecisionId = NewType("DecisionId", str)
TakedownId = NewType("TakedownId", str)
UploadId = NewType("UploadId", str)
MediaId = NewType("MediaId", str)
AppealId = NewType("AppealId", str)
EventId = NewType("EventId", str)
KeyId = NewType("KeyId", str)
DestinationId = NewType("DestinationId", str)
DeliveryId = NewType("DeliveryId", str)
LookbackId = NewType("LookbackId", str)
JobId = NewType("JobId", str)
ProtectedId = NewType("ProtectedId", str)
ErasureId = NewType("ErasureId", str)
MessageId = NewType("MessageId", str)
HashListId = NewType("HashListId", str)
ExchangeId = NewType("ExchangeId", str)
SendingId = NewType("SendingId", str)
PersonId = NewType("PersonId", str)
SessionId = NewType("SessionId", str)
PairId = NewType("PairId", str)
BlindLookId = NewType("BlindLookId", str)

# Crockford's base 32: no I, L, O or U, so an id survives being read aloud.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_TIME_CHARACTERS = 9  # 45 bits of milliseconds: until the year 3084
_RANDOM_CHARACTERS = 16
_CHARACTER_OF = (_ALPHABET * 8).encode()
"""A character for each value of a byte: eight values each, so of a random byte all are as likely."""


def new_id(prefix: str, now: datetime) -> str:
    """
    Make an identifier.

    Args:
        prefix: What it names, without underscore: ``"case"``.

        now: Time of creation, time zone aware.

    Returns:
        ``"case_" + 25 characters`` of Crockford's base 32.
    """
    moment = _moment(int(now.timestamp() * 1000))
    return f"{prefix}_{moment}{_encode(secrets.randbits(80), _RANDOM_CHARACTERS)}"


def new_ids(prefix: str, now: datetime, count: int) -> list[str]:
    """Make many identifiers at one moment, in the order they sort in: rows that are stored so lie beside each other."""
    moment = _moment(int(now.timestamp() * 1000))
    text = secrets.token_bytes(_RANDOM_CHARACTERS * count).translate(_CHARACTER_OF).decode()
    tails = [text[at : at + _RANDOM_CHARACTERS] for at in range(0, len(text), _RANDOM_CHARACTERS)]
    return [f"{prefix}_{moment}{tail}" for tail in sorted(tails)]


def first_id(prefix: str, moment: datetime) -> str:
    """Return what sorts before every identifier that is made from a moment on, and after all made before."""
    return f"{prefix}_{_encode(int(moment.timestamp() * 1000), _TIME_CHARACTERS + 1)[1:]}"


def pairs() -> list[str]:
    """Return the two characters that identifiers may end with, each as likely as the others, in order."""
    return list(_PAIRS)


def new_receipt_number() -> str:
    """Make the number a reporter is given: ``SD-`` and 12 characters in groups of four."""
    text = _encode(secrets.randbits(60), 12)
    return f"SD-{text[:4]}-{text[4:8]}-{text[8:]}"


def new_secret(prefix: str) -> str:
    """Make a secret with 256 random bits, safe in a URL and in a header."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


@lru_cache(maxsize=8)
def _moment(milliseconds: int) -> str:
    """Write a moment; a transaction that makes a thousand ids makes them all at one."""
    # An even number of characters at once is encoded two by two.
    return _encode(milliseconds, _TIME_CHARACTERS + 1)[1:]


def _encode(number: int, characters: int) -> str:
    """Write a number in base 32, in an even number of characters."""
    return "".join([_PAIRS[(number >> place) & 1023] for place in range(5 * characters - 10, -1, -10)])
