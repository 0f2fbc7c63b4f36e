"""A copy that was turned, mirrored, inverted or framed is still asked for, under a name people understand."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from matcher.comparing.comparison import compare
from matcher.hashing.query import Query
from matcher.reading.decode import Limits, decode
from matcher.signals.turning.variants import Variants
from matcher.strength import Strength
from tests.helpers.media.pictures import encoded, photo

ORIGINAL = photo(11)


def query(picture: Image.Image) -> Query:
    """Ask for a picture as it is uploaded: recompressed."""
    return Query.of_image(decode(encoded(picture, quality=70), limits=Limits()))


REFERENCE = query(ORIGINAL).signals()

EDITS = {
    "as is": ORIGINAL.resize((360, 240)),
    "mirrored": ImageOps.mirror(ORIGINAL),
    "flipped top to bottom": ImageOps.flip(ORIGINAL),
    "upside down": ORIGINAL.rotate(180),
    "rotated 90° clockwise": ORIGINAL.rotate(-90, expand=True),
    "rotated 90° counter-clockwise": ORIGINAL.rotate(90, expand=True),
    "mirrored, rotated 90° clockwise": ImageOps.mirror(ORIGINAL).rotate(-90, expand=True),
    "mirrored, rotated 90° counter-clockwise": ImageOps.mirror(ORIGINAL).rotate(90, expand=True),
    "colours inverted": ImageOps.invert(ORIGINAL),
    "mirrored, colours inverted": ImageOps.invert(ImageOps.mirror(ORIGINAL)),
    "border added": ImageOps.expand(ORIGINAL, (60, 10, 20, 90), "white"),
    "upside down, border added": ImageOps.expand(ORIGINAL.rotate(180), 40, "black"),
}


@pytest.mark.parametrize(("words", "copy"), EDITS.items())
def test_edited_copy_is_found_and_named(words: str, copy: Image.Image):
    """The moderator reads what was done to the picture, and two signals vouch for it."""
    found = compare(query(copy), REFERENCE)
    assert (found.strength, found.agreeing) == (Strength.NEAR, 2)
    assert {e.transformation for e in found.evidence} == {words}


def test_other_pictures_are_not_found():
    """24 variants are 24 chances to be wrong."""
    for seed in range(100, 130):
        assert compare(query(photo(seed)), REFERENCE).strength is None


def test_rows_of_all_hash_signals_belong_together():
    """Agreement under one transformation is read off row by row."""
    variants = query(EDITS["border added"]).variants
    pdq, phash = variants["pdq/1"], variants["phash/1"]
    assert pdq.names == phash.names
    assert len(set(pdq.names)) == len(pdq.names) >= 24
    assert pdq.codes.shape == phash.codes.shape == (len(pdq.names), 32)
    assert pdq.codes.dtype == np.uint8
    assert len(pdq.qualities) == len(phash.qualities) == len(pdq.names)
    assert variants["sha256/1"].codes.shape == (1, 32)


def test_plain_photograph_has_16_variants():
    """No border, no transparency: no more to search than the turns and their negatives."""
    assert len(query(ORIGINAL).variants["pdq/1"].names) == 16


def test_transparent_picture_is_asked_for_as_every_program_shows_it():
    """The same file pasted on black by one platform, without transparency by another, is one picture."""
    cut_out = ORIGINAL.convert("RGBA")
    opacity = Image.fromarray(np.where(np.indices((320, 480)).sum(0) % 400 < 200, 255, 0).astype(np.uint8))
    cut_out.putalpha(opacity)
    asked = Query.of_image(decode(encoded(cut_out, "PNG"), limits=Limits()))
    on_black = Image.new("RGB", cut_out.size)
    on_black.paste(cut_out, mask=opacity)
    assert compare(asked, query(on_black).signals()).grounds[0].transformation == "transparency on black"
    assert compare(asked, REFERENCE).grounds[0].transformation == "without transparency"


def test_values_sent_without_a_picture_are_asked_for_as_they_are():
    """A pipeline that hashes on its own side has no pixels to turn."""
    asked = Query.of_signals(REFERENCE)
    assert all(isinstance(v, Variants) and v.names == ("as is",) for v in asked.variants.values())
    assert {name: codes.tobytes() for name, codes in asked.codes().items()} == {s.type: s.value for s in REFERENCE}
    assert asked.signals() == REFERENCE
