"""
TRAPS: pairs of pictures that look alike and are no copies of each other.

What a matcher of local features falls for: text, repeated patterns, one template, one logo, one app around different
pictures. Each trap makes a reference and a question from a seed; a match is never `near`, and what is `partial` is
counted. Templates and logos do share pixels: there `partial` is a fair answer, `near` is not.
"""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.copies.edits import Pixels, Surroundings
from benchmarks.copies.edits.compositions import phone_screenshot
from benchmarks.copies.edits.overlays import meme_text, sentence, write

Trap = Callable[[Surroundings], tuple[Pixels, Pixels]]
_SIDES = (480, 640)


def text_pages(around: Surroundings) -> tuple[Pixels, Pixels]:
    """Two screenshots of different text in one layout and one font."""
    return _page(around.rng), _page(around.rng)


def one_template(around: Surroundings) -> tuple[Pixels, Pixels]:
    """One meme picture with different text above and below."""
    photo = around.stranger()
    return meme_text(photo, around), meme_text(photo, around)


def one_app(around: Surroundings) -> tuple[Pixels, Pixels]:
    """Screenshots of one app showing different pictures."""
    first, second = _two(around)
    return phone_screenshot(first, around, dark=False), phone_screenshot(second, around, dark=False)


def one_logo(around: Surroundings) -> tuple[Pixels, Pixels]:
    """One logo in the corner of different pictures."""
    mark = _logo(around.rng, 90)
    made = []
    for photo in _two(around):
        out = cv2.resize(photo, (480, 360)).astype(np.uint8)
        out[:90, -90:] = mark
        made.append(out)
    return made[0], made[1]


def one_frame(around: Surroundings) -> tuple[Pixels, Pixels]:
    """One ornamental frame around different pictures."""
    made = []
    for photo in _two(around):
        out = np.full((480, 640, 3), 230, np.uint8)
        for offset in range(6, 40, 6):
            cv2.rectangle(out, (offset, offset), (639 - offset, 479 - offset), (120, 90, 40), 2)
        out[50:430, 50:590] = cv2.resize(photo, (540, 380))
        made.append(out)
    return made[0], made[1]


def flags(around: Surroundings) -> tuple[Pixels, Pixels]:
    """Two flags of three bars in different colours."""
    return _flag(around.rng), _flag(around.rng)


def gradients(around: Surroundings) -> tuple[Pixels, Pixels]:
    """Two smooth grounds."""
    return _gradient(around.rng), _gradient(around.rng)


def plain(around: Surroundings) -> tuple[Pixels, Pixels]:
    """Two pictures of one colour each."""
    first, second = (np.full((*_SIDES, 3), around.rng.integers(0, 256, 3), np.uint8) for _ in range(2))
    return first, second


def brick_walls(around: Surroundings) -> tuple[Pixels, Pixels]:
    """Two walls of the same bricks with other stains."""
    return _bricks(around.rng), _bricks(around.rng)


def chessboards(around: Surroundings) -> tuple[Pixels, Pixels]:
    """One repeated pattern in two sizes."""
    made = []
    for side in (28, 36):
        rows, columns = np.mgrid[0:480, 0:640] // side
        board = np.where(((rows + columns) % 2)[..., None] == 0, 40, 215)
        made.append(np.clip(board + around.rng.normal(0, 4, (480, 640, 3)), 0, 255).astype(np.uint8))
    return made[0], made[1]


def one_background(around: Surroundings) -> tuple[Pixels, Pixels]:
    """Two products on one textured background, as a shop photographs them."""
    first, second = _two(around)
    ground = cv2.resize(around.stranger(), (640, 480)).astype(np.uint8)
    made = []
    for photo in (first, second):
        out = ground.copy()
        out[60:420, 120:520] = cv2.resize(photo, (400, 360))
        made.append(out)
    return made[0], made[1]


def _two(around: Surroundings) -> tuple[Pixels, Pixels]:
    first, second = around.rng.choice(len(around.strangers), 2, replace=False)
    return around.strangers[int(first)], around.strangers[int(second)]


def _page(rng: np.random.Generator) -> Pixels:
    page = Image.new("RGB", (720, 960), (255, 255, 255))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(24)
    for line in range(26):
        pen.text((40, 40 + 34 * line), sentence(rng, int(rng.integers(5, 10)))[:52], fill=(15, 15, 15), font=font)
    return np.asarray(page)


def _logo(rng: np.random.Generator, side: int) -> Pixels:
    mark = np.full((side, side, 3), 255, np.uint8)
    cv2.circle(mark, (side // 2, side // 2), side // 2 - 4, (200, 30, 40), -1, cv2.LINE_AA)
    write(mark, sentence(rng, 1).upper()[:5], (6, side // 4, side - 6, 3 * side // 4), (255, 255, 255), 0)
    return mark


def _flag(rng: np.random.Generator) -> Pixels:
    bars = rng.integers(0, 256, (3, 3))
    return np.repeat(np.repeat(bars[:, None], 480, axis=1), 107, axis=0).astype(np.uint8)


def _gradient(rng: np.random.Generator) -> Pixels:
    corners = rng.uniform(0, 255, (2, 2, 3))
    return np.clip(cv2.resize(corners, (640, 480), interpolation=cv2.INTER_LINEAR), 0, 255).astype(np.uint8)


def _bricks(rng: np.random.Generator) -> Pixels:
    wall = np.full((480, 640, 3), 175, np.uint8)
    for row in range(16):
        for column in range(-1, 9):
            left, top = column * 80 + (row % 2) * 40, row * 30
            shade = (150 + int(rng.normal(0, 9)), 70 + int(rng.normal(0, 7)), 50)
            cv2.rectangle(wall, (left + 3, top + 3), (left + 76, top + 26), shade, -1)
    stains = cv2.resize(rng.normal(0, 10, (12, 16, 3)), (640, 480), interpolation=cv2.INTER_CUBIC)
    return np.clip(wall + stains + rng.normal(0, 5, wall.shape), 0, 255).astype(np.uint8)


TRAPS: dict[str, Trap] = {
    "text pages": text_pages,
    "one meme template": one_template,
    "one app": one_app,
    "one logo": one_logo,
    "one frame": one_frame,
    "one background": one_background,
    "flags": flags,
    "gradients": gradients,
    "plain colours": plain,
    "brick walls": brick_walls,
    "chessboards": chessboards,
}
