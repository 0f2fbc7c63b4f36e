"""
What people do to a picture before they post it again, as one table.

Each edit is a pure function of the picture. Hashes of the whole picture see through the first of them; the others are
found by its parts, and shown to a person.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from api.demo.film import film_with, strip_of
from api.demo.photos import Photo

_LONGEST_SIDE_PX = 1024
_SEED = 20261121


@dataclass(frozen=True, slots=True)
class Edit:
    """
    One edit.

    Args:
        name: What a person reads.

        apply: Picture -> file.

        must_block: Whether the story fails if the copy is not blocked.

        still: Picture -> what is drawn of a film; None where the file is a picture.
    """

    name: str
    apply: Callable[[Image.Image], bytes]
    must_block: bool = True
    still: Callable[[Image.Image], bytes] | None = None

    def of(self, picture: Image.Image) -> Photo:
        """Make the copy of a picture."""
        return Photo(self.name, self.apply(picture), None if self.still is None else self.still(picture))


def edited(photo: Photo) -> list[tuple[Edit, Photo]]:
    """Make every edit of a photograph; the first is the very file."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(photo.data))).convert("RGB")
    picture.thumbnail((_LONGEST_SIDE_PX, _LONGEST_SIDE_PX))
    same = Edit("the same file", lambda _: photo.data)
    return [(edit, edit.of(picture)) for edit in (same, *EDITS)]


def _file(picture: Image.Image, kind: str = "JPEG", quality: int = 88) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=quality)
    return buffer.getvalue()


def _part(picture: Image.Image, share: float) -> Image.Image:
    """Cut the middle out, `share` of each side."""
    dx, dy = (round(side * (1 - share) / 2) for side in picture.size)
    return picture.crop((dx, dy, picture.width - dx, picture.height - dy))


def _half(picture: Image.Image) -> bytes:
    return _file(picture.resize((picture.width // 2, picture.height // 2)))


def _brighter(picture: Image.Image) -> bytes:
    return _file(ImageEnhance.Brightness(picture).enhance(1.3))


def _blurred(picture: Image.Image) -> bytes:
    return _file(picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 300)))


def _noisy(picture: Image.Image) -> bytes:
    noise = np.random.default_rng(_SEED).normal(0, 12, (picture.height, picture.width, 3))
    return _file(Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8)))


def _several(picture: Image.Image) -> bytes:
    return _file(
        ImageOps.grayscale(ImageOps.mirror(picture)).resize((picture.width // 2, picture.height // 2)), quality=40
    )


def _bordered(picture: Image.Image) -> bytes:
    return _file(ImageOps.expand(picture, max(picture.size) // 10, "black"))


def _captioned(picture: Image.Image) -> bytes:
    bar = picture.height // 5
    sheet = Image.new("RGB", (picture.width, picture.height + bar), "white")
    sheet.paste(picture, (0, bar))
    font = ImageFont.load_default(bar * 0.45)
    ImageDraw.Draw(sheet).text((picture.width / 2, bar / 2), "look who I found", "black", font, anchor="mm")
    return _file(sheet)


def _stuck_over(picture: Image.Image) -> bytes:
    """Cover the middle with a disc, as a sticker does."""
    covered = picture.copy()
    x, y, radius = picture.width / 2, picture.height / 2, min(picture.size) / 6
    ImageDraw.Draw(covered).ellipse((x - radius, y - radius, x + radius, y + radius), fill="#ffcf33")
    return _file(covered)


def _tilted(picture: Image.Image) -> bytes:
    return _file(picture.rotate(9, Image.Resampling.BICUBIC, expand=True, fillcolor="#20242a"))


def _in_a_collage(picture: Image.Image) -> bytes:
    """Put it among three others; these are noise, coarse and coloured."""
    random = np.random.default_rng(_SEED)
    sheet = Image.new("RGB", picture.size, "white")
    size = (picture.width // 2 - 8, picture.height // 2 - 8)
    for place in range(4):
        noise = Image.fromarray(random.integers(40, 220, (9, 12, 3), dtype=np.uint8)).resize(size)
        tile = picture.resize(size) if place == 2 else noise
        sheet.paste(tile, (4 + place % 2 * picture.width // 2, 4 + place // 2 * picture.height // 2))
    return _file(sheet)


def _chain(picture: Image.Image) -> bytes:
    """Crop, mirror, caption and recompress."""
    return _file(Image.open(io.BytesIO(_captioned(ImageOps.mirror(_part(picture, 0.7))))), quality=45)


def _seen_at_an_angle(picture: Image.Image) -> bytes:
    """Look at it from the side, as a photo of a screen does."""
    width, height = picture.size
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    seen = [(0, 0), (0.86 * width, 0.1 * height), (0.86 * width, 0.9 * height), (0, height)]
    equations, right = [], []
    for (x, y), (u, v) in zip(seen, corners, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    back = np.linalg.solve(np.array(equations), np.array(right)).tolist()
    method = Image.Transform.PERSPECTIVE
    return _file(picture.transform(picture.size, method, back, Image.Resampling.BICUBIC, fillcolor="#101010"))


def _on_a_page(picture: Image.Image) -> bytes:
    """Show it small on a page, as a screenshot of a feed does."""
    page = Image.new("RGB", (picture.width, picture.height * 2), "#eef1f4")
    small = picture.resize((round(picture.width * 0.8), round(picture.height * 0.8)))
    left = (page.width - small.width) // 2
    page.paste(small, (left, page.height // 3))
    draw = ImageDraw.Draw(page)
    for line in range(3):
        top = page.height // 12 + line * page.height // 14
        draw.rounded_rectangle(
            (left, top, left + small.width * (1 - line / 4), top + page.height // 40), 6, fill="#c3ccd6"
        )
    return _file(page)


EDITS: tuple[Edit, ...] = (
    Edit("JPEG, quality 30", lambda picture: _file(picture, quality=30)),
    Edit("PNG", lambda picture: _file(picture, "PNG")),
    Edit("WebP", lambda picture: _file(picture, "WEBP", quality=60)),
    Edit("half the size", _half),
    Edit("mirrored", lambda picture: _file(ImageOps.mirror(picture))),
    Edit("turned by 90°", lambda picture: _file(picture.transpose(Image.Transpose.ROTATE_90))),
    Edit("greyscale", lambda picture: _file(ImageOps.grayscale(picture))),
    Edit("brighter", _brighter),
    Edit("blurred", _blurred),
    Edit("noise", _noisy),
    Edit("colours inverted", lambda picture: _file(ImageOps.invert(picture))),
    Edit("border added", _bordered),
    Edit("several at once", _several),
    Edit("cropped to 92 %", lambda picture: _file(_part(picture, 0.96)), must_block=False),
    Edit("cropped to 30 %", lambda picture: _file(_part(picture, 0.55)), must_block=False),
    Edit("captioned", _captioned, must_block=False),
    Edit("a sticker on it", _stuck_over, must_block=False),
    Edit("tilted by 9°", _tilted, must_block=False),
    Edit("seen at an angle", _seen_at_an_angle, must_block=False),
    Edit("in a collage", _in_a_collage, must_block=False),
    Edit("four edits at once", _chain, must_block=False),
    Edit("shown on a page", _on_a_page, must_block=False),
    Edit("inside a video", film_with, must_block=False, still=lambda picture: _file(strip_of(picture))),
)
