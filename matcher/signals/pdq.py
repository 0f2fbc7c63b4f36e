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
from matcher.signals.base import Signal, SignalType, Worth
from matcher.signals.turning.pdq_turns import pdq_turns
from matcher.signals.turning.variants import Turned
from matcher.thresholds import PDQ_MAX_DISTANCE


class Pdq(SignalType):
    """PDQ of a picture, one of the two opinions that decide; its quality says how much the picture shows."""

    name = "pdq/1"
    bits = 256
    threshold = PDQ_MAX_DISTANCE
    label = "Look-alike (PDQ)"
    worth = Worth.OPINION

    def of_image(self, image: Image) -> Signal:
        """Hash the canonical picture; quality is 0..100 (0: one colour)."""
        bits, quality = pdqhash.compute(image.canonical)
        return Signal(self.name, np.packbits(bits).tobytes(), int(quality))

    def turned(self, image: Image, *, with_inverted: bool) -> Turned:
        """Hash the 8 orientations by one look at the pixels."""
        found = pdq_turns(image.canonical)
        # Inverting a picture changes the sign of every coefficient PDQ looks at, and so every bit.
        codes = np.concatenate([found.codes, ~found.codes]) if with_inverted else found.codes
        return Turned(codes, found.quality)
