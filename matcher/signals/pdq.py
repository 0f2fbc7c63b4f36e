"""
`pdq/1`: Meta's PDQ, 256 bits and a quality, of the canonical picture.

Source: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", Meta 2019, and its reference code in
github facebook/ThreatExchange (pdq/cpp), as bound by `pdqhash`. Where we differ: pixels are upright, flattened on
white, and reduced to at most 512 px by area averaging first. `of_image` is the definition; `pdq_turns` computes the
same bits faster, with those of the turned picture beside them.

Bit order: bit 255 of the reference code comes first, so the hex is the one the industry exchanges.
"""

import numpy as np
import pdqhash

from matcher.media import Image
from matcher.signals.base import Signal
from matcher.signals.hexadecimal import parse_hex
from matcher.thresholds import MINIMUM_QUALITY, PDQ_MAX_DISTANCE


class Pdq:
    """A row of `SIGNAL_TYPES`."""

    name = "pdq/1"
    bits = 256
    threshold = PDQ_MAX_DISTANCE
    minimum_quality = MINIMUM_QUALITY
    label = "Look-alike (PDQ)"
    still = True

    def of_image(self, image: Image) -> Signal:
        """Hash the canonical picture; quality is 0..100 (0: one colour)."""
        bits, quality = pdqhash.compute(image.canonical)
        return Signal(self.name, np.packbits(bits).tobytes(), int(quality))

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
