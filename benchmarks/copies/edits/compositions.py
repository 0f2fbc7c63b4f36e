"""
Edits that put the picture among other things: collages, insets, phone screenshots, a photo of a screen.

Invariant: the picture is one part of a larger one, whole unless its tile cuts it, and everything around it is strange.
"""

import cv2
import numpy as np

from benchmarks.copies.edits.base import Pixels, Surroundings
from benchmarks.copies.edits.overlays import sentence, write


def collage(photo: Pixels, around: Surroundings, *, tiles: int, cut: bool = False) -> Pixels:
    """Lay 2..9 pictures out in a grid: each squeezed a little to fit its tile, or cut to its shape (`cut`)."""
    columns = {2: 2, 3: 3, 4: 2, 6: 3, 9: 3}[tiles]
    rows = tiles // columns
    width, height, gap = 1080, int(1080 / columns * 0.75) * rows, 8
    tile_width, tile_height = width // columns, height // rows
    sheet = np.full((height, width, 3), 255, np.uint8)
    place = int(around.rng.integers(tiles))
    for tile in range(tiles):
        content = photo if tile == place else around.stranger()
        content = _cut_to(content, (tile_width - gap) / (tile_height - gap)) if cut else content
        top, left = (tile // columns) * tile_height + gap // 2, (tile % columns) * tile_width + gap // 2
        sheet[top : top + tile_height - gap, left : left + tile_width - gap] = _fit(
            content, tile_width - gap, tile_height - gap
        )
    return sheet


def inset(photo: Pixels, around: Surroundings, *, area: float) -> Pixels:
    """Paste the picture into a stranger 1,080 px wide so that it covers `area` (0..1) of it."""
    ground = around.stranger()
    width = 1080
    height = int(np.clip(width * ground.shape[0] / ground.shape[1], 600, 1440))
    sheet = _fit(ground, width, height)
    shape = photo.shape[1] / photo.shape[0]
    part_height = min(np.sqrt(area * width * height / shape), height - 2, (width - 2) / shape)
    part = _fit(photo, int(part_height * shape), int(part_height))
    top = int(around.rng.integers(height - part.shape[0] + 1))
    left = int(around.rng.integers(width - part.shape[1] + 1))
    sheet[top : top + part.shape[0], left : left + part.shape[1]] = part
    return sheet


def phone_screenshot(photo: Pixels, around: Surroundings, *, dark: bool, width_share: float = 1.0) -> Pixels:
    """Show the picture in an app on a phone of 1,080 × 2,160: bars, names, icons, comments, a stranger below."""
    width, height = 1080, 2160
    ground, ink = ((18, 18, 20), (235, 235, 235)) if dark else ((255, 255, 255), (20, 20, 20))
    screen = np.full((height, width, 3), ground, np.uint8)
    write(screen, "09:41", (30, 10, 220, 70), ink, 0)
    cv2.rectangle(screen, (960, 24), (1040, 58), ink, 3)
    cv2.circle(screen, (90, 180), 50, (200, 90, 120), -1, cv2.LINE_AA)
    write(screen, sentence(around.rng, 3), (150, 130, 700, 230), ink, 0)
    shown_width = int(width * width_share)
    shown = _fit(photo, shown_width, min(int(shown_width * photo.shape[0] / photo.shape[1]), 1300))
    top, left = 260, (width - shown_width) // 2
    screen[top : top + shown.shape[0], left : left + shown_width] = shown
    y = top + shown.shape[0] + 30
    for x in (60, 170, 280):
        cv2.circle(screen, (x, y + 40), 34, ink, 5, cv2.LINE_AA)
    y += 110
    while y < min(height - 500, 1700):
        write(screen, sentence(around.rng, 12), (40, y, width - 40, y + 110), ink, 0)
        y += 120
    below = _fit(around.stranger(), width, 800)
    screen[y:height] = below[: height - y]
    return screen


def photo_of_screen(photo: Pixels, around: Surroundings) -> Pixels:
    """Photograph the picture on a screen: pixel stripes and moiré, a slanted view, glare, blur, noise."""
    rng = around.rng
    shown = _fit(photo, 900, int(900 * photo.shape[0] / photo.shape[1])).astype(np.float64)
    height, width = shown.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    shown *= (0.9 + 0.1 * np.sin(2 * np.pi * (x * 0.31 + y * 0.045)))[..., None]
    shown *= (0.93 + 0.07 * np.sin(2 * np.pi * y * 0.47))[..., None]
    sheet_width, sheet_height = 1200, int(height * 1.4)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    middle = np.array([(sheet_width - width) / 2, (sheet_height - height) / 2], np.float32)
    slanted = (corners + middle + rng.uniform(-60, 60, (4, 2))).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, slanted)
    seen = cv2.warpPerspective(shown, matrix, (sheet_width, sheet_height), borderValue=(15, 15, 18))
    gy, gx = np.mgrid[0:sheet_height, 0:sheet_width]
    spot = rng.uniform(0.2, 0.8, 2) * [sheet_width, sheet_height]
    glare = np.exp(-((gx - spot[0]) ** 2 + (gy - spot[1]) ** 2) / (2 * (0.12 * sheet_width) ** 2))
    seen = cv2.GaussianBlur(seen, (0, 0), 1.0) * 0.9 + 110 * glare[..., None] + rng.normal(0, 5, seen.shape)
    return np.asarray(np.clip(np.round(seen), 0, 255), np.uint8)


def _fit(picture: Pixels, width: int, height: int) -> Pixels:
    method = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(picture, (max(1, width), max(1, height)), interpolation=method).astype(np.uint8, copy=False)


def _cut_to(picture: Pixels, shape: float) -> Pixels:
    """Cut the middle out so that width / height becomes `shape`."""
    height, width = picture.shape[:2]
    new_width, new_height = min(width, int(height * shape)), min(height, int(width / shape))
    top, left = (height - new_height) // 2, (width - new_width) // 2
    return picture[top : top + new_height, left : left + new_width]
