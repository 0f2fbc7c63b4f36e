"""
Two previews as aligned line drawings: what a person compares, so that confirming a copy needs no photo.

    original     its lines, the places where both agree
    copy         its lines, the outline of the original in it, the same places in the same colours
    laid         the copy's lines, laid onto the original
    beneath      the original's lines alone, for laying the two over each other
    difference   where the two differ: a caption, a sticker, what was cut off

Invariant: pure, shows, decides nothing; judged by the functions that matches rest on. What takes the bytes of a preview
runs inside the sandbox.
"""

import colorsys
import io
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from matcher.local.alignment import Alignment, near_pairs
from matcher.local.evidence import evidence_of, lay
from matcher.local.lines import PAPER, line_drawing
from matcher.local.transforms import outline, scaling, transformed
from matcher.local.views import Form, view
from matcher.media import Pixels
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference

Drawings = tuple[tuple[str, bytes], ...]
"""PNG files, each with one of the names above."""

SMALL_PX: Final = 256
_SIDE_PX: Final = 512
_POINTS: Final = 28
_OUTLINE: Final = (224, 106, 0)
_DIFFERS: Final = (214, 40)
"""Red, and green and blue."""

_CUT_OFF: Final = (150, 158, 170)
_DIFFERENT_LEVEL: Final = 34.0
"""Of 255, once noise is smoothed away: recompressing changes less, a caption or a sticker more."""

_STRENGTH: Final = (0.85 * np.sqrt(np.clip((np.arange(256) - _DIFFERENT_LEVEL) / 60.0, 0.0, 1.0))).astype(np.float32)
"""How strongly a difference, 0..255, is coloured."""

_FEWER_LEVELS: Final = (np.rint(np.arange(256) / 51) * 51).astype(np.uint8)
"""As few greys as a drawing has: files stay small."""

_PNG: Final = (
    *(int(cv2.IMWRITE_PNG_COMPRESSION), 1),
    *(int(cv2.IMWRITE_PNG_STRATEGY), int(cv2.IMWRITE_PNG_STRATEGY_RLE)),
)
"""Lines are long runs of paper: more effort would make files little smaller."""


def draw_preview(preview: bytes) -> bytes:
    """
    Draw one preview in lines.

    Args:
        preview: A JPEG, whole.

    Returns:
        A PNG, whole.
    """
    return _png(line_drawing(_grey(_pixels(preview))))


def draw_small(preview: bytes) -> bytes:
    """
    Draw one preview in lines, as a contact sheet shows it beside many others.

    Args:
        preview: A JPEG, whole.

    Returns:
        A PNG, whole, at most `SMALL_PX` a side.
    """
    return _png(line_drawing(_grey(_pixels(preview, side_px=SMALL_PX))))


def draw_both(original: bytes, copy: bytes, *, first: str = Form.AS_IS.value) -> Drawings:
    """
    Draw a picture and what may be a copy of it.

    Args:
        original: The preview of the picture, a JPEG, whole.

        copy: The preview of what may be a copy.

        first: A value of `Form`: how the copy is tried first. Right, it saves the time of the others.

    Returns:
        All five; without `laid`, `beneath` and `difference` where nothing says how one lies on the other.
    """
    left, right = _pixels(original), _pixels(copy)
    known, asked = extract_reference(left), extract_query(right)
    below, above = line_drawing(_grey(left)), line_drawing(_grey(right))
    found = _aligned(asked, known, first)
    if found is None:
        return ("original", _png(below)), ("copy", _png(above))
    onto = _between(left, right, asked, known, found)
    ours, theirs = _points(left, right, asked, known, found)
    frame = transformed(onto, outline(left.shape[1], left.shape[0]))
    back, inside = _laid_back(_grey(right), onto, left.shape[:2], inverted=found.form.is_inverted)
    return (
        ("original", _png(_with_points(_coloured(below), ours))),
        ("copy", _png(_with_points(_with_outline(_coloured(above), frame), theirs))),
        ("laid", _png(_warped(above, onto, left.shape[:2]))),
        ("beneath", _png(below)),
        ("difference", _png(_difference(_grey(left), back, inside, below))),
    )


def rehearse(picture: bytes) -> None:
    """Load what drawing needs, as `sandbox/rehearsal.py` asks."""
    draw_both(picture, picture)


def _aligned(asked: QueryFeatures, known: LocalFeatures, first: str) -> Alignment | None:
    """Return how the original lies in the copy: as it is tried first, if that is a match, else as fits best."""
    found: list[tuple[float, Alignment]] = []
    for form in sorted(Form, key=lambda one: one.value != first):
        seen = view(asked, form)
        pairs = near_pairs(seen, known)
        laid = lay(asked, seen, known, pairs) if len(pairs) else None
        if laid is not None:
            evidence = evidence_of(asked, known, *laid)
            if evidence.strength is None:  # strangers can be laid onto each other, too: it shows nothing
                continue
            if form.value == first:
                return laid[0]
            found.append((evidence.score, laid[0]))
    return max(found, key=lambda each: each[0])[1] if found else None


