"""
Edits that move pixels: mirrors, turns, crops, borders, squeezes, perspective.

Invariant: no pixel is drawn over; what is lost is lost at the edges.
"""

import cv2
import numpy as np

from benchmarks.copies.edits.base import Pixels, Surroundings


def mirror(photo: Pixels, _: Surroundings, *, axis: int = 1) -> Pixels:
    """Mirror left-right (axis 1) or top-bottom (axis 0)."""
    return np.ascontiguousarray(np.flip(photo, axis))


def quarter_turns(photo: Pixels, _: Surroundings, *, turns: int) -> Pixels:
    """Turn by `turns` × 90° to the left."""
    return np.ascontiguousarray(np.rot90(photo, turns))


def rotate(photo: Pixels, around: Surroundings, *, degrees: float, fill: bool) -> Pixels:
    """Turn by `degrees` either way: whole on a black ground (`fill`), or cut to the largest upright rectangle."""
    angle = degrees if around.rng.random() < 0.5 else -degrees
    height, width = photo.shape[:2]
    cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    if fill:
        new_width, new_height = int(width * cos + height * sin), int(width * sin + height * cos)
    else:
        new_width, new_height = _largest_upright(width, height, float(cos), float(sin))
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    matrix[:, 2] += [(new_width - width) / 2, (new_height - height) / 2]
    return cv2.warpAffine(photo, matrix, (new_width, new_height), flags=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def crop(photo: Pixels, around: Surroundings, *, area: float) -> Pixels:
    """Keep `area` (0..1) of the picture, anywhere, its shape a little changed."""
    height, width = photo.shape[:2]
    squeeze = np.exp(around.rng.uniform(-0.2, 0.2))
    keep_width = min(width, max(16, int(width * np.sqrt(area) * squeeze)))
    keep_height = min(height, max(16, int(area * width * height / keep_width)))
    left = int(around.rng.integers(width - keep_width + 1))
    top = int(around.rng.integers(height - keep_height + 1))
    return photo[top : top + keep_height, left : left + keep_width].copy()


def border(photo: Pixels, _: Surroundings, *, share: float, value: int) -> Pixels:
    """Add a plain border of `share` of the longer side."""
    size = int(share * max(photo.shape[:2]))
    return np.pad(photo, ((size, size), (size, size), (0, 0)), constant_values=value)


def square_on_blur(photo: Pixels, _: Surroundings) -> Pixels:
    """Fit the picture into a square whose ground is the picture itself, enlarged and blurred."""
    height, width = photo.shape[:2]
    side = max(height, width)
    ground = cv2.GaussianBlur(cv2.resize(photo, (side, side)), (0, 0), side / 25)
    top, left = (side - height) // 2, (side - width) // 2
    ground[top : top + height, left : left + width] = photo
    return ground.astype(np.uint8, copy=False)


def squeeze(photo: Pixels, _: Surroundings, *, factor: float) -> Pixels:
    """Scale the width alone by `factor`."""
    return cv2.resize(photo, None, fx=factor, fy=1, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def perspective(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Move each corner inwards by up to `share` of each side and at least a third of that; the ground is dark grey."""
    height, width = photo.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    moved = corners + inwards * around.rng.uniform(share / 3, share, (4, 2)) * [width, height]
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(
        photo, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=(40, 40, 40)
    ).astype(np.uint8, copy=False)


def _largest_upright(width: int, height: int, cos: float, sin: float) -> tuple[int, int]:
    """Return the largest upright rectangle inside a turned one (the standard two-case solution)."""
    long, short = max(width, height), min(width, height)
    if short <= 2 * sin * cos * long:
        half = 0.5 * short
        size = (half / sin, half / cos) if width >= height else (half / cos, half / sin)
    else:
        double = cos * cos - sin * sin
        size = ((width * cos - height * sin) / double, (height * cos - width * sin) / double)
    return max(16, int(size[0])), max(16, int(size[1]))
