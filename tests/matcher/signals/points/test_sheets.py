"""Sheets of several pictures are told by their gutters, and asked for tile by tile; all else is asked once."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.copies.edits import Surroundings, compositions, tone
from index.local.part import LocalPart, NewReference
from index.local.votes import SEEDS, Ballot, find_candidates
from matcher.local.evidence import examine
from matcher.local.views import view
from matcher.signals.local import (
    QUERY_KEYPOINTS,
    LocalFeatures,
    QueryFeatures,
    extract_query,
    extract_reference,
    readings,
)
from matcher.signals.points.sheets import is_sheet
from matcher.strength import Strength
from tests.helpers.media.textures import texture

Pixels = npt.NDArray[np.uint8]


def collage(seed: int, tiles: int) -> tuple[Pixels, Pixels]:
    """A picture, and a sheet on which it is one of several."""
    rng = np.random.default_rng(seed)
    around = Surroundings(rng, [texture(seed + place) for place in range(1, 12)])
    picture = texture(seed)
    return picture, compositions.collage(picture, around, tiles=tiles)


def grey_of(picture: Pixels) -> Pixels:
    return picture.mean(axis=2).astype(np.uint8)


@pytest.mark.parametrize("tiles", [4, 6, 9])
def test_a_grid_of_pictures_is_a_sheet(tiles: int) -> None:
    """Its gutters go from edge to edge, even after it was saved badly."""
    _, sheet = collage(100, tiles)
    assert is_sheet(grey_of(sheet))
    assert is_sheet(grey_of(tone.recompress(sheet, Surroundings(np.random.default_rng(1), [sheet]), quality=40)))


def test_a_picture_in_a_frame_and_two_beside_each_other_are_no_sheet() -> None:
    """Each of them has keypoints enough: nobody pays for a second reading."""
    picture = texture(7)
    framed = cv2.copyMakeBorder(picture, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    for one in (picture, framed, collage(8, 2)[1]):
        assert not is_sheet(grey_of(one))


def test_lines_of_text_are_no_tiles() -> None:
    """A page has many gaps between lines, and no picture among them."""
    page = np.full((800, 600, 3), 250, np.uint8)
    for line in range(20):
        cv2.putText(
            page, "what was said on that day", (20, 40 * line + 30), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 2
        )
    assert not is_sheet(grey_of(page))


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (3, 4), (31, 33), (600, 800)])
def test_pictures_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    """Tiny, long and plain pictures are uploads like any other."""
    for grey in (np.zeros(shape, np.uint8), np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)):
        assert not is_sheet(grey)


def test_a_sheet_is_asked_by_three_times_the_keypoints() -> None:
    """They lie in the sheet's own frame, and the picture to verify on is the sheet's."""
    query = extract_query(collage(100, 9)[1])
    plain, dense = readings(query)
    assert plain is query
    assert dense.grey is query.grey
    assert len(dense.keypoints) > 2.5 * len(plain.keypoints)
    assert dense.width / dense.height == pytest.approx(query.width / query.height, abs=0.01)
    ballot = Ballot.of(dense, bank_rows=1, limit=8)
    assert len(ballot.descriptors) == round(len(dense.keypoints) / QUERY_KEYPOINTS) * sum(SEEDS.values())


def test_a_tile_gets_more_votes() -> None:
    """Of nine tiles each has a ninth of the sheet's keypoints: one that shows little is lost among its neighbours."""
    picture, sheet = collage(140, 9)
    known = LocalFeatures.from_bytes(extract_reference(picture).to_bytes())
    part = LocalPart.build([NewReference(1, 1, known)])
    votes = []
    for asked in readings(extract_query(sheet)):
        (first, *_) = find_candidates((part,), np.empty(0, np.int64), asked, limit=1)
        found = examine(asked, view(asked, first.form), known, first.pairs)
        assert found is not None
        assert found.strength in (Strength.PARTIAL, Strength.NEAR)
        assert found.share_of_query == pytest.approx(1 / 9, abs=0.02)
        votes.append(first.score)
    plain, dense = votes
    assert dense > 2 * plain


def test_what_has_only_a_thumbnail_is_asked_once() -> None:
    """A look-back has no pixels of the upload to find keypoints in."""
    stored = QueryFeatures.of_stored(extract_reference(collage(100, 9)[1]))
    assert readings(stored) == (stored,)
