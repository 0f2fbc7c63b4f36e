"""
EDITS: the one table of edits the robustness benchmark applies.

Families and strengths follow what people do to a picture before posting it again. An edit added here appears in every
contestant's figures by itself. Figures are kept by name, so a changed edit takes a new strength or a new family.
The family "any two" does two of the others one after the other, drawn anew for each photo.
"""

from functools import partial
from typing import Final

from benchmarks.copies.edits import bending, blends, compositions, geometry, layouts, overlays, tone
from benchmarks.copies.edits.base import Edit, Pixels, Surroundings

__all__ = ["EDITS", "Edit", "Pixels", "Surroundings", "then"]


def then(*steps: partial[Pixels]) -> partial[Pixels]:
    """Chain edits: each works on what the one before it made."""

    def chain(photo: Pixels, around: Surroundings) -> Pixels:
        for step in steps:
            photo = step(photo, around)
        return photo

    return partial(chain)


def _turn(degrees: float, fill: bool = True) -> partial[Pixels]:
    return partial(geometry.rotate, degrees=degrees, fill=fill)


def _cut(area: float) -> partial[Pixels]:
    return partial(geometry.crop, area=area)


def _any_two(photo: Pixels, around: Surroundings) -> Pixels:
    """Do two different edits, one after the other, drawn anew for each photo."""
    for place in around.rng.choice(len(_DRAWN_FROM), 2, replace=False):
        photo = _DRAWN_FROM[int(place)].apply(photo, around)
    return photo


def _screenshot(dark: bool, width_share: float = 1.0) -> partial[Pixels]:
    return partial(compositions.phone_screenshot, dark=dark, width_share=width_share)


_JPEG_30 = partial(tone.recompress, quality=30)
_MIRROR = partial(geometry.mirror)
_NEGATIVE = partial(tone.invert)
_CAPTION = partial(overlays.caption, share=0.15)
_JPEG_20 = partial(tone.recompress, quality=20)
_WEBP_30 = partial(tone.recompress, quality=30, codec=".webp")
_BARREL = partial(bending.lens, strength=0.15)
_THUMB = partial(tone.resize, factor=0.25)

