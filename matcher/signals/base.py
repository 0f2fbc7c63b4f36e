"""
What a signal is, and what a signal type says of itself: the one row others loop over.

Invariant: a type's name carries its version (`pdq/1`). If one output bit can change, it is a new version beside the
old, because stored signals outlive the code that made them. Nobody outside `matcher/signals` asks for a type by its
name to learn how it is searched or what its agreement is worth: the row says it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar

import numpy as np

from matcher.distance import as_codes
from matcher.media import Image
from matcher.signals.hexadecimal import parse_hex
from matcher.signals.turning.orientations import turned_pixels
from matcher.signals.turning.variants import Turned, Variants, View
from matcher.thresholds import MINIMUM_QUALITY

_LONGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Signal:
    """
    One fingerprint, as it is stored, searched and sent.

    Args:
        type: Name with version, a key of `SIGNAL_TYPES`: ``"pdq/1"``.

        value: The packed bytes, most significant bit first: of a hash, as many as its type is wide.

        quality: 0..100, how much the value can be trusted; None where the type has no such measure or the sender gave
            none.
    """

    type: str
    value: bytes
    quality: int | None = None


class Searched(Enum):
    """
    How the values of a type are looked for.

    Attributes:
        HAMMING: All values within `threshold` bits, exactly. Each picture is given one, and a picture is asked for by
            every such type in each of its variants.

        RANKED: By votes of keypoints, the likeliest first: `local/1`, a value by itself or scene by scene.

        FLOAT: By the angle between vectors. No index here takes such values: they are stored and sent, not found.

        NONE: Not as the value it is; `SignalType.searched_as` says what is looked for in its place, if anything.
    """

    HAMMING = "hamming"
    RANKED = "ranked"
    FLOAT = "float"
    NONE = "none"


class Worth(Enum):
    """
    What it is worth that two values of a type agree.

    Attributes:
        PROOF: The same file, whatever else is known.

        OPINION: One independent opinion. Two that agree under one transformation are enough to act on.

        HINT: No opinion that is counted: alone it is a weak resemblance, which a person looks at.
    """

    PROOF = "proof"
    OPINION = "opinion"
    HINT = "hint"


class SignalType(ABC):
    """
    One row of `SIGNAL_TYPES`: how a fingerprint is made, read, written and searched, and what its agreement is worth.

    A hash of still pictures says its name, label, width, threshold and `of_image`; the rest is as given here. What is
    computed in the processes that decode is sent there as the row itself, so its class must be importable by name.

    Attributes:
        name: With version, as stored and sent.

        label: What a person reads in a console or a table.

        bits: Width of a hash, a multiple of 8; of other types that of one frame, or the most there may be.

        threshold: Search radius: the largest Hamming distance, in bits, at which two values agree (inclusive).

        searched: How it is looked for.

        worth: What it is worth that two values agree.

        minimum_quality: Below this quality (0..100) an agreement is not enough to act on. A quality nobody knows
            counts as good.

        optional: Whether it is taken only where the operator names it (`STAYDOWN_SIGNALS`).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    bits: ClassVar[int]
    threshold: ClassVar[int]
    searched: ClassVar[Searched] = Searched.HAMMING
    worth: ClassVar[Worth] = Worth.HINT
    minimum_quality: ClassVar[int] = MINIMUM_QUALITY
    optional: ClassVar[bool] = False

    @abstractmethod
    def of_image(self, image: Image) -> Signal:
        """Fingerprint one picture: the value that is stored. A hash looks at `image.canonical`."""

    def turned(self, image: Image, *, with_inverted: bool) -> Turned:
        """
        Hash a picture in its 8 orientations; by default by turning its pixels and hashing each.

        Args:
            image: What to look at is its `canonical`.

            with_inverted: Whether to add the same 8 with colours inverted.
        """
        pictures = list(turned_pixels(image.canonical))
        if with_inverted:
            pictures += [255 - pixels for pixels in pictures]
        upright = (np.ascontiguousarray(pixels) for pixels in pictures)
        signals = [self.of_image(replace(image, canonical=pixels, pixels=pixels)) for pixels in upright]
        return Turned(np.concatenate([as_codes(signal.value) for signal in signals]), signals[0].quality)

    def variants(self, views: Sequence[View]) -> Variants:
        """
        Return the values a picture is asked for by; row 0 is that of `of_image`.

        Args:
            views: The picture as it is, then what is inside its border and how else programs show it.
        """
        return Variants.of_views(views, [self.turned(view.image, with_inverted=view.inverted) for view in views])

    def searched_as(self, signal: Signal) -> Sequence[Signal]:
        """Return what an index holds of a value: the value itself."""
        return (signal,)

    def parse(self, text: str) -> bytes:
        """
        Read the value as it is sent: hex, lower- or upper-case, exactly as wide as the type.

        Raises:
            SignalValueError: If it is not a value of this type.
        """
        return parse_hex(text, name=self.name, bits=self.bits)

    def check(self, value: bytes) -> None:
        """
        Accept a value that was not made here, as wide and as well-formed as the type says.

        Raises:
            SignalValueError: If it is not a value of this type.
        """
        self.parse(self.format(value))

    def format(self, value: bytes) -> str:
        """Write the value as it is sent: lower-case hex."""
        return value.hex()

    def shown(self, value: bytes) -> str:
        """Write the value for a person: whole, or what fits a line and how long it is."""
        text = self.format(value)
        return text if len(text) <= _LONGEST_SHOWN else f"{text[:32]}… {len(value):,} bytes; --json has all"
