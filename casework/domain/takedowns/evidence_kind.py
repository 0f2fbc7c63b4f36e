"""
Which kind of evidence a match rests on: how sure, which signals agree, what was done to the picture.

Copies of one takedown that rest on the same kind are looked at together: whoever has seen some of them knows what the
others are. So the kind leaves out what differs from copy to copy: distances, places and percentages.

    near pdq/1+phash/1 mirrored        its key, as it is stored, sorted and grouped by

Invariant: pure, and short: the same match always has the same kind, and a key fits its column.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from casework.domain.takedowns.upload import Match
from matcher.comparing.comparison import Evidence
from matcher.signals.turning.orientations import AS_IS
from matcher.strength import Strength

KEY_LENGTH: Final = 160
"""Characters a key may have."""

_NO_SIGNAL: Final = "-"
_AMOUNTS: Final = re.compile(r",? ?covering \d+ %| ?\b(by|to) \d+(°| %( of its width)?)|\b\d+ % of it ")
"""What differs from one copy to the next: `rotated by 7°`, `cropped to 52 %`, `inset covering 8 % of …`."""


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """
    One kind of evidence.

    Args:
        strength: How sure.

        signals: Types of the signals that agree, in order; none where a post was named and never compared.

        transformation: What was done, without amounts: ``"mirrored, cropped"``; ``"as is"`` where nothing was.
    """

    strength: Strength
    signals: tuple[str, ...]
    transformation: str

    @property
    def key(self) -> str:
        """Its name, for columns and addresses."""
        return key_of(self.strength.value, self.signals, self.transformation)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """
        Read a key.

        Raises:
            ValueError: If no kind has it.
        """
        strength, signals, transformation = key.split(" ", 2)
        named = () if signals == _NO_SIGNAL else tuple(signals.split("+"))
        return cls(Strength(strength), named, transformation)


def key_of(strength: str, signals: Iterable[str], transformation: str) -> str:
    """Write the key of a kind: its strength, the signals that agree, and what was done, without amounts."""
    return f"{strength} {'+'.join(sorted(set(signals))) or _NO_SIGNAL} {transformation}"[:KEY_LENGTH]


def kind_of(match: Match) -> EvidenceKind:
    """Say which kind of evidence a match rests on."""
    agreeing = [one for one in match.evidence if one.agrees]
    return EvidenceKind(match.strength, tuple(sorted({one.signal for one in agreeing})), _transformation(agreeing))


def without_amounts(transformation: str) -> str:
    """Leave out the amounts of what was done: ``"mirrored, cropped to 52 %"`` becomes ``"mirrored, cropped"``."""
    return " ".join(_AMOUNTS.sub("", transformation).split()).replace(" ,", ",")


def _transformation(agreeing: Iterable[Evidence]) -> str:
    """Return what was done by the evidence that sees most: local features come last, and see crops and captions."""
    done = [one.transformation for one in agreeing if one.transformation != AS_IS]
    return without_amounts(done[-1]) if done else AS_IS
