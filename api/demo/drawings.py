"""
Pictures for the story where no photographs are installed: landscapes, drawn here, each from a number.

They have what photographs have and the matcher looks at: large shapes, edges, and fine structure that is nowhere the
same. Nothing is downloaded, and they show nobody.
"""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH: Final = 900
HEIGHT: Final = 600

_RIDGES: Final = 5
_STONES: Final = 260
_TREES: Final = 45
_DEEP_SKY, _LOW_SKY = (85, 135, 205), (215, 205, 190)
_BARK, _LEAVES, _ROCK = (62, 46, 34), (48, 98, 52), (142, 134, 122)


def drawn(number: int) -> bytes:
    """
    Draw a landscape; the same number gives the same pixels.

    Returns:
        A PNG.
    """
    random = np.random.default_rng(number)
    picture = _sky(random)
    pen = ImageDraw.Draw(picture)
    for ridge in range(_RIDGES):
        _draw_ridge(pen, ridge, random)
    for _ in range(_TREES):
        _draw_tree(pen, random)
    for _ in range(_STONES):
        _draw_stone(pen, random)
    grain = random.normal(0, 7, (HEIGHT, WIDTH, 1))
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float64)
    file = io.BytesIO()
    Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def _sky(random: np.random.Generator) -> Image.Image:
    top, bottom = np.array(_colour(random, _DEEP_SKY)), np.array(_colour(random, _LOW_SKY))
    share = np.linspace(0, 1, HEIGHT)[:, None, None]
    clouds = Image.fromarray(random.uniform(0, 255, (7, 9)).astype(np.uint8)).resize(
        (WIDTH, HEIGHT), Image.Resampling.BICUBIC
    )
    light = (np.asarray(clouds, dtype=np.float64)[:, :, None] - 128) * 0.5
    pixels = np.broadcast_to(top * (1 - share) + bottom * share, (HEIGHT, WIDTH, 3)) + light
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _draw_ridge(pen: ImageDraw.ImageDraw, ridge: int, random: np.random.Generator) -> None:
    places = np.arange(0, WIDTH + 1, 6)
    height = np.full(len(places), HEIGHT * (0.25 + 0.14 * ridge + random.uniform(-0.04, 0.04)))
    for waves in (1, 3, 7, 19):
        swing = random.uniform(0.5, 1) * 90 / waves
        height = height + swing * np.sin(places / WIDTH * 2 * np.pi * waves + random.uniform(0, 6.3))
    outline = [(float(x), float(y)) for x, y in zip(places, height, strict=True)]
    pen.polygon(
        [(0, HEIGHT), *outline, (WIDTH, HEIGHT)],
        fill=_colour(random, (60 + 12 * ridge, 85 + 10 * ridge, 110 - 14 * ridge)),
    )


def _draw_tree(pen: ImageDraw.ImageDraw, random: np.random.Generator) -> None:
    x, y = random.uniform(0, WIDTH), random.uniform(HEIGHT * 0.45, HEIGHT)
    size = float(random.uniform(12, 55))
    pen.rectangle((x - size / 12, y - size, x + size / 12, y), fill=_colour(random, _BARK))
    crown = [(x - size / 2, y - size * 0.6), (x, y - size * 2), (x + size / 2, y - size * 0.6)]
    pen.polygon(crown, fill=_colour(random, _LEAVES))


def _draw_stone(pen: ImageDraw.ImageDraw, random: np.random.Generator) -> None:
    x, y = random.uniform(0, WIDTH), random.uniform(HEIGHT * 0.4, HEIGHT)
    across, high = random.uniform(3, 26), random.uniform(2, 14)
    pen.ellipse((x, y, x + across, y + high), fill=_colour(random, _ROCK), outline=_colour(random, _BARK))


def _colour(random: np.random.Generator, around: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return a colour near another, lighter or darker by as much as differs between two things of a kind."""
    light, hue = random.uniform(-45, 45), random.uniform(-18, 18, 3)
    red, green, blue = (int(np.clip(one + light + each, 0, 255)) for one, each in zip(around, hue, strict=True))
    return red, green, blue
