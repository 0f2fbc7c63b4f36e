"""Pixels decide between a copy and a look-alike, block by block; what is said of it is true."""

from functools import cache, partial

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from benchmarks.copies.edits import EDITS, Surroundings, compositions, geometry, overlays, tone
from benchmarks.copies.traps import TRAPS
from matcher.comparing.comparison import compare
from matcher.hashing.pictures import hash_media
from matcher.local.evidence import LocalEvidence, compare_local
from matcher.local.overlap import compare_blocks, repeats
from matcher.reading.decode import Limits
from matcher.signals.local import LocalFeatures, extract_query, extract_reference
from matcher.strength import Strength
from tests.helpers.media.pictures import encoded
from tests.helpers.media.textures import texture

Pixels = npt.NDArray[np.uint8]


STRANGERS = [texture(900 + n) for n in range(4)]


def around(seed: int = 0) -> Surroundings:
    return Surroundings(np.random.default_rng(seed), STRANGERS)


@cache
def look_alikes(name: str) -> list[LocalEvidence | None]:
    """What is said of two pairs that one trap makes."""
    pairs = [TRAPS[name](around(seed)) for seed in range(2)]
    return [compared(question, reference) for reference, question in pairs]


def compared(query: Pixels, reference: Pixels) -> LocalEvidence | None:
    stored = LocalFeatures.from_bytes(extract_reference(reference).to_bytes())
    found = compare_local(extract_query(np.ascontiguousarray(query)), stored)
    return None if found is None else found.evidence


def test_a_covered_block_spoils_no_other() -> None:
    """A caption over a third of a copy leaves two thirds that agree."""
    picture = texture(1, width=80, height=64)[..., 0]
    covered = picture.copy()
    covered[40:] = 0
    whole = np.ones(picture.shape, bool)
    overlap = compare_blocks(picture, covered, whole)
    assert overlap.correlations.shape == (8, 10)
    assert np.nanmin(overlap.correlations[:5]) > 0.99
    assert np.nanmax(overlap.correlations[5:]) < 0.1
    assert overlap.agreement == pytest.approx(5 / 8, abs=0.1)


def test_brightness_and_contrast_do_not_matter_to_a_block() -> None:
    """A filter is not a difference."""
    picture = texture(2, width=64, height=64)[..., 0]
    overlap = compare_blocks(picture, (0.5 * picture + 60).astype(np.uint8), np.ones(picture.shape, bool))
    assert np.nanmin(overlap.correlations) > 0.95


def test_blocks_outside_and_plain_blocks_are_not_compared() -> None:
    """Sky agrees with sky: that says nothing."""
    picture = texture(3, width=64, height=64)[..., 0]
    picture[:32] = 120
    inside = np.ones(picture.shape, bool)
    inside[:, 32:] = False
    overlap = compare_blocks(picture, picture, inside)
    assert 12 <= overlap.compared <= 16
    assert overlap.coverage == 0.5
    assert np.isnan(overlap.correlations[:4]).all()


SWALLOWED = "halftone, dots 3 px apart"
"""Dots this close on a picture this small leave no keypoint; nothing moved, so the hashes see the copy."""


BEYOND = ("vintage, faded, cut to 60 %", "chain, barrel lens, moiré and glare")
"""Not found on a picture this small: `benchmarks robustness` says of how many photographs."""

SHOWN = [edit for edit in EDITS if not edit.hopeless and edit.name not in (SWALLOWED, *BEYOND)]


@pytest.mark.parametrize("edit", SHOWN, ids=lambda edit: edit.name)
def test_every_edit_of_a_picture_is_recognised(edit: object) -> None:
    """A moderator is shown the copy, whatever was done to it."""
    picture = texture(4, width=480, height=360)
    evidence = compared(edit.apply(picture, around(4)), picture)  # type: ignore[attr-defined]
    assert evidence is not None
    assert evidence.strength is not None
    assert evidence.strength >= Strength.PARTIAL


def test_dots_that_leave_no_keypoint_are_recognised_by_the_hashes() -> None:
    """Each way of looking has its blind spot; they must not be the same one."""
    (edit,) = (edit for edit in EDITS if edit.name == SWALLOWED)
    picture = texture(4, width=480, height=360)
    original, printed = (
        hash_media(encoded(Image.fromarray(one), "PNG"), limits=Limits())
        for one in (picture, edit.apply(picture, around(4)))
    )
    assert compare(printed.query, original.signals).strength is Strength.NEAR


def test_strangers_give_no_evidence_of_any_strength() -> None:
    """Zero, not few."""
    for number in range(20, 26):
        evidence = compared(texture(number), texture(number + 100))
        assert evidence is None or evidence.strength is None


def test_a_re_encoded_copy_is_near_and_as_is() -> None:
    """What nothing was done to needs no person."""
    picture = texture(5)
    evidence = compared(tone.recompress(picture, around(), quality=40), picture)
    assert evidence is not None
    assert (evidence.strength, evidence.transformation) == (Strength.NEAR, "as is")
    assert evidence.coverage == 1.0
    assert evidence.share_of_query > 0.99


def test_a_template_with_another_text_is_not_near() -> None:
    """A meme is not the same statement: a person looks."""
    picture = texture(6)
    evidence = compared(overlays.meme_text(picture, around(1)), overlays.meme_text(picture, around(2)))
    assert evidence is not None
    assert evidence.strength is Strength.PARTIAL


