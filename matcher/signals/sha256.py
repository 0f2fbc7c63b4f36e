"""
`sha256/1`: the bytes as uploaded. Equal means the same file; there is no nearly.

Source: FIPS 180-4, by the standard library.
"""

from matcher.media import Image
from matcher.signals.base import Signal
from matcher.signals.hexadecimal import parse_hex


class Sha256:
    """A row of `SIGNAL_TYPES`."""

    name = "sha256/1"
    bits = 256
    threshold = 0
    minimum_quality = 0
    label = "Same file (SHA-256)"
    still = True

    def of_image(self, image: Image) -> Signal:
        """Return the digest taken of the file before it was decoded."""
        return Signal(self.name, image.sha256)

    def parse(self, text: str) -> bytes:
        """
        Read 64 hex digits.

        Raises:
            SignalValueError: If it is anything else.
        """
        return parse_hex(text, name=self.name, bits=self.bits)

    def format(self, value: bytes) -> str:
        """Write 64 lower-case hex digits."""
        return value.hex()
