"""
Edits that put the picture into a layout people post: a polaroid, a story, a player, a window, a pair to compare.

Invariant: the picture is whole, upright and one part of a larger one, whose other parts are strange.
"""

import cv2
import numpy as np

from benchmarks.copies.edits.base import Pixels, Surroundings
from benchmarks.copies.edits.overlays import sentence, write


def polaroid(photo: Pixels, around: Surroundings) -> Pixels:
    """Frame it in off-white, wider below, with words, and lay it a little askew on wood-like ground."""
    height, width = photo.shape[:2]
    edge = max(4, width // 16)
    card = np.full((height + 5 * edge, width + 2 * edge, 3), (246, 244, 238), np.uint8)
    card[edge : edge + height, edge : edge + width] = photo
    write(card, sentence(around.rng, 3), (edge, height + 2 * edge, width + edge, height + 4 * edge), (60, 60, 70), 0)
    angle = float(around.rng.uniform(3, 8)) * (1 if around.rng.random() < 0.5 else -1)
    size = (int(card.shape[1] * 1.25), int(card.shape[0] * 1.25))
    matrix = cv2.getRotationMatrix2D((card.shape[1] / 2, card.shape[0] / 2), angle, 1.0)
    matrix[:, 2] += [(size[0] - card.shape[1]) / 2, (size[1] - card.shape[0]) / 2]
    rows = 120 + 18 * np.sin(np.arange(size[1]) / 7)[:, None] + around.rng.normal(0, 4, (size[1], size[0]))
    ground = np.clip(rows[..., None] * [1.0, 0.75, 0.5], 0, 255).astype(np.uint8)
    laid = cv2.warpAffine(card, matrix, size, flags=cv2.INTER_CUBIC)
    inside = cv2.warpAffine(np.full(card.shape[:2], 255, np.uint8), matrix, size) > 127
    return np.where(inside[..., None], laid, ground).astype(np.uint8)


def story(photo: Pixels, around: Surroundings) -> Pixels:
    """Set it into a template of 9:16: a coloured ground, the picture in the middle, a heading and stickers."""
    width, height = 720, 1280
    top_colour, low_colour = around.rng.uniform(60, 230, (2, 3))
    share = np.linspace(0, 1, height)[:, None, None]
    sheet = np.broadcast_to(top_colour * (1 - share) + low_colour * share, (height, width, 3)).astype(np.uint8)
    shown = _fitted(photo, int(0.86 * width), int(0.6 * height))
    top, left = (height - shown.shape[0]) // 2, (width - shown.shape[1]) // 2
    sheet = sheet.copy()
    sheet[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    write(sheet, sentence(around.rng, 4), (40, 90, width - 40, 230), (255, 255, 255), 2)
    write(sheet, "@" + sentence(around.rng, 1), (40, height - 160, width - 40, height - 90), (255, 255, 255), 1)
    for _ in range(5):
        at = (int(around.rng.integers(width)), int(around.rng.integers(height)))
        cv2.circle(sheet, at, 34, (255, 210, 70), -1, cv2.LINE_AA)
    return sheet


def reaction(photo: Pixels, around: Surroundings) -> Pixels:
    """Put somebody else's picture, a third as wide, into a lower corner, framed."""
    out = photo.copy()
    height, width = out.shape[:2]
    other = _fitted(around.stranger(), width // 3, height // 3)
    left = 6 if around.rng.random() < 0.5 else width - other.shape[1] - 6
    top = height - other.shape[0] - 6
    out[top : top + other.shape[0], left : left + other.shape[1]] = other
    cv2.rectangle(out, (left, top), (left + other.shape[1] - 1, top + other.shape[0] - 1), (255, 255, 255), 3)
    return out


def compared_with(photo: Pixels, around: Surroundings) -> Pixels:
    """Lay it beside a stranger of the same height under the words before and after."""
    other = around.stranger()
    height = 480
    sides = [_as_high(photo, height), _as_high(other, height)]
    sides = sides if around.rng.random() < 0.5 else sides[::-1]
    sheet = np.full((height + 70, sides[0].shape[1] + sides[1].shape[1] + 12, 3), 20, np.uint8)
    left = 0
    for word, side in zip(("BEFORE", "AFTER"), sides, strict=True):
        sheet[70 : 70 + side.shape[0], left : left + side.shape[1]] = side
        write(sheet, word, (left + 6, 8, left + side.shape[1] - 6, 62), (255, 255, 255), 0)
        left += side.shape[1] + 12
    return sheet


def player(photo: Pixels, around: Surroundings) -> Pixels:
    """Show it paused in a player: bars above and below, a large triangle in the middle, a line of time."""
    shown = _fitted(photo, 960, 640)
    sheet = np.zeros((shown.shape[0] + 160, max(960, shown.shape[1]), 3), np.uint8)
    left = (sheet.shape[1] - shown.shape[1]) // 2
    sheet[70 : 70 + shown.shape[0], left : left + shown.shape[1]] = shown
    x, y = sheet.shape[1] // 2, 70 + shown.shape[0] // 2
    cv2.circle(sheet, (x, y), 54, (30, 30, 30), -1, cv2.LINE_AA)
    cv2.fillPoly(sheet, [np.array([[x - 18, y - 28], [x - 18, y + 28], [x + 32, y]], np.int32)], (255, 255, 255))
    low = 70 + shown.shape[0]
    cv2.line(sheet, (30, low + 30), (sheet.shape[1] - 30, low + 30), (120, 120, 120), 6)
    reached = 30 + int(around.rng.uniform(0.1, 0.9) * (sheet.shape[1] - 60))
    cv2.line(sheet, (30, low + 30), (reached, low + 30), (220, 40, 40), 6)
    write(sheet, sentence(around.rng, 6), (30, 10, sheet.shape[1] - 30, 60), (230, 230, 230), 0)
    return sheet


def desktop(photo: Pixels, around: Surroundings) -> Pixels:
    """Show it in a window on a desktop whose ground is a stranger, with icons and a bar."""
    width, height = 1600, 900
    sheet = cv2.resize(around.stranger(), (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    shown = _fitted(photo, 900, 620)
    left = int(around.rng.integers(60, width - shown.shape[1] - 60))
    top = int(around.rng.integers(60, max(61, height - shown.shape[0] - 110)))
    sheet[top - 40 : top, left : left + shown.shape[1]] = (225, 225, 228)
    write(sheet, sentence(around.rng, 3), (left + 90, top - 38, left + shown.shape[1] - 10, top - 2), (30, 30, 30), 0)
    for place, colour in enumerate(((230, 90, 80), (230, 190, 70), (90, 190, 90))):
        cv2.circle(sheet, (left + 20 + 24 * place, top - 20), 8, colour, -1, cv2.LINE_AA)
    sheet[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    sheet[height - 48 :] = (32, 34, 40)
    return sheet


def _fitted(photo: Pixels, width: int, height: int) -> Pixels:
    """Scale it to fit into a box."""
    factor = min(width / photo.shape[1], height / photo.shape[0])
    size = (max(1, int(photo.shape[1] * factor)), max(1, int(photo.shape[0] * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(photo, size, interpolation=method).astype(np.uint8, copy=False)


def _as_high(photo: Pixels, height: int) -> Pixels:
    return _fitted(photo, 10 * height, height)
