"""
Every pixel layout a codec may hand over -> 8-bit RGB, as a viewer shows it on white.

Some files look different in different programs: transparency is shown on white, on black, or dropped, and 16-bit greys
are scaled or clipped. `readings` gives the one signals are made from first, then the others, so that a copy made by
such a program is still found (and a picture cannot be hidden in the difference).

Invariant: whatever the layout, the result has mode RGB and the size of the input. Only `decode.py` calls this.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

Picture: TypeAlias = PillowImage.Image


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One way a program may show a picture.

    Args:
        name: As evidence says it: ``"as is"``, ``"without transparency"``.

        picture: Mode RGB.
    """

    name: str
    picture: Picture


WITHOUT_TRANSPARENCY = "without transparency"
GREYS_CLIPPED = "16-bit greys clipped"


def exchanged_reading(picture: Picture) -> str | None:
    """
    Name the reading whose PDQ the field publishes and exchanges for this layout; None where it is the first.

    The published vectors for grey with transparency and for 16-bit greys (github facebook/ThreatExchange, LA.png and
    I16.png) are those of Pillow's plain conversion: transparency dropped, greys clipped. It shows such pictures as
    nobody sees them, so it is stored beside what a viewer shows, not instead.

    Args:
        picture: As loaded, of any mode.
    """
    if picture.mode == "LA":
        return WITHOUT_TRANSPARENCY
    return GREYS_CLIPPED if picture.mode.startswith("I;16") else None


def readings(picture: Picture) -> Iterator[Reading]:
    """
    Show a loaded picture in each way that differs, one at a time: each can be as large as the picture.

    Args:
        picture: A picture of any mode.
    """
    if picture.has_transparency_data and picture.mode != "I;16":
        yield from _transparent(picture if picture.mode == "RGBA" else picture.convert("RGBA"))
    elif picture.mode.startswith("I;16"):
        greys = np.asarray(picture)
        # The high byte is what codecs keep of 16-bit colour, too.
        yield Reading("as is", _grey(greys >> 8))
        yield Reading(GREYS_CLIPPED, _grey(greys.clip(0, 255)))
    elif picture.mode in ("I", "F"):
        yield Reading("as is", _grey(_stretched(np.asarray(picture, dtype=np.float64))))
    else:
        yield Reading("as is", picture if picture.mode == "RGB" else picture.convert("RGB"))


def _transparent(picture: Picture) -> Iterator[Reading]:
    opacity = picture.getchannel("A")
    if opacity.getextrema() == (255, 255):
        yield Reading("as is", picture.convert("RGB"))
        return
    for name, ground in (("as is", "white"), ("transparency on black", "black")):
        canvas = PillowImage.new("RGB", picture.size, ground)
        canvas.paste(picture, mask=opacity)
        yield Reading(name, canvas)
    yield Reading(WITHOUT_TRANSPARENCY, picture.convert("RGB"))


def _grey(greys: npt.NDArray[np.generic]) -> Picture:
    return PillowImage.fromarray(greys.astype(np.uint8)).convert("RGB")


def _stretched(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """
    Scale values of no known range (32-bit integers, floats) so that the smallest is black and the largest white.

    Where all values are equal, the picture is black.
    """
    known = np.nan_to_num(values)
    low, high = float(known.min()), float(known.max())
    if low >= 0 and high <= 255:
        return known
    if low == high:
        return np.zeros_like(known)
    if math.isinf(high - low):  # infinities of both signs were made the largest numbers there are
        known, low, high = known / 2, low / 2, high / 2
    return (known - low) * (255 / (high - low))
