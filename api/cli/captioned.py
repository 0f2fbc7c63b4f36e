"""A picture of two pictures, with a sentence below: what a reviewer pastes into a note."""

import io

from PIL import Image, ImageDraw, ImageFont

_SIDE_PX = 512
_GAP_PX = 24
_CAPTION_PX = 64
_TEXT_PX = 22
_PAPER, _INK = "#ffffff", "#1c1c1e"


def side_by_side(left: bytes, right: bytes, *, caption: str) -> Image.Image:
    """
    Draw two pictures beside each other.

    Args:
        left: A JPEG made by our own preview, so that nothing untrusted is decoded here.

        right: The same.

        caption: What stands below.
    """
    pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data in (left, right)]
    height = max(picture.height for picture in pictures)
    width = sum(picture.width for picture in pictures) + 3 * _GAP_PX
    sheet = Image.new("RGB", (max(width, _SIDE_PX), height + 2 * _GAP_PX + _CAPTION_PX), _PAPER)
    x = _GAP_PX
    for picture in pictures:
        sheet.paste(picture, (x, _GAP_PX + (height - picture.height) // 2))
        x += picture.width + _GAP_PX
    font = ImageFont.load_default(_TEXT_PX)
    ImageDraw.Draw(sheet).text((_GAP_PX, height + 2 * _GAP_PX), caption, fill=_INK, font=font)
    return sheet