EDITS: tuple[Edit, ...] = (
    Edit("recompression", "JPEG 50", partial(tone.recompress, quality=50)),
    Edit("recompression", "JPEG 15", partial(tone.recompress, quality=15)),
    Edit("recompression", "WebP 30", partial(tone.recompress, quality=30, codec=".webp")),
    Edit("resize", "50 % of each side", partial(tone.resize, factor=0.5)),
    Edit("resize", "30 % of each side", partial(tone.resize, factor=0.3)),
    Edit("resize", "250 % of each side", partial(tone.resize, factor=2.5)),
    Edit("blur", "sigma 2 px", partial(tone.blur, sigma=2)),
    Edit("blur", "sigma 4 px", partial(tone.blur, sigma=4)),
    Edit("noise", "sigma 12", partial(tone.noise, sigma=12)),
    Edit("noise", "sigma 30", partial(tone.noise, sigma=30)),
    Edit("sharpen", "unsharp mask", partial(tone.sharpen)),
    Edit("colour", "warm filter", partial(tone.tint, shift=0.25)),
    Edit("colour", "saturation × 2", partial(tone.saturate, factor=2)),
    Edit("colour", "4 levels a channel", partial(tone.posterise, levels=4)),
    Edit("grey", "no colour", partial(tone.saturate, factor=0)),
    Edit("gamma", "0.5", partial(tone.gamma, exponent=0.5)),
    Edit("gamma", "2.2", partial(tone.gamma, exponent=2.2)),
    Edit("contrast", "× 0.4", partial(tone.contrast, factor=0.4)),
    Edit("contrast", "× 2", partial(tone.contrast, factor=2)),
    Edit("invert", "negative", partial(tone.invert)),
    Edit("mirror", "left-right", _MIRROR),
    Edit("mirror", "top-bottom", partial(geometry.mirror, axis=0)),
    Edit("quarter turn", "90°", partial(geometry.quarter_turns, turns=1)),
    Edit("quarter turn", "180°", partial(geometry.quarter_turns, turns=2)),
    Edit("quarter turn", "270°", partial(geometry.quarter_turns, turns=3)),
    Edit("rotation", "3°, cut", _turn(3, fill=False)),
    Edit("rotation", "10°", _turn(10)),
    Edit("rotation", "20°, cut", _turn(20, fill=False)),
    Edit("rotation", "45°", _turn(45)),
    Edit("crop", "90 % of the area", partial(geometry.crop, area=0.9)),
    Edit("crop", "70 % of the area", partial(geometry.crop, area=0.7)),
    Edit("crop", "50 % of the area", partial(geometry.crop, area=0.5)),
    Edit("crop", "30 % of the area", partial(geometry.crop, area=0.3)),
    Edit("crop", "20 % of the area", partial(geometry.crop, area=0.2)),
    Edit("small crop", "15 % of the area", partial(geometry.crop, area=0.15), hopeless=True),
    Edit("border", "10 % white", partial(geometry.border, share=0.1, value=255)),
    Edit("border", "25 % black", partial(geometry.border, share=0.25, value=0)),
    Edit("border", "square on blur", partial(geometry.square_on_blur)),
    Edit("aspect", "width × 0.75", partial(geometry.squeeze, factor=0.75)),
    Edit("aspect", "width × 1.4", partial(geometry.squeeze, factor=1.4)),
    Edit("perspective", "up to 10 % a corner", partial(geometry.perspective, share=0.1)),
    Edit("perspective", "up to 20 % a corner", partial(geometry.perspective, share=0.2)),
    Edit("perspective", "up to 28 % a corner", partial(geometry.perspective, share=0.28)),
    Edit("caption", "15 % of the height", _CAPTION),
    Edit("caption", "30 % of the height", partial(overlays.caption, share=0.3)),
    Edit("meme", "text over picture", partial(overlays.meme_text)),
    Edit("meme", "band of 25 %", partial(overlays.meme_bands, share=0.25)),
    Edit("meme", "band of 50 %", partial(overlays.meme_bands, share=0.5)),
    Edit("sticker", "1 of 30 %", partial(overlays.stickers, count=1, share=0.3)),
    Edit("sticker", "6 of 25 %", partial(overlays.stickers, count=6, share=0.25)),
    Edit("censoring", "bar over 10 %", partial(overlays.censor_bar, share=0.1)),
    Edit("censoring", "bar over 25 %", partial(overlays.censor_bar, share=0.25)),
    Edit("censoring", "pixelated 20 %", partial(overlays.pixelate, share=0.2)),
    Edit("watermark", "tiled, 25 %", partial(overlays.watermark, opacity=0.25)),
    Edit("watermark", "tiled, 50 %", partial(overlays.watermark, opacity=0.5)),
    Edit("screenshot", "phone, light", _screenshot(dark=False)),
    Edit("screenshot", "phone, dark", _screenshot(dark=True)),
    Edit("screenshot", "phone, 60 % wide, JPEG 30", then(_screenshot(dark=False, width_share=0.6), _JPEG_30)),
    Edit(
        "screenshot",
        "phone, sent on at 50 %",
        then(_screenshot(dark=True), partial(tone.resize, factor=0.5), partial(tone.recompress, quality=50)),
    ),
    Edit("photo of a screen", "moiré and glare", partial(compositions.photo_of_screen)),
    Edit("collage", "2", partial(compositions.collage, tiles=2)),
    Edit("collage", "4, cut", partial(compositions.collage, tiles=4, cut=True)),
    Edit("collage", "6", partial(compositions.collage, tiles=6)),
    Edit("collage", "9", partial(compositions.collage, tiles=9)),
    Edit("collage", "4 with caption", then(partial(compositions.collage, tiles=4), _CAPTION)),
    Edit("inset", "50 % of the area", partial(compositions.inset, area=0.5)),
    Edit("inset", "30 % of the area", partial(compositions.inset, area=0.3)),
    Edit("inset", "20 % of the area", partial(compositions.inset, area=0.2)),
    Edit("small inset", "10 % of the area", partial(compositions.inset, area=0.1), hopeless=True),
    Edit("chain", "mirror, crop 60 %, JPEG 30", then(_MIRROR, partial(geometry.crop, area=0.6), _JPEG_30)),
    Edit("chain", "caption, screenshot, JPEG 30", then(_CAPTION, _screenshot(dark=False), _JPEG_30)),
    Edit(
        "chain",
        "turn 10°, warm, resize 60 %",
        then(_turn(10, fill=False), partial(tone.tint, shift=0.2), partial(tone.resize, factor=0.6)),
    ),
    Edit(
        "chain",
        "crop 50 %, sticker, grey",
        then(
            partial(geometry.crop, area=0.5),
            partial(overlays.stickers, count=1, share=0.3),
            partial(tone.saturate, factor=0),
        ),
    ),
    Edit(
        "chain",
        "meme band, blur, turn 5°",
        then(partial(overlays.meme_bands, share=0.25), partial(tone.blur, sigma=1.2), _turn(5)),
    ),
    # New ones go to the end: the place in this table is part of each edit's seed.
    Edit("halftone", "dots 3 px apart", partial(tone.halftone, pitch=3)),
    Edit("halftone", "dots 5 px apart", partial(tone.halftone, pitch=5)),
    Edit("halftone", "Bayer dither", partial(tone.dither, side=8)),
    Edit("newsprint", "dots 4 px apart", partial(tone.newsprint, pitch=4)),
    Edit(
        "newsprint",
        "dots 6 px apart, cut to 70 %",
        then(partial(geometry.crop, area=0.7), partial(tone.newsprint, pitch=6)),
    ),
    Edit("negative mirrored", "whole", then(_NEGATIVE, _MIRROR)),
    Edit("negative mirrored", "cut to 60 %", then(_NEGATIVE, _MIRROR, _cut(0.6))),
    Edit("negative mirrored", "turned by 20°, cut to 70 %", then(_NEGATIVE, _MIRROR, _turn(20), _cut(0.7))),
    Edit("bent", "barrel lens, 15 %", partial(bending.lens, strength=0.15)),
    Edit("bent", "barrel lens, 30 %", partial(bending.lens, strength=0.3)),
    Edit("bent", "cushion lens, 12 %", partial(bending.lens, strength=-0.12)),
    Edit("bent", "wave of 1.5 %", partial(bending.wave, share=0.015, waves=2)),
    Edit("bent", "wave of 3 %", partial(bending.wave, share=0.03, waves=1.5)),
    Edit("bent", "swirled by 20°", partial(bending.swirl, degrees=20)),
    Edit("bent", "curled paper", partial(bending.curled, share=0.06)),
    Edit("bent", "pulled about by 1.2 %", partial(bending.pulled, share=0.012)),
    Edit("blended", "another picture at 30 %", partial(blends.blend, share=0.3)),
    Edit("much blended", "another picture at 45 %", partial(blends.blend, share=0.45), hopeless=True),
    Edit("blended", "exposed twice", partial(blends.double_exposure)),
    Edit("light", "corners darkened", partial(blends.vignette, strength=0.8)),
    Edit("light", "leaking in", partial(blends.light_leak)),
    Edit("light", "at night", partial(blends.night)),
    Edit("vintage", "faded print", partial(blends.faded)),
    Edit("vintage", "polaroid", partial(layouts.polaroid)),
    Edit("vintage", "faded, cut to 60 %", then(partial(blends.faded), _cut(0.6))),
    Edit("layout", "story template", partial(layouts.story)),
    Edit("layout", "reaction in a corner", partial(layouts.reaction)),
    Edit("layout", "before and after", partial(layouts.compared_with)),
    Edit("layout", "paused in a player", partial(layouts.player)),
    Edit("layout", "window on a desktop", partial(layouts.desktop)),
    Edit("layout", "story template, mirrored, JPEG 30", then(_MIRROR, partial(layouts.story), _JPEG_30)),
    Edit("layout", "player, sent on at 50 %", then(partial(layouts.player), partial(tone.resize, factor=0.5))),
    Edit("small crop", "10 % of the area", _cut(0.1), hopeless=True),
    Edit("small crop", "10 % of the area, enlarged 3 times", then(_cut(0.1), partial(tone.resize, factor=3.0)), True),
    Edit("thumbnail", "25 % of each side, enlarged again", then(_THUMB, partial(tone.resize, factor=4.0))),
    Edit("emoji", "rain of 20", partial(overlays.stickers, count=20, share=0.12)),
    Edit("censoring", "mosaic over 35 %", partial(overlays.pixelate, share=0.35)),
    Edit("chain", "mirror, caption, cut to 40 %, JPEG 20", then(_MIRROR, _CAPTION, _cut(0.4), _JPEG_20)),
    Edit("chain", "turned by 3° and cut, faded, WebP 30", then(_turn(3, fill=False), partial(blends.faded), _WEBP_30)),
    Edit("chain", "polaroid, screenshot", then(partial(layouts.polaroid), _screenshot(dark=True))),
    Edit("chain", "barrel lens, moiré and glare", then(_BARREL, partial(compositions.photo_of_screen))),
    Edit("chain", "negative, caption, cut to 50 %", then(_NEGATIVE, _CAPTION, _cut(0.5))),
    Edit("any two", "first draw", partial(_any_two)),
    Edit("any two", "second draw", partial(_any_two)),
    Edit("any two", "third draw", partial(_any_two)),
    Edit("any two", "fourth draw", partial(_any_two)),
)

_DRAWN_FROM: Final = tuple(edit for edit in EDITS[: [e.family for e in EDITS].index("any two")] if not edit.hopeless)
"""What pairs are drawn from: every edit above them in the table that is not hopeless by itself."""
