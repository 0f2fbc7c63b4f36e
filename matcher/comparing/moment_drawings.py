"""
The frames of the seconds in which two videos agree, as line drawings, each beside the other's frame of the same moment.

Of a video a preview of up to 3 × 3 frames is kept, and no more pixels: when a frame of it was shown is found out from
the hashes of all frames, which say their times. Both rows of what comes out:

    reference    0:02   0:05   0:09
    query        0:00   0:03   0:07       moments that lie on one line through both stretches

Invariant: pure, shows, decides nothing. What takes the bytes of a preview runs inside the sandbox.
"""

import io
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image as PillowImage

from matcher.comparing.drawings import png_of_lines
from matcher.comparing.drawings import rehearse as rehearse_drawings
from matcher.distance import hamming_matrix
from matcher.hashing.videos import TILES_A_SIDE
from matcher.local.showing.lines import line_drawing
from matcher.media import CANONICAL_SIDE_PX, Grey
from matcher.moments.timeline import Seconds
from matcher.reading.preview import PREVIEW_SIDE_PX
from matcher.signals.turning.pdq_turns import pdq_of_reduced
from matcher.signals.video import ROW, VideoFrames

Drawn = tuple[float, bytes]
"""A moment in seconds and its drawing, a PNG; ``(-1.0, b"")`` where no frame of that moment is kept."""

PlainClip = tuple[bytes, int, int, bytes, float, float]
"""The fields of a `Clip`, the span as two numbers: what goes into the sandbox is plain."""

NOTHING: Final[Drawn] = (-1.0, b"")

_SHOWN_PX: Final = 320
_SAME_FRAME_BITS: Final = 60
"""A frame that was made small and compressed differs by up to 40 bits from itself, another scene by 100 and more."""

_TOGETHER_S: Final = 1.0
"""How far apart two frames may be shown and count as one moment: frames of a query are up to a second apart."""

_UNLIKE: Final = 256
_SHORTEST_S: Final = 0.001

_BLACK: Final = 12
"""Grey levels: places of a preview that hold no frame are black."""


@dataclass(frozen=True, slots=True)
class Clip:
    """
    One video as it is kept, and the stretch of it that agrees.

    Args:
        preview: JPEG, whole: its frames in rows, the earliest first.

        width: Of the video, in pixels.

        height: Of the video.

        frames: Its `video/1` value.

        span_s: From when to when it agrees, in seconds.
    """

    preview: bytes
    width: int
    height: int
    frames: bytes
    span_s: Seconds


@dataclass(frozen=True, slots=True, eq=False)
class _Tile:
    """A frame of a preview: its moment in seconds, and its greys."""

    at_s: float
    grey: Grey


def draw_moments(reference: PlainClip, query: PlainClip) -> tuple[tuple[Drawn, Drawn], ...]:
    """
    Draw the frames of the seconds in which two videos agree.

    Args:
        reference: The one that is known.

        query: The one that may show some of it.

    Returns:
        Pairs of the reference's frame and the query's of one moment, in order of time. Where not one moment has a frame
        of both kept, those of either side alone.

    Raises:
        SignalValueError: If the frames of one are no `video/1` value.
    """
    above, below = _clip(reference), _clip(query)
    pairs = _paired(_tiles(above), _tiles(below), above.span_s, below.span_s)
    both = [pair for pair in pairs if None not in pair]
    return tuple((_drawn(one), _drawn(other)) for one, other in both or pairs)


def rehearse(picture: bytes) -> None:
    """Load what drawing needs, as `sandbox/rehearsal.py` asks: what drawings of pictures need, too."""
    rehearse_drawings(picture)
    still = (picture, _SHOWN_PX, _SHOWN_PX, bytes(ROW.itemsize), 0.0, 1.0)
    draw_moments(still, still)


def _clip(plain: PlainClip) -> Clip:
    preview, width, height, frames, begin_s, end_s = plain
    return Clip(preview, width, height, frames, (begin_s, end_s))


def _tiles(clip: Clip) -> list[_Tile]:
    """
    Cut a preview into its frames, and find when each was shown.

    Those of which that is not known are left out, and of what stands still all but the first.
    """
    sheet = np.asarray(PillowImage.open(io.BytesIO(clip.preview)).convert("L"))
    width, height = _fitted(clip, PREVIEW_SIDE_PX // TILES_A_SIDE)
    known = VideoFrames.from_bytes(clip.frames)
    found: list[_Tile] = []
    for top in range(0, sheet.shape[0] - height + 1, height):
        for left in range(0, sheet.shape[1] - width + 1, width):
            grey = np.ascontiguousarray(sheet[top : top + height, left : left + width])
            after_s = found[-1].at_s if found else 0.0
            at_s = None if grey.max() <= _BLACK else _moment(grey, _fitted(clip, CANONICAL_SIDE_PX), known, after_s)
            if at_s is not None and (not found or at_s > found[-1].at_s):
                found.append(_Tile(at_s, grey))
    return found


def _fitted(clip: Clip, side_px: int) -> tuple[int, int]:
    """Return width and height of a frame, made to fit."""
    shrink = min(1.0, side_px / max(clip.width, clip.height))
    return max(1, round(clip.width * shrink)), max(1, round(clip.height * shrink))


def _moment(grey: Grey, whole: tuple[int, int], known: VideoFrames, after_s: float) -> float | None:
    """Find when a frame of a preview was shown, at or after that of the one before; None where no hash is like it."""
    code = pdq_of_reduced(grey, (whole[1], whole[0]))
    distances = hamming_matrix(code[None, :], known.pdq)[0].astype(np.int64)
    distances[known.until_s < after_s] = _UNLIKE
    nearest = int(distances.argmin())
    return max(after_s, float(known.times_s[nearest])) if distances[nearest] <= _SAME_FRAME_BITS else None


def _paired(
    reference: list[_Tile], query: list[_Tile], reference_s: Seconds, query_s: Seconds
) -> list[tuple[_Tile | None, _Tile | None]]:
    """Bring the frames of one moment together, each once; frames outside of the stretches are left out."""
    pace = (reference_s[1] - reference_s[0]) / max(query_s[1] - query_s[0], _SHORTEST_S)

    def onto_reference(at_s: float) -> float:
        return reference_s[0] + (at_s - query_s[0]) * pace

    left = [one for one in reference if _is_within(one.at_s, reference_s)]
    columns: list[tuple[float, _Tile | None, _Tile | None]] = []
    for other in (one for one in query if _is_within(one.at_s, query_s)):
        at_s = onto_reference(other.at_s)
        near = min(left, key=lambda one: abs(one.at_s - at_s), default=None)
        if near is not None and abs(near.at_s - at_s) <= _TOGETHER_S:
            left.remove(near)
            columns.append((at_s, near, other))
        else:
            columns.append((at_s, None, other))
    columns += [(one.at_s, one, None) for one in left]
    return [(one, other) for _, one, other in sorted(columns, key=lambda column: column[0])]


def _is_within(at_s: float, span_s: Seconds) -> bool:
    return span_s[0] - _TOGETHER_S <= at_s <= span_s[1] + _TOGETHER_S


def _drawn(tile: _Tile | None) -> Drawn:
    if tile is None:
        return NOTHING
    height, width = tile.grey.shape
    larger = max(1.0, _SHOWN_PX / max(height, width))
    size = (round(width * larger), round(height * larger))
    shown = cv2.resize(tile.grey, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
    return tile.at_s, png_of_lines(line_drawing(shown))