def test_two_texts_in_one_layout_are_no_match() -> None:
    """Letters repeat; their order is what is said."""
    pages = []
    for seed in (1, 2):
        page, rng = np.full((800, 600, 3), 255, np.uint8), np.random.default_rng(seed)
        for line in range(18):
            overlays.write(page, overlays.sentence(rng, 5), (20, 20 + 42 * line, 580, 60 + 42 * line), (0, 0, 0), 0)
        pages.append(page)
    evidence = compared(pages[0], pages[1])
    assert evidence is None or evidence.strength in (None, Strength.WEAK)


@pytest.mark.parametrize("name", TRAPS)
def test_no_look_alike_is_near(name: str) -> None:
    """A template, a frame, a logo, an app, a wall of bricks: a person looks, or nobody needs to."""
    for evidence in look_alikes(name):
        assert evidence is None or evidence.strength is not Strength.NEAR


@pytest.mark.parametrize("name", ["one logo", "one frame", "flags", "gradients", "plain colours", "chessboards"])
def test_what_only_surrounds_a_picture_is_not_shown_to_anybody(name: str) -> None:
    """Or a shop's logo would bring every one of its pictures before a moderator."""
    for evidence in look_alikes(name):
        assert evidence is None or evidence.strength in (None, Strength.WEAK)


def odd(kind: str) -> Pixels:
    pictures = {
        "tiny": texture(40, width=63, height=40),
        "one pixel": np.zeros((1, 1, 3), np.uint8),
        "one colour": np.full((300, 400, 3), 90, np.uint8),
        "ribbon": texture(41, width=1200, height=20),
        "a few dots": np.zeros((200, 200, 3), np.uint8),
    }
    pictures["a few dots"][60:63, 60:63] = pictures["a few dots"][140:144, 90:94] = 255
    return pictures[kind]


@pytest.mark.parametrize("kind", ["tiny", "one pixel", "one colour", "ribbon", "a few dots"])
def test_odd_pictures_are_compared_without_an_error(kind: str) -> None:
    """They are uploaded like any other, and are no copy of what they do not show."""
    picture, odd_one = texture(42), odd(kind)
    for query, reference in ((odd_one, picture), (picture, odd_one)):
        evidence = compared(query, reference)
        assert evidence is None or evidence.strength is None
    itself = compared(odd_one, odd_one)
    assert itself is None or itself.coverage > 0.9


def test_repeated_patterns_are_told_from_pictures() -> None:
    """Laid onto each other, bricks agree everywhere."""
    wall, _ = TRAPS["brick walls"](around(1))
    assert repeats(extract_reference(wall).thumbnail)
    assert not any(repeats(extract_reference(texture(n)).thumbnail) for n in range(30, 40))
    assert not repeats(np.zeros((60, 60), np.uint8))
    assert not repeats(np.zeros((3, 200), np.uint8))


def negative_mirror_image_cut(photo: np.ndarray, around: Surroundings) -> np.ndarray:
    """Three edits at once, none of which hides another."""
    return geometry.crop(np.ascontiguousarray(255 - photo[:, ::-1]), around, area=0.6)


def test_the_region_is_where_the_copy_was_put() -> None:
    """The outline a moderator sees is drawn from it."""
    picture = texture(7, width=400, height=300)
    sheet = texture(8, width=1000, height=800)
    sheet[200:500, 500:900] = picture
    evidence = compared(sheet, picture)
    assert evidence is not None
    expected = np.array([[0.5, 0.25], [0.9, 0.25], [0.9, 0.625], [0.5, 0.625]])
    assert np.abs(np.array(evidence.region) - expected).max() < 0.01
    assert evidence.share_of_query == pytest.approx(0.15, abs=0.01)
    (a, b, x), (c, d, y) = evidence.transform
    assert np.allclose([a, b, x, c, d, y], [0.4, 0, 0.5, 0, 0.375, 0.25], atol=0.01)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (partial(geometry.mirror), ["mirrored"]),
        (partial(geometry.mirror, axis=0), ["flipped top to bottom"]),
        (partial(geometry.quarter_turns, turns=3), ["rotated 90° clockwise"]),
        (partial(geometry.quarter_turns, turns=2), ["upside down"]),
        (partial(geometry.rotate, degrees=20, fill=False), ["rotated by 20°", "cropped to"]),
        (partial(geometry.crop, area=0.5), ["cropped to 50 %"]),
        (partial(geometry.squeeze, factor=0.75), ["squeezed to 75 % of its width"]),
        (partial(geometry.squeeze, factor=1.4), ["stretched to 140 % of its width"]),
        (partial(geometry.border, share=0.25, value=0), ["framed, covering"]),
        (partial(overlays.caption, share=0.2), ["caption added"]),
        (partial(overlays.censor_bar, share=0.15), ["covered or changed"]),
        (partial(tone.invert), ["colours inverted"]),
        (negative_mirror_image_cut, ["mirrored", "cropped to", "colours inverted"]),
        (partial(compositions.phone_screenshot, dark=False), ["in a screenshot"]),
        (partial(compositions.inset, area=0.3), ["inset covering", "of a larger picture"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_sentence_says_what_was_done(edit: partial[Pixels], words: list[str]) -> None:
    """People decide on it."""
    picture = texture(9, width=480, height=360)
    evidence = compared(edit(picture, around(3)), picture)
    assert evidence is not None
    for word in words:
        assert word in evidence.transformation


def test_the_record_holds_plain_values() -> None:
    """It is stored as JSON and sent as such."""
    evidence = compared(texture(10), texture(10))
    assert evidence is not None
    record = evidence.as_record()
    assert record["signal"] == "local/1"
    assert {"inliers", "agreement", "coverage", "region", "transform"} <= record.keys()
    assert evidence.agrees
