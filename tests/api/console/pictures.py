"""Drawn scenes, and how people edit them who post them again."""

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from tests.helpers.media.pictures import photo


def scene(seed: int, *, width: int = 640, height: int = 460) -> Image.Image:
    """Draw hills, a sun, a house and a few trees; another seed puts them elsewhere."""
    random = np.random.default_rng(seed)
    picture = Image.blend(
        photo(seed, width=width, height=height), Image.new("RGB", (width, height), (196, 219, 236)), 0.72
    )
    canvas = ImageDraw.Draw(picture)
    x, y = (int(one) for one in random.integers((60, 40), (width - 120, 110)))
    canvas.ellipse((x, y, x + 70, y + 70), fill=(250, 214, 98))
    for shade, level in (((142, 172, 138), 0.55), ((104, 142, 108), 0.68), ((74, 112, 84), 0.8)):
        peaks = [(step * width // 8, int(height * level + random.integers(-60, 40))) for step in range(9)]
        canvas.polygon([(0, height), *peaks, (width, height)], fill=shade)
    left, top = (int(one) for one in random.integers((80, height // 2), (width - 260, height // 2 + 50)))
    canvas.rectangle((left, top, left + 150, top + 110), fill=(205, 120, 92), outline=(80, 44, 34), width=3)
    canvas.polygon(
        [(left - 16, top), (left + 75, top - 70), (left + 166, top)], fill=(116, 62, 52), outline=(60, 30, 26)
    )
    for column in range(2):
        window = (left + 20 + 70 * column, top + 22, left + 58 + 70 * column, top + 60)
        canvas.rectangle(window, fill=(250, 236, 178), outline=(80, 44, 34), width=3)
    canvas.rectangle((left + 62, top + 66, left + 90, top + 110), fill=(86, 50, 40))
    for _ in range(7):
        x, y = (int(one) for one in random.integers((10, height // 2 + 40), (width - 40, height - 60)))
        canvas.rectangle((x + 12, y + 40, x + 20, y + 66), fill=(92, 64, 46))
        canvas.ellipse((x, y, x + 32, y + 48), fill=(44, 88, 60), outline=(24, 54, 38), width=2)
    for _ in range(220):  # grass and stones: a photo has small things everywhere
        x, y = (int(one) for one in random.integers((0, int(height * 0.6)), (width, height)))
        length, lean = (int(one) for one in random.integers((6, -5), (18, 6)))
        shade = tuple(int(one) for one in random.integers((30, 60, 20), (170, 190, 120)))
        canvas.line((x, y, x + lean, y - length), fill=shade, width=2)
    return picture


def edited(picture: Image.Image, *, caption: str = "seen this one?") -> Image.Image:
    """Mirror, crop and caption a picture, as people do who post it again."""
    width, height = picture.size
    copy = ImageOps.mirror(picture).crop((width // 9, height // 10, width, height - height // 14))
    canvas = ImageDraw.Draw(copy)
    canvas.rectangle((30, copy.height - 92, copy.width - 120, copy.height - 34), fill=(255, 255, 255))
    canvas.text((46, copy.height - 84), caption, fill=(20, 20, 20), font_size=34)
    return copy
