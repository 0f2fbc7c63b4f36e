"""
An animated GIF, WebP, AVIF or PNG -> frames, as a video has them.

Frames are composed as a viewer shows them, on white, and reduced like every picture. A file says how long each stays;
one that says nothing, or less than browsers obey, stays for a tenth of a second, as browsers have it.

Invariant: one frame is in memory at a time. The number of frames was checked when the picture was decoded.
"""

import io
from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image as PillowImage

from matcher.errors import UndecodableError
from matcher.media import CANONICAL_SIDE_PX, Frame, ImageFormat
from matcher.reading.flatten import readings
from matcher.reading.formats import FORMAT_NAMES

_DEFAULT_S = 0.1
_SHORTEST_S = 0.02


def animation_frames(data: bytes, format_: ImageFormat) -> Iterator[Frame]:
    """
    Read the frames of an animation.

    Args:
        data: The whole file, found to be decodable.

        format_: By content.

    Raises:
        UndecodableError: If a frame after the first is damaged.
    """
    picture = PillowImage.open(io.BytesIO(data), formats=[format_.upper()])
    time_s = 0.0
    for number in range(getattr(picture, "n_frames", 1)):
        try:
            picture.seek(number)
            picture.load()
        except (OSError, ValueError, EOFError, SyntaxError) as error:
            raise UndecodableError(
                f"frame {number} of the {FORMAT_NAMES[format_]} animation cannot be decoded ({error}); "
                "it is truncated or damaged. Send the whole file"
            ) from error
        shown_s = _duration_s(picture)
        shown = next(readings(picture)).picture.convert("L")
        longest = max(shown.size)
        grey = np.asarray(shown)
        if longest > CANONICAL_SIDE_PX:
            size = tuple(max(1, round(side * CANONICAL_SIDE_PX / longest)) for side in shown.size)
            grey = cv2.resize(grey, (size[0], size[1]), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        yield Frame(number, time_s, time_s + shown_s, grey, (shown.height, shown.width))
        time_s += shown_s


def _duration_s(picture: PillowImage.Image) -> float:
    stated = picture.info.get("duration", 0)
    seconds = float(stated) / 1000 if isinstance(stated, (int, float)) else 0.0
    return seconds if seconds >= _SHORTEST_S else _DEFAULT_S
