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
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from matcher.local.alignment import Alignment, near_pairs
from matcher.local.evidence import evidence_of, lay
from matcher.local.showing.lines import LEVELS, PAPER, line_drawing
from matcher.local.transforms import outline, scaling, transformed
from matcher.local.views import Form, view
from matcher.media import Pixels
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference, readings

Region = Sequence[Sequence[float]]
"""An outline: four corners, each coordinate 0..1 of a picture's width and height."""

Drawings = tuple[tuple[str, bytes], ...]
"""PNG files, each with one of the names above."""

SMALL_PX: Final = 256
_SIDE_PX: Final = 512
_POINTS: Final = 28

_SAME_PLACE: Final = 0.04
"""Share of a side by which the corners of one outline may lie apart, found once in the files and once in previews."""

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""


def _bright(number: int) -> Colour:
    """Return a colour that is easily told from those of the numbers beside it."""
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618 % 1.0, 0.85, 0.78)
    return round(red * 255), round(green * 255), round(blue * 255)


def _reddened(level: int, strength: float) -> Colour:
    """Return a grey that was made faint, and red as strongly as 0..1."""
    faint = PAPER - (PAPER - level) // 3
    red, green, blue = (round(faint + strength * (to - faint)) for to in _DIFFERS)
    return red, green, blue


_DIFFERS: Final = (214, 40, 40)
_CUT_OFF: Final = (150, 158, 170)
_DIFFERENT_LEVEL: Final = 34.0
"""Of 255, once noise is smoothed away: recompressing changes less, a caption or a sticker more."""

_STEPS: Final = 8
_STEP: Final = np.rint((_STEPS - 1) * np.sqrt(np.clip((np.arange(256) - _DIFFERENT_LEVEL) / 60.0, 0.0, 1.0))).astype(
    np.uint8
)
"""How strongly a difference, 0..255, is coloured, in as many steps as are told apart."""

_STRONGEST: Final = 0.85

_GREY_OF: Final = np.rint(np.arange(256) / (PAPER / LEVELS)).astype(np.uint8)
"""Which of the greys that a drawing has is nearest to a level of 0..255, counted from the darkest."""

