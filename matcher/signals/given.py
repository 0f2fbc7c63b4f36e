"""Signals that somebody sent, who may say what they like of them."""

from matcher.signals import signal_type
from matcher.signals.base import Signal


def given_signal(name: str, value: str, quality: int | None) -> Signal:
    """
    Read a value that somebody sent.

    A quality that somebody only says is believed where it speaks for doubt: a poor one stays, a good one is as good as
    none, for whoever wants a plain picture to match strangers would say 100.

    Args:
        name: Its signal type.

        value: Hex.

        quality: 0..100, or None.

    Raises:
        UnknownSignalTypeError, SignalValueError: If type or value is not valid.
    """
    kind = signal_type(name)
    poor = quality is not None and quality < kind.minimum_quality
    return Signal(type=name, value=kind.parse(value), quality=quality if poor else None)
