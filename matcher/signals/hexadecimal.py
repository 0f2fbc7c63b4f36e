"""How packed signal values are read and written: lower-case hex, most significant bit first; upper case is read too."""

from matcher.errors import SignalValueError


def parse_hex(text: str, *, name: str, bits: int) -> bytes:
    """
    Read a value.

    Args:
        text: The value as it was sent.

        name: The signal type, for the message.

        bits: How wide it must be.

    Raises:
        SignalValueError: If it is not hex, or not `bits` wide.
    """
    digits = bits // 4
    if len(text) != digits:
        raise SignalValueError(f"a {name} value is {digits} hex digits ({bits} bits), not {len(text)}: {text[:80]!r}")
    try:
        value = bytes.fromhex(text)
    except ValueError as error:
        raise SignalValueError(f"a {name} value is {digits} hex digits, 0-9 and a-f, not {text!r}") from error
    if len(value) != bits // 8:  # fromhex skips spaces
        raise SignalValueError(f"a {name} value is {digits} hex digits without spaces, not {text!r}")
    return value


def parse_whole(text: str, *, name: str, form: str = "hex") -> bytes:
    """
    Read a value of any length; what is in it is not checked.

    Args:
        text: The value as it was sent.

        name: The signal type, for the message.

        form: What it may be, for the message.

    Raises:
        SignalValueError: If it is not hex.
    """
    try:
        value = bytes.fromhex(text)
    except ValueError as error:
        raise SignalValueError(f"a {name} value is {form}, not {text[:80]!r}") from error
    if 2 * len(value) != len(text):  # fromhex skips spaces
        raise SignalValueError(f"a {name} value is hex without spaces, not {text[:80]!r}")
    return value
