"""
Draw the pictures of docs/MATCHING.md: copies of a drawn landscape with what was found, and how parts are laid over.

    python -m tools.matching_pictures

What stands below a copy is what the matcher says of it, not what this file hopes for. Nobody's photograph is shown.
"""

import io
import textwrap
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from api.cli.captioned import captioned
from api.demo.drawings import drawn
from api.demo.edits import edited
from api.demo.photos import Photo
from casework.domain.takedowns.explaining import explain
from matcher.comparing.comparison import Comparison
from matcher.comparing.files import compare_hashed, draw_pictures
from matcher.hashing.features import Features
from matcher.reading.decode import Limits
from matcher.sandbox.hasher import InProcess

DOCS: Final = Path(__file__).parents[1] / "docs"

SHOWN: Final = (
    "JPEG, quality 30",
    "mirrored",
    "colours inverted",
    "several at once",
    "cropped to 30 %",
    "captioned",
    "seen at an angle",
    "in a collage",
    "shown on a page",
)
"""Of the edits of `staydown demo`; each stands for a family."""

_LANDSCAPE, _STRANGER = 7, 8
_COLUMNS, _TILE_W, _TILE_H, _CAPTION_H, _GAP = 4, 250, 188, 88, 20
_LETTERS = 36
_PAPER, _CARD, _INK, _MUTED = "#ffffff", "#f1f3f5", "#16181d", "#5b6270"


def main() -> None:
    """Draw both, and write them."""
    original = Photo("the picture that was taken down", drawn(_LANDSCAPE))
    made = {edit.name: copy for edit, copy in edited(original)}
    stranger = Photo("another picture", drawn(_STRANGER))
    tiles = [original, *(made[name] for name in SHOWN), stranger]
    _save(_sheet(tiles, [_said(original, one) for one in tiles]), "matching-copies.jpg")
    captioned_copy = next(copy for edit, copy in edited(_cropped(original)) if edit.name == "captioned")
    pixels = draw_pictures(original.data, captioned_copy.data, limits=Limits())
    picture = captioned(pixels, _sentence(_compared(original, captioned_copy)))
    picture.thumbnail((1200, 1200), Image.Resampling.LANCZOS)
    _save(picture, "matching-parts.jpg")


def _cropped(photo: Photo) -> Photo:
    picture = Image.open(io.BytesIO(photo.data)).convert("RGB")
    width, height = picture.size
    part = picture.crop((width // 8, height // 12, width - width // 40, height - height // 40))
    file = io.BytesIO()
    part.save(file, "JPEG", quality=88)
    return Photo("cropped", file.getvalue())


def _compared(known: Photo, asked: Photo) -> Comparison:
    hasher = InProcess()
    return compare_hashed(
        hasher.hash_image(known.data, features=Features.STORED), hasher.hash_image(asked.data, features=Features.ASKED)
    ).comparison


def _said(known: Photo, asked: Photo) -> tuple[str, str]:
    """Return what is written below a copy: strength and words, then how far its hashes are."""
    found = _compared(known, asked)
    hashes = [one.as_record() for one in found.evidence]
    far = [f"{str(one['signal']).split('/')[0]} {one['distance']}" for one in hashes if one.get("distance") is not None]
    parts = [f"{one['inliers']} places" for one in hashes if "inliers" in one]
    agreeing = ", ".join([one for one in far if not one.startswith("sha")] + parts)
    return _sentence(found), agreeing or "nothing agrees"


def _sentence(found: Comparison) -> str:
    if found.strength is None:
        return "no match"
    words = explain(found)
    return f"{found.strength}: {words}" if words else found.strength


def _sheet(tiles: list[Photo], said: list[tuple[str, str]]) -> Image.Image:
    rows = -(-len(tiles) // _COLUMNS)
    size = (_COLUMNS * (_TILE_W + _GAP) + _GAP, rows * (_TILE_H + _CAPTION_H + _GAP) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    name, small = ImageFont.load_default(17), ImageFont.load_default(14)
    for number, (one, (sentence, agreeing)) in enumerate(zip(tiles, said, strict=True)):
        row, column = divmod(number, _COLUMNS)
        left, top = _GAP + column * (_TILE_W + _GAP), _GAP + row * (_TILE_H + _CAPTION_H + _GAP)
        pen.rounded_rectangle((left, top, left + _TILE_W, top + _TILE_H), 8, _CARD)
        picture = ImageOps.contain(Image.open(io.BytesIO(one.data)).convert("RGB"), (_TILE_W - 10, _TILE_H - 10))
        sheet.paste(picture, (left + (_TILE_W - picture.width) // 2, top + (_TILE_H - picture.height) // 2))
        pen.text((left, top + _TILE_H + 6), one.name, _INK, name)
        if number:
            lines = [*textwrap.wrap(sentence, _LETTERS), agreeing]
            pen.multiline_text((left, top + _TILE_H + 28), "\n".join(lines), _MUTED, small, spacing=4)
    return sheet


def _save(picture: Image.Image, name: str) -> None:
    picture.save(DOCS / name, quality=78, optimize=True)
    print(f"{name}: {picture.width} × {picture.height}, {(DOCS / name).stat().st_size // 1000} KB")


if __name__ == "__main__":
    main()
