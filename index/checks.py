"""
What every search and every change must satisfy before it touches data; each rule is written once, here.

Anyone in this room may call these; they either return or raise an error that names the value and the remedy.
"""

import re

from index.base import Codes
from index.changes import Add, Change, is_hash
from index.errors import ItemIdError, RadiusError, SignalTypeError, WidthMismatchError

CODE_BYTES = 32
"""Width of every packed code in this room: 256 bits."""

MAX_RADIUS = CODE_BYTES * 8

_SIGNAL_TYPE = re.compile(r"[a-z0-9][a-z0-9_-]*/[0-9]+")


def check_codes(codes: Codes) -> None:
    """
    Accept uint8 arrays of shape (n, 32).

    Raises:
        WidthMismatchError: If the shape or the dtype differs.
    """
    if codes.ndim != 2 or codes.shape[1] != CODE_BYTES or codes.dtype != "uint8":
        raise WidthMismatchError(
            f"codes have dtype {codes.dtype} and shape {codes.shape}; give uint8 of shape (n, {CODE_BYTES})"
        )


def check_radius(radius: int, k: int | None = None) -> None:
    """
    Accept a radius of 0..256 bits and a `k` of at least 1.

    Raises:
        RadiusError: If either is outside.
    """
    if not 0 <= radius <= MAX_RADIUS:
        raise RadiusError(f"radius is {radius}; give 0..{MAX_RADIUS} bits")
    if k is not None and k < 1:
        raise RadiusError(f"k is {k}; give at least 1, or None for every hit")


def check_signal_type(signal_type: str) -> None:
    """
    Accept names such as ``"pdq/1"``.

    Raises:
        SignalTypeError: If the name is not ``name/version``.
    """
    if _SIGNAL_TYPE.fullmatch(signal_type) is None:
        raise SignalTypeError(f'signal type is {signal_type!r}; write it with its version, as in "pdq/1"')


def check_change(change: Change) -> None:
    """
    Accept a change whose type, id and value can be indexed.

    Raises:
        SignalTypeError, ItemIdError, WidthMismatchError: If one of them cannot.
    """
    check_signal_type(change.signal_type)
    if not 1 <= change.item_id < 2**63:
        raise ItemIdError(f"change {change.seq} has item id {change.item_id}; ids run from 1 to 2**63-1")
    if isinstance(change, Add) and is_hash(change) and len(change.value) != CODE_BYTES:
        raise WidthMismatchError(
            f"change {change.seq} adds {len(change.value)} bytes of {change.signal_type}; "
            f"values are {CODE_BYTES} bytes ({MAX_RADIUS} bits)"
        )