_GREYS: Final[tuple[Colour, ...]] = tuple((level, level, level) for level in range(0, PAPER + 1, PAPER // LEVELS))
_FEWER_LEVELS: Final = (_GREY_OF * (PAPER // LEVELS)).astype(np.uint8)
"""As few greys as a drawing has: files stay small."""

_COLOURS: Final[tuple[Colour, ...]] = (
    *_GREYS,
    (224, 106, 0),
    (255, 255, 255),
    *(_bright(number) for number in range(_POINTS)),
)
"""Of both sides: greys, that of the outline, that around points, and one for each point."""

_OUTLINE: Final = len(_GREYS)
_WHITE: Final = _OUTLINE + 1
_FIRST_POINT: Final = _WHITE + 1

_DIFFERENCE_COLOURS: Final[tuple[Colour, ...]] = (
    *(_reddened(level, _STRONGEST * step / (_STEPS - 1)) for level, _, _ in _GREYS for step in range(_STEPS)),
    _CUT_OFF,
)
"""Of the difference: each grey, made faint, in each step of red; last, that of the hatching."""

_ON_SHEET: Final = ("original", "copy", "difference")
_GAP_PX: Final = 8

_RUN_LENGTHS: Final = 3
"""zlib's strategy for runs, `Z_RLE`."""

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
    return png_of_lines(line_drawing(_grey(_pixels(preview))))


def draw_small(preview: bytes) -> bytes:
    """
    Draw one preview in lines, as a contact sheet shows it beside many others.

    Args:
        preview: A JPEG, whole.

    Returns:
        A PNG, whole, at most `SMALL_PX` a side.
    """
    return png_of_lines(line_drawing(_grey(_pixels(preview, side_px=SMALL_PX))))


def draw_both(original: bytes, copy: bytes, *, first: str = Form.AS_IS.value, region: Region | None = None) -> Drawings:
    """
    Draw a picture and what may be a copy of it.

    Args:
        original: The preview of the picture, a JPEG, whole.

        copy: The preview of what may be a copy.

        first: A value of `Form`: how the copy is tried first. Right, it saves the time of the others.

        region: Where the files themselves say that the original lies in the copy, as `LocalEvidence.region`: what
            previews are too small to be sure of is drawn where it lies there, too.

    Returns:
        All five; without `laid`, `beneath` and `difference` where nothing says how one lies on the other.
    """
    left, right = _pixels(original), _pixels(copy)
    known = extract_reference(left)
    below, above = line_drawing(_grey(left)), line_drawing(_grey(right))
    asked, found = _laid(extract_query(right), known, first, region)
    if found is None:
        return ("original", png_of_lines(below)), ("copy", png_of_lines(above))
    onto = _between(left, right, asked, known, found)
    ours, theirs = _points(left, right, asked, known, found)
    frame = transformed(onto, outline(left.shape[1], left.shape[0]))
    back, inside = _laid_back(_grey(right), onto, left.shape[:2], inverted=found.form.is_inverted)
    return (
        ("original", _png_in(_COLOURS, _with_points(_numbered(below), ours))),
        ("copy", _png_in(_COLOURS, _with_points(_with_outline(_numbered(above), frame), theirs))),
        ("laid", png_of_lines(_warped(above, onto, left.shape[:2]))),
        ("beneath", png_of_lines(below)),
        ("difference", _png_in(_DIFFERENCE_COLOURS, _difference(_grey(left), back, inside, below))),
    )


def draw_sheet(
    original: bytes | None, copy: bytes, *, first: str = Form.AS_IS.value, region: Region | None = None
) -> bytes:
    """
    Draw both sides and where they differ beside each other, as one picture to look at away from a page.

    Args:
        original: The preview of the reference; None where there is none: then the other is drawn alone.

        copy: The preview of the picture that is compared with it.

        first: As for `draw_both`.

        region: As for `draw_both`.

    Returns:
        A PNG, whole.
    """
    if original is None:
        return draw_preview(copy)
    drawn = dict(draw_both(original, copy, first=first, region=region))
    shown = [PillowImage.open(io.BytesIO(drawn[name])).convert("RGB") for name in _ON_SHEET if name in drawn]
    width = sum(one.width for one in shown) + _GAP_PX * (len(shown) - 1)
    sheet = PillowImage.new("RGB", (width, max(one.height for one in shown)), _CUT_OFF)
    left = 0
    for one in shown:
        sheet.paste(one, (left, 0))
        left += one.width + _GAP_PX
    written = io.BytesIO()
    sheet.save(written, "PNG", compress_level=1)
    return written.getvalue()


def rehearse(picture: bytes) -> None:
    """Load what drawing needs, as `sandbox/rehearsal.py` asks."""
    draw_both(picture, picture)


def _laid(
    copy: QueryFeatures, known: LocalFeatures, first: str, region: Region | None
) -> tuple[QueryFeatures, Alignment | None]:
    """Return how the original lies in the copy, and in which of its readings: the first in which it does."""
    for asked in readings(copy):
        found = _aligned(asked, known, first, region)
        if found is not None:
            return asked, found
    return copy, None


def _aligned(asked: QueryFeatures, known: LocalFeatures, first: str, region: Region | None = None) -> Alignment | None:
    """Return how the original lies in the copy: as it is tried first, if that is a match, else as fits best."""
    found: list[tuple[float, Alignment]] = []
    for form in sorted(Form, key=lambda one: one.value != first):
        seen = view(asked, form)
        pairs = near_pairs(seen, known)
        laid = lay(asked, seen, known, pairs) if len(pairs) else None
        if laid is not None:
            evidence = evidence_of(asked, known, *laid)
            is_where_known = form.value == first and region is not None and _is_near(evidence.region, region)
            if evidence.strength is None and not is_where_known:  # strangers can be laid onto each other, too
                continue
            if form.value == first:
                return laid[0]
            found.append((evidence.score, laid[0]))
    return max(found, key=lambda each: each[0])[1] if found else None


def _is_near(one: Region, other: Region) -> bool:
    """Tell whether two outlines are the same but for what is lost by making pictures small."""
    apart = np.abs(np.asarray(one) - np.asarray(other))
    return apart.shape == (4, 2) and bool(apart.max() <= _SAME_PLACE)


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
    return cv2.LUT(laid, _FEWER_LEVELS).astype(np.uint8, copy=False)


def _difference(
    original: npt.NDArray[np.uint8],
    back: npt.NDArray[np.uint8],
    inside: npt.NDArray[np.bool_],
    lines: npt.NDArray[np.uint8],
) -> npt.NDArray[np.uint8]:
    """
    Colour where two pictures differ, on faint lines of the original; hatch what the copy does not show.

    Returns:
        Numbers of `_DIFFERENCE_COLOURS`.
    """
    shown = inside.view(np.uint8)
    if shown.any():  # another exposure or contrast is no difference that anybody looks for
        ours, spread = (float(one[0, 0]) for one in cv2.meanStdDev(original, mask=shown))
        theirs, other_spread = (float(one[0, 0]) for one in cv2.meanStdDev(back, mask=shown))
        gain = float(np.clip(spread / max(other_spread, 1.0), 0.5, 2.0))
        back = cv2.convertScaleAbs(back, alpha=gain, beta=ours - gain * theirs).astype(np.uint8, copy=False)
    apart = cv2.GaussianBlur(cv2.absdiff(original, back), (0, 0), 2.2)
    sheet = _numbered(lines) * np.uint8(_STEPS) + cv2.LUT(apart, _STEP) * shown
    height, width = inside.shape
    every_ninth = np.arange(height + width - 1) % 9 == 0
    hatched = np.lib.stride_tricks.sliding_window_view(every_ninth, width)
    sheet[hatched & ~inside] = len(_DIFFERENCE_COLOURS) - 1
    return sheet


def _numbered(lines: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a drawing as numbers of greys."""
    return cv2.LUT(lines, _GREY_OF).astype(np.uint8, copy=False)


def _with_points(sheet: npt.NDArray[np.uint8], places: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Draw places that agree onto a sheet of numbers of `_COLOURS`: the same one in the same colour on both sides."""
    for number, (x, y) in enumerate(places):
        at = (round(float(x)), round(float(y)))
        cv2.circle(sheet, at, 5, _WHITE, -1)
        cv2.circle(sheet, at, 4, _FIRST_POINT + number, -1)
    return sheet


def _with_outline(sheet: npt.NDArray[np.uint8], corners: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    cv2.polylines(sheet, [np.rint(corners).astype(np.int32)], isClosed=True, color=_OUTLINE, thickness=3)
    return sheet


def _pixels(preview: bytes, *, side_px: int = _SIDE_PX) -> Pixels:
    picture = PillowImage.open(io.BytesIO(preview)).convert("RGB")
    picture.thumbnail((side_px, side_px))
    return np.asarray(picture)


def _grey(pixels: Pixels) -> npt.NDArray[np.uint8]:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def png_of_lines(grey: npt.NDArray[np.uint8]) -> bytes:
    """Encode a drawing, uint8 of shape (height, width), as a PNG."""
    return bytes(cv2.imencode(".png", grey, _PNG)[1])


def _png_in(colours: Sequence[Colour], sheet: npt.NDArray[np.uint8]) -> bytes:
    """Encode a sheet of numbers of colours: a third of the bytes of red, green and blue."""
    picture = PillowImage.fromarray(sheet, "P")
    picture.putpalette([part for colour in colours for part in colour])
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=1, compress_type=_RUN_LENGTHS)
    return written.getvalue()
