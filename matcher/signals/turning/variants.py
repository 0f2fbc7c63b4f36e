"""
The ways one picture is looked at, and the values of one signal type in all of them.

Invariant: a name says what was done to the reference to arrive at the query; the value beside it is that of the query
with that undone. Types that look at pixels have the same names in the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.distance import Codes
from matcher.media import Image


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """
    One way to look at a picture: as it is, inside its border, or as another program shows it.

    Args:
        image: Its `canonical` is what hashes are taken of; 8 orientations are asked for.

        names: Of each value: those of the 8 orientations and, if `inverted`, 8 more.

        inverted: Whether the same is asked for with its colours inverted.
    """

    image: Image
    names: tuple[str, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """
    The hashes of one view.

    Args:
        codes: uint8, shape (8 or 16, bits // 8), in the order of `View.names`.

        quality: 0..100 of the picture as it is, or None where unknown.
    """

    codes: Codes
    quality: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """
    The values one signal type is searched with.

    Args:
        names: One for each row, distinct; row 0 is ``"as is"``.

        codes: uint8, shape (n, bits // 8), packed, most significant bit first.

        qualities: 0..100 for each row, or None where unknown.
    """

    names: tuple[str, ...]
    codes: Codes
    qualities: tuple[int | None, ...]

    @classmethod
    def of_views(cls, views: Sequence[View], turned: Sequence[Turned]) -> Self:
        """Put the hashes of several views, at least one, below each other."""
        return cls(
            names=tuple(name for view in views for name in view.names),
            codes=np.concatenate([one.codes for one in turned]),
            qualities=tuple(one.quality for one, view in zip(turned, views, strict=True) for _ in view.names),
        )
