"""
One picture of the whole story: the reported photo, each copy and each innocent photo, with what was answered.

Drawn from the files that were uploaded; all of them are the demo's own or the operator's.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from api.demo.photos import Photo
from api.demo.platform import AnsweredUpload
from api.demo.story import Story

_COLUMNS = 6
_TILE_W, _TILE_H = 232, 174
_GAP = 22
_CAPTION_H = 62
_MARGIN = 48
_LEAD_W, _LEAD_H = 3 * _TILE_W + 2 * _GAP, 300
_PAPER, _CARD, _INK, _MUTED = "#ffffff", "#f1f3f5", "#16181d", "#6b7280"
_COLOURS = {"block": "#c62828", "hold": "#b26a00", "allow": "#2e7d32", "missed": "#6b7280"}


@dataclass(frozen=True, slots=True)
class _Fonts:
    title: ImageFont.FreeTypeFont | ImageFont.ImageFont
    heading: ImageFont.FreeTypeFont | ImageFont.ImageFont
    text: ImageFont.FreeTypeFont | ImageFont.ImageFont
    small: ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(story: Story, reported: Photo) -> Image.Image:
    """
    Draw it.

    Args:
        story: What happened.

        reported: The photo that was reported.
    """
    fonts = _Fonts(*(ImageFont.load_default(size) for size in (40, 25, 18, 16)))
    width = 2 * _MARGIN + _COLUMNS * _TILE_W + (_COLUMNS - 1) * _GAP
    height = _MARGIN + 70 + _LEAD_H + _section_height(story.copies) + _section_height(story.innocent) + _MARGIN
    sheet = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, _MARGIN), "Staydown: what is taken down stays down", _INK, fonts.title)
    y = _MARGIN + 70
    _draw_lead(sheet, pen, fonts, story, reported, y)
    y = _draw_section(sheet, pen, fonts, "The copies that came back", story.copies, y + _LEAD_H)
    _draw_section(sheet, pen, fonts, "Photos that have nothing to do with it", story.innocent, y)
    return sheet


def label_of(upload: AnsweredUpload) -> str:
    """Return the word on a tile: the verdict, or ``"missed"`` for a copy that nothing recognised."""
    return "missed" if upload.expected != "allow" and upload.match is None else upload.answer.verdict


def _section_height(uploads: Sequence[AnsweredUpload]) -> int:
    rows = -(-len(uploads) // _COLUMNS)
    return 80 + rows * (_TILE_H + _CAPTION_H + _GAP)


def _draw_lead(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, fonts: _Fonts, story: Story, reported: Photo, y: int
) -> None:
    """Draw the reported photo, and the figures beside it."""
    _draw_picture(sheet, pen, reported, (_MARGIN, y, _MARGIN + _LEAD_W, y + _LEAD_H))
    x = _MARGIN + _LEAD_W + 2 * _GAP
    pen.text((x, y), "The photo that was reported", _INK, fonts.heading)
    labels = [label_of(upload) for upload in story.copies]
    stopped = sum(label in ("block", "hold") for label in labels)
    passed = sum(upload.answer.verdict == "allow" for upload in story.innocent)
    recommended = story.case.recommendation
    lines = (
        f"upheld by a moderator, as recommended by rule {recommended.rule}",
        f"{stopped} of {len(labels)} copies stopped: {labels.count('block')} blocked, {labels.count('hold')} held",
        f"{passed} of {len(story.innocent)} other photos let through",
        f"withdrawn at the end; the same photo is then answered: {story.afterwards.answer.verdict}",
    )
    for number, line in enumerate(lines):
        pen.text((x, y + 52 + number * 34), line, _MUTED, fonts.text)
    legend = (("block", "blocked"), ("hold", "a person looks"), ("allow", "let through"), ("missed", "not recognised"))
    for number, (label, meaning) in enumerate(legend):
        top = y + _LEAD_H - 92 + number % 2 * 46
        left = x + number // 2 * 300
        width = _draw_pill(pen, fonts, label, (left, top))
        pen.text((left + width + 12, top + 4), meaning, _MUTED, fonts.text)


def _draw_section(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, fonts: _Fonts, title: str, uploads: Sequence[AnsweredUpload], y: int
) -> int:
    """Draw a heading and a grid of tiles; return where the next section begins."""
    pen.text((_MARGIN, y + 34), title, _INK, fonts.heading)
    for number, one in enumerate(uploads):
        row, column = divmod(number, _COLUMNS)
        left = _MARGIN + column * (_TILE_W + _GAP)
        top = y + 80 + row * (_TILE_H + _CAPTION_H + _GAP)
        _draw_picture(sheet, pen, one.photo, (left, top, left + _TILE_W, top + _TILE_H))
        width = _draw_pill(pen, fonts, label_of(one), (left, top + _TILE_H + 8))
        pen.text((left + width + 8, top + _TILE_H + 12), _short(one.photo.name), _INK, fonts.text)
        if one.match is not None:
            detail = f"{one.match.strength} · {one.agreement()}" if one.agreement() != "–" else one.match.strength
            pen.text((left, top + _TILE_H + 40), detail, _MUTED, fonts.small)
    return y + _section_height(uploads)


def _draw_picture(sheet: Image.Image, pen: ImageDraw.ImageDraw, photo: Photo, box: tuple[int, int, int, int]) -> None:
    """Draw a photo whole, or frames of a film, in the middle of a card."""
    pen.rounded_rectangle(box, 10, _CARD)
    left, top, right, bottom = box
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(photo.still or photo.data))).convert("RGB")
    picture = ImageOps.contain(picture, (right - left - 12, bottom - top - 12), Image.Resampling.LANCZOS)
    sheet.paste(picture, ((left + right - picture.width) // 2, (top + bottom - picture.height) // 2))


def _draw_pill(pen: ImageDraw.ImageDraw, fonts: _Fonts, label: str, place: tuple[int, int]) -> int:
    """Draw a word in its colour; return its width."""
    left, top = place
    width = round(pen.textlength(label, fonts.small)) + 20
    pen.rounded_rectangle((left, top, left + width, top + 27), 13, _COLOURS[label])
    pen.text((left + width // 2, top + 13), label, "white", fonts.small, anchor="mm")
    return width


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"
