"""
`sha256/1`: the bytes of the file. Equal means the same file; nothing is nearly equal.

Source: FIPS 180-4, by the standard library.
"""

from collections.abc import Sequence

from matcher.distance import as_codes
from matcher.media import Image
from matcher.signals.base import Signal, SignalType, Worth
from matcher.signals.turning.orientations import AS_IS
from matcher.signals.turning.variants import Variants, View


class Sha256(SignalType):
    """The digest of the file: proof where it is equal, and nothing where it is not."""

    name = "sha256/1"
    bits = 256
    threshold = 0
    label = "Same file (SHA-256)"
    worth = Worth.PROOF

    def of_image(self, image: Image) -> Signal:
        """Return the digest taken of the file before it was decoded."""
        return Signal(self.name, image.sha256)

    def variants(self, views: Sequence[View]) -> Variants:
        """Return the one value there is: the file's, however the picture in it is turned."""
        return Variants((AS_IS,), as_codes(views[0].image.sha256), (None,))
