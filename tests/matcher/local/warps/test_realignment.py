"""A squeezed copy is laid straight and looked at again; nothing else is."""

from functools import partial

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from matcher.local.alignment import Alignment, align, near_pairs
from matcher.local.evidence import compare_local
from matcher.local.overlap import overlay
from matcher.local.score import score
from matcher.local.transforms import growth, scaling, stretch, transformed
from matcher.local.views import Form, view
from matcher.local.warps.realignment import STRETCHED_FROM, realign
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference
from matcher.strength import Strength
from matcher.thresholds import LOCAL_WEAK
from tests.helpers.media.textures import texture

Pixels = npt.NDArray[np.uint8]


def squeezed(seed: int, across: float, *, mirror: bool = False) -> tuple[Pixels, Pixels]:
    """A picture, and a smaller copy of it narrowed to `across` of its width among another."""
    picture, sheet = texture(seed), texture(seed + 500, width=800, height=600)
    copy = cv2.resize(picture, (int(480 * 0.8 * across), int(360 * 0.8)), interpolation=cv2.INTER_AREA)
    sheet[60 : 60 + copy.shape[0], 90 : 90 + copy.shape[1]] = np.fliplr(copy) if mirror else copy
    return picture, sheet


def first_look(picture: Pixels, sheet: Pixels, form: Form) -> tuple[QueryFeatures, LocalFeatures, Alignment]:
    query, reference = extract_query(sheet), extract_reference(picture)
    seen = view(query, form)
    found = align(seen, reference, near_pairs(seen, reference))
    assert found is not None
    return query, reference, found


@pytest.mark.parametrize(("form", "mirror"), [(Form.AS_IS, False), (Form.MIRRORED, True)])
def test_more_of_a_squeezed_copy_agrees_at_the_second_look(form: Form, mirror: bool) -> None:
    """A collage that fits pictures into square tiles is found as surely as one that cuts them."""
    picture, sheet = squeezed(3, 0.6, mirror=mirror)
    query, reference, first = first_look(picture, sheet, form)
    again = realign(query, reference, first)
    assert again.inliers > first.inliers
    assert again.bits < first.bits
    assert score(again, overlay(query, reference, again)) > score(first, overlay(query, reference, first))
    corner = np.array([[0.0, 0.0]])
    expected = [90 + 480 * 0.8 * 0.6, 60] if mirror else [90, 60]
    assert np.abs(transformed(again.matrix, corner)[0] - expected).max() < 3
    assert again.form is form
    assert np.array_equal(again.pairs, first.pairs)


def test_a_copy_in_its_own_shape_is_looked_at_once() -> None:
    """The second look costs as much as extracting a query: it is for the few that need it."""
    picture, sheet = squeezed(4, 1.0)
    query, reference, first = first_look(picture, sheet, Form.AS_IS)
    assert realign(query, reference, first) is first


def test_a_small_crop_that_only_seems_squeezed_is_left_as_it_lies() -> None:
    """Few keypoints in a corner say little of the whole shape: laid straight more agree, and the pixels do not."""
    picture = texture(24)
    query, reference, first = first_look(picture, np.ascontiguousarray(picture[40:124, 40:150]), Form.AS_IS)
    again = realign(query, reference, first)
    assert again.inliers > first.inliers
    assert score(again, overlay(query, reference, again)) < LOCAL_WEAK
    found = compare_local(query, reference)
    assert found is not None
    assert found.evidence.strength is Strength.PARTIAL
    assert found.alignment.inliers == first.inliers


def test_what_has_only_a_thumbnail_is_looked_at_once() -> None:
    """A look-back has no pixels of the upload to find keypoints in."""
    picture, sheet = squeezed(3, 0.6)
    query, reference, first = first_look(picture, sheet, Form.AS_IS)
    stored = QueryFeatures.of_stored(extract_reference(sheet))
    only_thumbnail = QueryFeatures(query.width, query.height, query.keypoints, query.descriptors, stored.grey)
    assert realign(only_thumbnail, reference, first) is first


def test_stretch_is_one_for_turns_and_sizes_and_grows_with_squeezing() -> None:
    """Else every rotated copy would be looked at twice."""
    turn = np.array([[0.0, -2.0, 5.0], [2.0, 0.0, 7.0], [0.0, 0.0, 1.0]])
    measured = partial(stretch, width=400, height=300)
    assert measured(turn) == pytest.approx(1.0)
    assert measured(scaling(400, 300, 200, 300)) == pytest.approx(2.0)
    slanted = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.001, 0.0, 1.0]])
    assert measured(slanted) > STRETCHED_FROM
    assert growth(turn, 400, 300) == pytest.approx(2.0)
