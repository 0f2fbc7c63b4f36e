"""A picture with a sentence below: what a reviewer pastes into a note."""

from PIL import Image, ImageDraw, ImageFont

from matcher.media import Pixels

_MARGIN_PX = 24
_TEXT_PX = 22
_LINE_PX = 30
_PAPER, _INK = "#ffffff", "#1c1c1e"


def captioned(picture: Pixels, caption: str) -> Image.Image:
    """
    Put a picture on paper, with a caption in as many lines as it needs.

    Args:
        picture: uint8, shape (height, width, 3), RGB.

        caption: What stands below.
    """
    font = ImageFont.load_default(_TEXT_PX)
    height, width = picture.shape[:2]
    lines = _wrapped(caption.replace("–", "-"), font, width)  # the font that comes along has no dash
    sheet = Image.new("RGB", (width + 2 * _MARGIN_PX, height + 3 * _MARGIN_PX + _LINE_PX * len(lines)), _PAPER)
    sheet.paste(Image.fromarray(picture), (_MARGIN_PX, _MARGIN_PX))
    pen = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        pen.text((_MARGIN_PX, height + 2 * _MARGIN_PX + number * _LINE_PX), line, fill=_INK, font=font)
    return sheet


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