def _between(
    left: Pixels, right: Pixels, asked: QueryFeatures, known: LocalFeatures, found: Alignment
) -> npt.NDArray[np.float64]:
    """Return the map, shape (3, 3), from pixels of the original's preview to pixels of the copy's."""
    return (
        scaling(asked.width, asked.height, right.shape[1], right.shape[0])
        @ found.matrix
        @ scaling(left.shape[1], left.shape[0], known.width, known.height)
    )


def _points(
    left: Pixels, right: Pixels, asked: QueryFeatures, known: LocalFeatures, found: Alignment
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return places that agree, in pixels of either preview, spread over the picture."""
    step = max(1, len(found.pairs) // _POINTS)
    pairs = found.pairs[:: step or 1][:_POINTS]
    to_left = scaling(known.width, known.height, left.shape[1], left.shape[0])
    to_right = scaling(asked.width, asked.height, right.shape[1], right.shape[0])
    return (
        transformed(to_left, known.keypoints.xy[pairs[:, 1]]),
        transformed(to_right, asked.keypoints.xy[pairs[:, 0]]),
    )


def _laid_back(
    grey: npt.NDArray[np.uint8], onto: npt.NDArray[np.float64], shape: tuple[int, ...], *, inverted: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Return the copy as it lies in the original's frame, and where it has anything to say there."""
    size = (shape[1], shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = cv2.warpPerspective(grey, onto, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.ones_like(grey), onto, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP) > 0
    return (255 - back if inverted else back).astype(np.uint8), inside


def _warped(
    lines: npt.NDArray[np.uint8], onto: npt.NDArray[np.float64], shape: tuple[int, ...]
) -> npt.NDArray[np.uint8]:
    """Return a drawing as it lies in the original's frame, on paper."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(lines, onto, (shape[1], shape[0]), flags=flags, borderValue=PAPER)
    fewer: npt.NDArray[np.uint8] = _FEWER_LEVELS[laid]
    return fewer


def _difference(
    original: npt.NDArray[np.uint8],
    back: npt.NDArray[np.uint8],
    inside: npt.NDArray[np.bool_],
    lines: npt.NDArray[np.uint8],
) -> Pixels:
    """Colour where two pictures differ, on faint lines of the original; hatch what the copy does not show."""
    if inside.any():  # another exposure or contrast is no difference that anybody looks for
        ours_of, theirs_of = (float(one) for one in (original[inside].mean(), back[inside].mean()))
        gain = float(np.clip(original[inside].std() / max(float(back[inside].std()), 1.0), 0.5, 2.0))
        back = cv2.convertScaleAbs(back, alpha=gain, beta=ours_of - gain * theirs_of).astype(np.uint8, copy=False)
    apart = cv2.GaussianBlur(cv2.absdiff(original, back), (0, 0), 2.2)
    strength = _STRENGTH[apart] * inside
    faint = (PAPER - (PAPER - lines) // 3).astype(np.float32)
    red, other = (faint + strength * (level - faint) for level in _DIFFERS)
    sheet: Pixels = cv2.merge([red, other, other]).astype(np.uint8)
    height, width = inside.shape
    hatched = (np.arange(height)[:, None] + np.arange(width)[None, :]) % 9 == 0
    sheet[hatched & ~inside] = _CUT_OFF
    return sheet


def _with_points(sheet: Pixels, places: npt.NDArray[np.float64]) -> Pixels:
    for number, (x, y) in enumerate(places):
        at = (round(float(x)), round(float(y)))
        cv2.circle(sheet, at, 5, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(sheet, at, 4, _colour(number, len(places)), -1, cv2.LINE_AA)
    return sheet


def _with_outline(sheet: Pixels, corners: npt.NDArray[np.float64]) -> Pixels:
    cv2.polylines(sheet, [np.rint(corners).astype(np.int32)], isClosed=True, color=_OUTLINE, thickness=3)
    return sheet


def _colour(number: int, of: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618 % 1.0 if of else 0.0, 0.85, 0.78)
    return round(red * 255), round(green * 255), round(blue * 255)


def _pixels(preview: bytes, *, side_px: int = _SIDE_PX) -> Pixels:
    picture = PillowImage.open(io.BytesIO(preview)).convert("RGB")
    picture.thumbnail((side_px, side_px))
    return np.asarray(picture)


def _grey(pixels: Pixels) -> npt.NDArray[np.uint8]:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def _coloured(grey: npt.NDArray[np.uint8]) -> Pixels:
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Encode RGB or grey."""
    ordered = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    return bytes(cv2.imencode(".png", ordered, _PNG)[1])
