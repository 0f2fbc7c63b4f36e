"""
What a signal is: a typed, versioned fingerprint of one piece of media.

Invariant: a type's name carries its version (`pdq/1`). If one output bit can change, it is a new version beside the
old, because stored signals outlive the code that made them.
"""

from dataclasses import dataclass
from typing import Protocol

from matcher.media import Image


@dataclass(frozen=True, slots=True)
class Signal:
    """
    One fingerprint, as it is stored, searched and sent.

    Args:
        type: Name with version, a key of `SIGNAL_TYPES`: ``"pdq/1"``.

        value: The packed bytes, most significant bit first. Hash signals are 32 bytes (256 bits).

        quality: 0..100, how much the value can be trusted; None where the type has no such measure or the sender gave
            none.
    """

    type: str
    value: bytes
    quality: int | None = None


class SignalType(Protocol):
    """
    One row of `SIGNAL_TYPES`: how a fingerprint is made, read and written, and when two of them agree.

    Attributes:
        name: With version, as stored and sent.

        bits: Width of a hash; of other types that of one frame, or the most there may be.

        threshold: Largest Hamming distance, in bits, at which two values agree (inclusive).

        minimum_quality: Below this quality (0..100) an agreement is not enough to act on; 0 where quality is unknown.

        label: What a person reads in a console or a table.

        still: Whether every picture is given one; False for moving pictures' own and for what is taken where asked.
    """

    name: str
    bits: int
    threshold: int
    minimum_quality: int
    label: str
    still: bool

    def of_image(self, image: Image) -> Signal:
        """Fingerprint one picture."""

    def parse(self, text: str) -> bytes:
        """
        Read the value as it is sent (lower- or upper-case hex).

        Raises:
            SignalValueError: If it is not a value of this type.
        """

    def format(self, value: bytes) -> str:
        """Write the value as it is sent."""
