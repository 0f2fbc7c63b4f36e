"""
What every search and every change must satisfy before it touches data; each rule is written once, here.

Anyone in `index/` may call these; they either return or raise an error that names the value and the remedy.
"""

import re

from index.base import Codes
from index.changes import Add, Change
from index.errors import ItemIdError, RadiusError, SignalTypeError, WidthMismatchError
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Searched

_SIGNAL_TYPE = re.compile(r"[a-z0-9][a-z0-9_-]*/[0-9]+")


def code_bytes(signal_type: str) -> int:
    """
    Return how many bytes a code of this type has: what its row of `SIGNAL_TYPES` says.

    Raises:
        SignalTypeError: If it is not written with its version, or is no hash.
    """
    row = SIGNAL_TYPES.get(signal_type)
    if row is None:
        check_signal_type(signal_type)
    if row is None or row.searched is not Searched.HAMMING:
        hashes = (name for name, one in SIGNAL_TYPES.items() if one.searched is Searched.HAMMING)
        raise SignalTypeError(f"signal type is {signal_type!r}, which is no hash; the hashes are {', '.join(hashes)}")
    return row.bits // 8


def check_codes(codes: Codes, *, width: int) -> None:
    """
    Accept uint8 arrays of shape (n, width).

    Raises:
        WidthMismatchError: If the shape or the dtype differs.
    """
    if codes.ndim != 2 or codes.shape[1] != width or codes.dtype.char != "B":
        raise WidthMismatchError(
            f"codes have dtype {codes.dtype} and shape {codes.shape}; give uint8 of shape (n, {width})"
        )


def width_of(codes: Codes) -> int:
    """
    Return how many bytes each of some codes has.

    Raises:
        WidthMismatchError: If they are no uint8 array of shape (n, bytes).
    """
    width = codes.shape[1] if codes.ndim == 2 else 0
    if width == 0 or codes.dtype.char != "B":
        raise WidthMismatchError(
            f"codes have dtype {codes.dtype} and shape {codes.shape}; give uint8 of shape (n, bits // 8)"
        )
    return width


def check_radius(radius: int, k: int | None = None, *, width: int) -> None:
    """
    Accept a radius from 0 to all bits of a code that is `width` bytes wide, and a `k` of at least 1.

    Raises:
        RadiusError: If either is outside.
    """
    if not 0 <= radius <= 8 * width:
        raise RadiusError(f"radius is {radius}; give 0..{8 * width} bits")
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
    Accept a change whose type and id can be indexed; whether its value can is for its kind of part to say.

    Raises:
        SignalTypeError, ItemIdError: If one of them cannot.
    """
    check_signal_type(change.signal_type)
    if not 1 <= change.item_id < 2**63:
        raise ItemIdError(f"change {change.seq} has item id {change.item_id}; ids run from 1 to 2**63-1")


def check_hash(change: Add) -> None:
    """
    Accept a hash that is as wide as its signal type.

    Raises:
        SignalTypeError: If its type is no hash.

        WidthMismatchError: If it is wider or narrower.
    """
    width = code_bytes(change.signal_type)
    if len(change.value) != width:
        raise WidthMismatchError(
            f"change {change.seq} adds {len(change.value)} bytes of {change.signal_type}; "
            f"values are {width} bytes ({8 * width} bits)"
        )
