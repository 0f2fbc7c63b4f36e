"""
`imagehash-phash/1` and `imagehash-dhash/1`: what the library imagehash gives with its default size, 64 bits each.

For operators whose banks hold such hashes: both are optional, and alone only hints, because 64 bits tell few pictures
apart. Our own second opinion, four times as wide, is `phash/1`.

Source: imagehash 4.3, `phash(picture)` and `dhash(picture)`, called as its users call them. The picture it is given is
the canonical one: upright, flattened on white, RGB, and reduced to at most 512 px by area averaging first; imagehash
itself turns it grey (Pillow's "L") and reduces it further. That is the hash of the whole file for pictures of up to
512 px, and within a few bits of it for larger ones.

Bit order: row by row, most significant bit first, so the hex is the one `str()` of an imagehash hash shows.
"""

import imagehash
import numpy as np
from PIL import Image as PillowImage

from matcher.media import Image
from matcher.signals.base import Signal, SignalType
from matcher.thresholds import IMAGEHASH_DHASH_MAX_DISTANCE, IMAGEHASH_PHASH_MAX_DISTANCE


class ImagehashPHash(SignalType):
    """imagehash's DCT hash, optional and a hint: each bit tells whether a low frequency is above their median."""

    name = "imagehash-phash/1"
    bits = 64
    threshold = IMAGEHASH_PHASH_MAX_DISTANCE
    label = "imagehash pHash, 64 bits"
    optional = True

    def of_image(self, image: Image) -> Signal:
        """Hash the canonical picture; imagehash knows no quality."""
        return Signal(self.name, _packed(imagehash.phash(PillowImage.fromarray(image.canonical))))


class ImagehashDHash(SignalType):
    """imagehash's difference hash, optional and a hint: each bit tells whether it gets brighter to the right."""

    name = "imagehash-dhash/1"
    bits = 64
    threshold = IMAGEHASH_DHASH_MAX_DISTANCE
    label = "imagehash dHash, 64 bits"
    optional = True

    def of_image(self, image: Image) -> Signal:
        """Hash the canonical picture; imagehash knows no quality."""
        return Signal(self.name, _packed(imagehash.dhash(PillowImage.fromarray(image.canonical))))


def _packed(found: imagehash.ImageHash) -> bytes:
    return np.packbits(found.hash.flatten()).tobytes()
