"""
An animated GIF, WebP, AVIF or PNG, or the pages of a TIFF or HEIC -> frames, as a video has them.

Frames are composed as a viewer shows them, on white, and reduced like every picture. A file says how long each stays;
one that says nothing, or less than browsers obey, stays for a tenth of a second, as in browsers.

Invariant: one frame is in memory at a time, and none is larger than the limit. The number of frames was checked when
the picture was decoded. Damage ends the frames, not the work, as it does in a video.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from PIL.ImageFile import ImageFile

from matcher.errors import TooManyPixelsError, UndecodableError
from matcher.media import CANONICAL_SIDE_PX, Frame, ImageFormat
from matcher.reading.decode import Limits, check_pixels, open_picture
from matcher.reading.flatten import Picture, readings
from matcher.reading.formats import FORMAT_NAMES

_DEFAULT_S = 0.1
_SHORTEST_S = 0.02


class AnimationReader:
    """
    The frames of one animation, in order, up to the first that is damaged. What follows it is drawn on top of it.

    Args:
        data: The whole file, of which the first frame was decoded.

        format_: The format that `sniff` named by content.

        frames: How many there are by its header.

        limits: What a frame may cost.

    Attributes:
        seen: Frames that could be read so far.

        seen_s: Seconds that they stay.

    Raises:
        UndecodableError: While iterating, if the first frame is damaged.
        TooManyPixelsError: While iterating, if a later frame is larger than the limit.
    """

    def __init__(self, data: bytes, format_: ImageFormat, *, frames: int, limits: Limits) -> None:
        self._data = data
        self._format = format_
        self._frames = frames
        self._limits = limits
        self.seen = 0
        self.seen_s = 0.0

    @property
    def duration_s(self) -> float:
        """Seconds that all frames stay; those that cannot be read are taken to stay as long as the others do."""
        return self.seen_s * self._frames / self.seen

    def __iter__(self) -> Iterator[Frame]:
        picture = open_picture(self._data, self._format)
        for number in range(self._frames):
            try:
                _go_to(picture, number)
                check_pixels(picture.size, self._limits)
                picture.load()
            except (MemoryError, TooManyPixelsError):
                raise
            except Exception as error:  # a codec may raise anything at all on damaged bytes; none of it is ours
                if number == 0:
                    raise UndecodableError(
                        f"the first frame of the {FORMAT_NAMES[self._format]} animation cannot be decoded ({error}); "
                        "it is truncated or damaged. Send the whole file"
                    ) from error
                return
            begin_s = self.seen_s
            self.seen, self.seen_s = number + 1, begin_s + _stays_s(picture)
            yield _frame(picture, number, (begin_s, self.seen_s))


def _go_to(picture: ImageFile, number: int) -> None:
    """Read where a frame lies; what its codec would refuse to decode, because it covers nothing, changes nothing."""
    picture.seek(number)
    extents = [tile.extents for tile in picture.tile if tile.extents is not None]
    if number and any(left >= right or top >= bottom for left, top, right, bottom in extents):
        picture.tile = []


def _frame(picture: Picture, number: int, stays: tuple[float, float]) -> Frame:
    shown = next(readings(picture)).picture.convert("L")
    longest = max(shown.size)
    grey = np.asarray(shown)
    if longest > CANONICAL_SIDE_PX:
        size = tuple(max(1, round(side * CANONICAL_SIDE_PX / longest)) for side in shown.size)
        grey = cv2.resize(grey, (size[0], size[1]), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return Frame(number, *stays, grey, (shown.height, shown.width))


def _stays_s(picture: Picture) -> float:
    stated = picture.info.get("duration", 0)
    seconds = float(stated) / 1000 if isinstance(stated, (int, float)) else 0.0
    return seconds if seconds >= _SHORTEST_S else _DEFAULT_S
