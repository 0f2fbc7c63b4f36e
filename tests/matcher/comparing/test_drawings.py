"""Aligned drawings of a removed picture and what may be a copy: what a moderator decides by."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from matcher.comparing.drawings import SMALL_PX, draw_both, draw_preview, draw_sheet, draw_small, rehearse
from matcher.local.showing.lines import PAPER
from matcher.local.views import Form
from matcher.reading.preview import PREVIEW_SIDE_PX
from matcher.sandbox.rehearsal import picture_to_rehearse_with
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import encoded
from tests.helpers.media.pictures import photo as ground

ALL = {"original", "copy", "laid", "beneath", "difference"}


def photo(seed: int) -> Image.Image:
    """Make a picture of shapes, with lines to draw."""
    picture, random = ground(seed), np.random.default_rng(seed)
    canvas = ImageDraw.Draw(picture)
    for _ in range(14):
        x, y, width, height = random.integers((0, 0, 30, 30), (420, 280, 120, 90))
        shape = canvas.ellipse if random.random() < 0.5 else canvas.rectangle
        shape((x, y, x + width, y + height), fill=tuple(int(one) for one in random.integers(0, 256, 3)))
    return picture


def preview(picture: Image.Image) -> bytes:
    """Reduce a picture as it is kept for moderators."""
    reduced = picture.copy()
    reduced.thumbnail((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX))
    return encoded(reduced, quality=80)


def both(original: bytes, copy: bytes) -> dict[str, bytes]:
    """Draw two previews."""
    return dict(draw_both(original, copy))


def pixels(png: bytes) -> np.ndarray:
    """Read a drawing."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def reddish(drawing: np.ndarray) -> np.ndarray:
    """Tell which pixels say that something differs."""
    return drawing[..., 0] - drawing[..., 1] > 40


def captioned(picture: Image.Image) -> Image.Image:
    """Cover a band of a picture."""
    changed = picture.copy()
    ImageDraw.Draw(changed).rectangle((40, 200, 440, 260), fill=(255, 255, 255))
    return changed


@pytest.mark.parametrize("edit", ["as is", "mirrored", "inverted", "turned", "cropped"])
def test_copy_is_laid_onto_the_original(edit: str) -> None:
    """Whatever was done to it: the two drawings lie over each other, line on line."""
    original = photo(5)
    edits = {
        "as is": original,
        "mirrored": ImageOps.mirror(original),
        "inverted": ImageOps.invert(original),
        "turned": original.rotate(90, expand=True),
        "cropped": original.crop((60, 40, 420, 280)),
    }
    drawn = both(preview(original), preview(edits[edit]))
    assert drawn.keys() == ALL
    beneath, laid = (pixels(drawn[one])[..., 0] for one in ("beneath", "laid"))
    assert beneath.shape == laid.shape == (320, 480)
    shown = laid < PAPER // 2
    near = np.lib.stride_tricks.sliding_window_view(np.pad(beneath < PAPER // 2, 2), (5, 5)).any(axis=(2, 3))
    assert shown.sum() > 50
    assert near[shown].mean() > 0.6


def test_difference_shows_a_caption_and_nothing_beside_it() -> None:
    """Recompressing and another exposure are no difference that anybody looks for."""
    original = photo(6)
    brighter = Image.eval(captioned(original), lambda value: min(255, value + 20))
    red = reddish(pixels(both(preview(original), preview(brighter))["difference"]))
    assert red[205:255, 50:430].mean() > 0.5
    assert red[:180].mean() < 0.03


def test_what_was_cut_off_is_hatched_and_not_called_different() -> None:
    """A crop shows less; nobody knows what it would have shown."""
    original = photo(7)
    drawn = pixels(both(preview(original), preview(original.crop((0, 0, 240, 320))))["difference"])
    assert reddish(drawn).mean() < 0.02
    grey = (drawn.max(axis=2) - drawn.min(axis=2) > 5) & (drawn[..., 2] > drawn[..., 0])
    assert grey[:, 280:].mean() > 0.05
    assert grey[:, :200].mean() == 0


@pytest.mark.parametrize("first", ["as is", "mirrored", "inverted", "no form at all"])
def test_how_it_is_tried_first_changes_nothing_but_the_time(first: str) -> None:
    """A hint that is wrong costs milliseconds."""
    original, copy = preview(photo(8)), preview(ImageOps.mirror(captioned(photo(8))))
    assert draw_both(original, copy, first=first) == draw_both(original, copy, first="mirrored")


def test_pictures_that_lie_nowhere_on_each_other_are_drawn_side_by_side() -> None:
    """A stranger, or a picture too plain to be laid: the moderator still sees both."""
    assert both(preview(photo(9)), preview(photo(10))).keys() == {"original", "copy"}
    plain = Image.new("RGB", (64, 64), (90, 90, 90))
    assert both(preview(plain), preview(plain)).keys() == {"original", "copy"}


def test_places_that_agree_have_the_same_colours_on_both_sides() -> None:
    """So the eye finds them without lines across."""
    drawn = both(preview(photo(11)), preview(photo(11).crop((20, 20, 460, 300))))
    colours = []
    for name in ("original", "copy"):
        sheet = pixels(drawn[name])
        vivid = sheet[(sheet.max(axis=2) - sheet.min(axis=2)) > 140]
        found, counts = np.unique(vivid, axis=0, return_counts=True)
        colours.append({tuple(one) for one, count in zip(found, counts, strict=True) if count > 20})
    assert len(colours[0]) >= 8
    assert len(colours[0] & colours[1]) >= 8


def test_one_preview_is_drawn_by_itself() -> None:
    """Of a first report there is nothing to lay it onto."""
    drawn = pixels(draw_preview(preview(photo(12))))
    assert drawn.shape == (320, 480, 3)
    assert (drawn == PAPER).mean() > 0.5


def test_small_drawing_has_lines_and_keeps_the_shape() -> None:
    """Hundreds stand beside each other on a contact sheet."""
    drawn = Image.open(io.BytesIO(draw_small(preview(photo(9)))))
    assert drawn.size == (SMALL_PX, round(SMALL_PX * 320 / 480))
    assert 0.01 < float((np.asarray(drawn) < PAPER).mean()) < 0.5


def test_sheet_shows_both_sides_and_the_difference_beside_each_other() -> None:
    """One file to look at, where there is no page; a report has one side alone."""
    known = preview(photo(10))
    sheet = pixels(draw_sheet(known, preview(photo(10).crop((60, 20, 480, 320)))))
    assert sheet.shape[0] == 320
    assert 3 * 400 < sheet.shape[1] < 3 * 500
    assert pixels(draw_sheet(None, known)).shape == (320, 480, 3)


def test_rehearsal_draws_what_the_sandbox_rehearses_with() -> None:
    """What drawing loads is loaded before the walls go up."""
    rehearse(picture_to_rehearse_with())


def test_strangers_are_laid_onto_nothing_wherever_one_is_said_to_lie() -> None:
    """What is said of the files has to be seen in the previews, too."""
    copy = preview(edited(scene(31)))
    everywhere = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    for form in (Form.AS_IS, Form.MIRRORED):
        drawn = dict(draw_both(preview(scene(77)), copy, first=form.value, region=everywhere))
        assert set(drawn) == {"original", "copy"}
