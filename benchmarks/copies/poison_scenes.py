"""
Pictures that strangers have a part of in common: a logo, an app's frame, a caption card, a popular photo.

Each part is drawn once from a seed, as rich as real ones are, and laid onto photos. Invariant: two pictures made with
one part share its pixels and nothing else.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.copies.edits import Pixels
from benchmarks.copies.edits.overlays import sentence, write

LOGO_PX = 420
SCREEN = (1080, 1920)
"""Width and height of a phone's screen."""

_TOP, _SHOWN, _KEYS = 330, 900, 560
_CARD = (1080, 1350)
_CARD_TEXT = 560


@dataclass(frozen=True, slots=True)
class Window:
    """A picture with a hole in which a photo is shown: the part that many have in common lies around it."""

    around: Pixels
    left: int
    top: int
    width: int
    height: int

    def showing(self, photo: Pixels) -> Pixels:
        """Return the picture with a photo in its hole, cut to the hole's shape."""
        out = self.around.copy()
        out[self.top : self.top + self.height, self.left : self.left + self.width] = filling(
            photo, self.width, self.height
        )
        return out


def logo(rng: np.random.Generator) -> Pixels:
    """Draw a round mark with a name, rays and a border."""
    side = LOGO_PX
    mark = np.full((side, side, 3), 250, np.uint8)
    middle = (side // 2, side // 2)
    cv2.rectangle(mark, (6, 6), (side - 7, side - 7), _colour(rng), 10)
    for turn in rng.uniform(0, 2 * np.pi, 14):
        end = (int(middle[0] + 195 * np.cos(turn)), int(middle[1] + 195 * np.sin(turn)))
        cv2.line(mark, middle, end, _colour(rng), int(rng.integers(5, 16)), cv2.LINE_AA)
    cv2.circle(mark, middle, 130, _colour(rng), -1, cv2.LINE_AA)
    cv2.circle(mark, middle, 104, (255, 255, 255), 6, cv2.LINE_AA)
    write(mark, sentence(rng, 1).upper()[:6], (100, 170, 320, 250), (255, 255, 255), 0)
    return mark


def with_logo(photo: Pixels, mark: Pixels, rng: np.random.Generator, *, area: float) -> Pixels:
    """Lay a logo into a corner of a photo so that it covers `area` (0..1) of it."""
    out = photo.copy()
    height, width = out.shape[:2]
    side = min(int(np.sqrt(area * width * height)), height, width)
    top, left = (int(rng.integers(2)) * (height - side), int(rng.integers(2)) * (width - side))
    out[top : top + side, left : left + side] = cv2.resize(mark, (side, side), interpolation=cv2.INTER_AREA)
    return out


def app_frame(rng: np.random.Generator) -> Window:
    """Draw an app's screen on a phone: bars, a row of faces, buttons and a keyboard, with room for a photo."""
    width, height = SCREEN
    screen = np.full((height, width, 3), (246, 244, 250), np.uint8)
    screen[:110] = (64, 40, 120)
    write(screen, "09:41  " + sentence(rng, 2), (30, 20, 700, 90), (255, 255, 255), 0)
    for place in range(6):
        _face(screen, (100 + 175 * place, 215), rng)
    y = _TOP + _SHOWN
    for place in range(8):
        cv2.circle(screen, (80 + 130 * place, y + 55), 38, _colour(rng), int(rng.integers(3, 12)), cv2.LINE_AA)
        cv2.line(screen, (60 + 130 * place, y + 40), (105 + 130 * place, y + 75), _colour(rng), 6, cv2.LINE_AA)
    screen[height - _KEYS :] = (206, 208, 214)
    for row, keys in enumerate(("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")):
        wide = width // 10
        for place, key in enumerate(keys):
            left, top = row * wide // 2 + place * wide + 8, height - _KEYS + 30 + row * 130
            cv2.rectangle(screen, (left, top), (left + wide - 16, top + 110), (255, 255, 255), -1)
            write(screen, key, (left + 18, top + 15, left + wide - 30, top + 95), (20, 20, 20), 0)
    write(screen, sentence(rng, 4), (40, height - 120, width - 40, height - 30), (40, 40, 60), 0)
    return Window(screen, 0, _TOP, width, _SHOWN)


def caption_card(rng: np.random.Generator) -> Window:
    """Draw a card with a message in large letters over a patterned ground, with room for a photo below."""
    width, height = _CARD
    card = np.full((height, width, 3), (250, 226, 90), np.uint8)
    for _ in range(60):
        at = (int(rng.integers(width)), int(rng.integers(_CARD_TEXT)))
        cv2.circle(card, at, int(rng.integers(10, 40)), _colour(rng), -1, cv2.LINE_AA)
    for line in range(4):
        write(card, sentence(rng, 4).upper(), (50, 40 + 125 * line, width - 50, 145 + 125 * line), (20, 20, 20), 0)
    return Window(card, 40, _CARD_TEXT, width - 80, height - _CARD_TEXT - 40)


def filling(photo: Pixels, width: int, height: int) -> Pixels:
    """Return a photo that fills a shape: enlarged or reduced, its overhang cut off on both sides."""
    grown = max(width / photo.shape[1], height / photo.shape[0])
    across, down = max(width, round(photo.shape[1] * grown)), max(height, round(photo.shape[0] * grown))
    method = cv2.INTER_AREA if grown < 1 else cv2.INTER_CUBIC
    large = cv2.resize(photo, (across, down), interpolation=method).astype(np.uint8, copy=False)
    left, top = (across - width) // 2, (down - height) // 2
    return large[top : top + height, left : left + width]


def _face(screen: Pixels, at: tuple[int, int], rng: np.random.Generator) -> None:
    cv2.circle(screen, at, 72, _colour(rng), -1, cv2.LINE_AA)
    cv2.circle(screen, at, 78, _colour(rng), 6, cv2.LINE_AA)
    for side in (-24, 24):
        cv2.circle(screen, (at[0] + side, at[1] - 18), int(rng.integers(6, 14)), (20, 20, 20), -1, cv2.LINE_AA)
    cv2.ellipse(screen, (at[0], at[1] + 18), (32, 16), 0, 0, int(rng.integers(150, 210)), (20, 20, 20), 6)


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in rng.integers(30, 226, 3))
    return red, green, blue
