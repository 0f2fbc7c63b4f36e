"""
Edits that draw on the picture: captions, meme text, stickers, censor bars, watermarks.

Invariant: what is not drawn over keeps its place and its tone.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.copies.edits.base import Pixels, Surroundings

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

WORDS = (
    "when you said it would be fine but then everybody saw this again please share before they take down look at what",
    "found today nobody believes me until now wait for the end is best part ever made lol omg no way",
)


def sentence(rng: np.random.Generator, words: int) -> str:
    """Draw words at random: the text itself never matters, that it differs does."""
    return " ".join(rng.choice(" ".join(WORDS).split(), words))


def write(photo: Pixels, text: str, box: tuple[int, int, int, int], colour: tuple[int, int, int], outline: int) -> None:
    """Draw `text`, wrapped and centred, as large as fits the box (left, top, right, bottom), into the picture."""
    left, top, right, bottom = box
    canvas = Image.fromarray(photo)
    pen = ImageDraw.Draw(canvas)
    for size in range(max(8, (bottom - top) // 2), 7, -2):
        font = ImageFont.load_default(size)
        lines = _wrap(pen, text, font, right - left)
        if len(lines) * size * 1.25 <= bottom - top or size <= 9:
            break
    y = (top + bottom - len(lines) * size * 1.25) / 2
    for line in lines:
        x = (left + right - pen.textlength(line, font)) / 2
        pen.text((x, y), line, fill=colour, font=font, stroke_width=outline, stroke_fill=(0, 0, 0) if outline else None)
        y += size * 1.25
    photo[...] = np.asarray(canvas)


def caption(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Lay a half-dark strip with white text, `share` of the height, over the lower part."""
    out = photo.copy()
    height, width = out.shape[:2]
    strip = max(12, int(share * height))
    top = int(around.rng.uniform(0.55, 0.9) * (height - strip))
    out[top : top + strip] = out[top : top + strip] // 3
    write(out, sentence(around.rng, 7), (6, top, width - 6, top + strip), (255, 255, 255), 0)
    return out


def meme_text(photo: Pixels, around: Surroundings) -> Pixels:
    """Write outlined capitals over the top and the bottom of the picture."""
    out = photo.copy()
    height, width = out.shape[:2]
    strip = int(0.22 * height)
    for top in (0, height - strip):
        write(out, sentence(around.rng, 6).upper(), (6, top, width - 6, top + strip), (255, 255, 255), 2)
    return out


def meme_bands(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Add a white band with black text, `share` of the height, above, and below half of the time."""
    height = photo.shape[0]
    above = int(share * height)
    below = above if around.rng.random() < 0.5 else 0
    out = np.pad(photo, ((above, below), (0, 0), (0, 0)), constant_values=255)
    for top in (0, height + above)[: 2 if below else 1]:
        write(out, sentence(around.rng, 9), (6, top, out.shape[1] - 6, top + above), (0, 0, 0), 0)
    return out


def stickers(photo: Pixels, around: Surroundings, *, count: int, share: float) -> Pixels:
    """Paste `count` round faces, each `share` of the shorter side wide."""
    out = photo.copy()
    height, width = out.shape[:2]
    radius = int(share * min(height, width) / 2)
    for _ in range(count):
        x, y = int(around.rng.integers(radius, width - radius)), int(around.rng.integers(radius, height - radius))
        cv2.circle(out, (x, y), radius, (255, 205, 60), -1, cv2.LINE_AA)
        for side in (-1, 1):
            cv2.circle(
                out, (x + side * radius // 3, y - radius // 4), max(2, radius // 7), (70, 40, 10), -1, cv2.LINE_AA
            )
        cv2.ellipse(out, (x, y + radius // 6), (radius // 2, radius // 3), 0, 0, 180, (150, 30, 30), -1, cv2.LINE_AA)
    return out


def censor_bar(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Lay a black bar, `share` of the area, twice as wide as high, over some part."""
    out = photo.copy()
    height, width = out.shape[:2]
    bar_height = int(min(height, np.sqrt(share * height * width / 2)))
    bar_width = min(width, 2 * bar_height)
    top, left = int(around.rng.integers(height - bar_height + 1)), int(around.rng.integers(width - bar_width + 1))
    out[top : top + bar_height, left : left + bar_width] = 0
    return out


def pixelate(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Turn a part of `share` of the area into large squares, as a face is made unknowable."""
    out = photo.copy()
    height, width = out.shape[:2]
    patch_height, patch_width = int(np.sqrt(share) * height), int(np.sqrt(share) * width)
    top = int(around.rng.integers(height - patch_height + 1))
    left = int(around.rng.integers(width - patch_width + 1))
    patch = out[top : top + patch_height, left : left + patch_width]
    small = cv2.resize(patch, (6, 6), interpolation=cv2.INTER_AREA)
    patch[...] = cv2.resize(small, (patch_width, patch_height), interpolation=cv2.INTER_NEAREST)
    return out


def watermark(photo: Pixels, around: Surroundings, *, opacity: float) -> Pixels:
    """Tile the picture with slanted white text of `opacity` 0..1."""
    height, width = photo.shape[:2]
    side = int(1.5 * max(height, width))
    layer = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(layer)
    text = sentence(around.rng, 2)
    font = ImageFont.load_default(max(12, width // 18))
    step_x, step_y = int(pen.textlength(text, font)) + width // 12, width // 8
    for y in range(0, side, step_y):
        for x in range(-((y // step_y) % 2) * step_x // 2, side, step_x):
            pen.text((x, y), text, fill=255, font=font)
    turned = layer.rotate(30, resample=Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    mask = np.asarray(turned.crop((left, top, left + width, top + height)), np.float64)[..., None] / 255 * opacity
    return np.round(photo * (1 - mask) + 255 * mask).astype(np.uint8)


def _wrap(
    pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
