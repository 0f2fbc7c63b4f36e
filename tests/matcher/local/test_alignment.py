"""Known transforms are found again, and nothing is found between strangers."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from matcher.local.agreement import Places, best_pair, best_pairs, look_up, most_alike
from matcher.local.alignment import Alignment, align, near_pairs
from matcher.local.transforms import (
    affine,
    derivative,
    fit,
    homography,
    is_sane,
    octaves_grown,
    outline,
    scaling,
    similarity,
    transformed,
)
from matcher.local.views import CELL_PX, Form, view
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference
from matcher.thresholds import FEW_INLIERS_SEEN, FEWEST_INLIERS, MINIMUM_INLIERS
from tests.helpers.media.forms import shown_as
from tests.helpers.media.textures import texture

WIDTH, HEIGHT = 480, 360


def warped(
    picture: npt.NDArray[np.uint8], matrix: npt.NDArray[np.float64], *, size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    out = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(90, 90, 90))
    return out.astype(np.uint8)


def aligned(query: QueryFeatures, reference: LocalFeatures, form: Form = Form.AS_IS) -> Alignment | None:
    seen = view(query, form)
    return align(seen, reference, near_pairs(seen, reference))


def turned(degrees: float, scale: float = 1.0) -> npt.NDArray[np.float64]:
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, scale)
    return matrix


SLANTED = np.array([[0.9, 0.05, 20], [0.02, 0.85, 25], [3e-4, 2e-4, 1]])
SQUEEZED = np.array([[0.6, 0, 0], [0, 1, 0], [0, 0, 1.0]])


@pytest.mark.parametrize(
    "matrix",
    [np.eye(3), turned(90), turned(20, 0.8), turned(-135, 0.6), scaling(480, 360, 720, 540), SLANTED, SQUEEZED],
)
def test_a_known_transform_is_found_within_two_pixels(matrix: npt.NDArray[np.float64]) -> None:
    """The region shown to a moderator, and the pixels compared, are where it says."""
    picture = texture(1, width=WIDTH, height=HEIGHT)
    size = (720, 540) if matrix[0, 0] > 1.3 else (WIDTH, HEIGHT)
    found = aligned(extract_query(warped(picture, matrix, size=size)), extract_reference(picture))
    assert found is not None
    corners = outline(WIDTH, HEIGHT)
    assert np.linalg.norm(transformed(found.matrix, corners) - transformed(matrix, corners), axis=1).max() < 4
    centre = np.array([[WIDTH / 2, HEIGHT / 2]])
    assert np.linalg.norm(transformed(found.matrix, centre) - transformed(matrix, centre)) < 2
    assert found.inliers >= 40
    assert found.miss < 0.8


@pytest.mark.parametrize("form", [Form.MIRRORED, Form.INVERTED, Form.MIRRORED_INVERTED])
def test_mirrored_and_inverted_copies_align_in_their_form_only(form: Form) -> None:
    """The form is part of the evidence."""
    picture = texture(2, width=WIDTH, height=HEIGHT)
    edited = shown_as(picture, form)
    query, reference = extract_query(edited), extract_reference(picture)
    found = aligned(query, reference, form)
    assert found is not None
    assert found.inliers > 150
    assert np.sign(np.linalg.det(found.matrix[:2, :2])) == (-1 if form.is_mirrored else 1)
    other = aligned(query, reference, Form.AS_IS)
    assert other is None or other.inliers < 30


def test_the_few_keypoints_of_a_small_crop_do_where_they_are_nearly_the_same() -> None:
    """Of a crop to 4 % of a photograph seven are left; as few that only resemble each other say nothing."""
    picture = texture(1, width=WIDTH, height=HEIGHT)
    query, reference = extract_query(np.ascontiguousarray(picture[40:112, 40:136])), extract_reference(picture)
    found = aligned(query, reference)
    assert found is not None
    assert FEWEST_INLIERS <= found.inliers < MINIMUM_INLIERS
    assert np.abs(transformed(found.matrix, np.array([[88.0, 76.0]])) - [48, 36]).max() < 1
    query.descriptors[:, :5] ^= 255
    assert aligned(query, reference) is None


def test_few_keypoints_do_only_where_no_more_of_the_reference_should_be_seen() -> None:
    """Five of 256 that a whole picture within another should show are chance; five of a corner are what is left."""
    reference = extract_reference(texture(1, width=WIDTH, height=HEIGHT))
    corner = np.array([150, 100])
    inside = ((reference.keypoints.xy > corner + 5) & (reference.keypoints.xy < corner + 75)).all(axis=1)
    five = np.flatnonzero(inside)[:5]
    points, bits = reference.keypoints.some(five), reference.descriptors[five]
    crop = QueryFeatures(
        80, 80, replace(points, xy=points.xy - corner.astype(np.float32)), bits, np.zeros((80, 80), np.uint8)
    )
    whole = QueryFeatures(WIDTH, HEIGHT, points, bits, np.zeros((HEIGHT, WIDTH), np.uint8))
    found = aligned(crop, reference)
    assert found is not None
    assert found.inliers == 5 <= found.visible <= FEW_INLIERS_SEEN < len(reference.keypoints)
    assert aligned(whole, reference) is None


def test_how_much_all_places_grow_is_how_much_each_does() -> None:
    """The octave that a keypoint should have is read off one formula for all, not off the map's derivative at each."""
    xy = np.random.default_rng(2).uniform(0, 400, (20, 2))
    each = [np.log2(np.sqrt(np.linalg.det(derivative(SLANTED, *at)))) for at in xy]
    assert octaves_grown(SLANTED, xy) == pytest.approx(each)


def test_what_is_found_lies_exactly_and_of_its_size_in_a_copy_and_half_of_it_in_a_mixture() -> None:
    """Sizes and the best quarter of the places tell a copy that another picture was mixed into from a look-alike."""
    picture = texture(1, width=WIDTH, height=HEIGHT)
    mixed = (0.5 * picture + 0.5 * texture(2, width=WIDTH, height=HEIGHT)).astype(np.uint8)
    copy, half = (aligned(extract_query(each), extract_reference(picture)) for each in (picture, mixed))
    assert copy is not None
    assert half is not None
    assert copy.best_miss <= copy.miss < 0.1 > copy.octaves_apart
    assert half.best_miss < 0.6 * half.miss
    assert half.octaves_apart < 0.15


def test_strangers_do_not_align() -> None:
    """Nothing in common, nothing found: a few keypoints agree on some transform by chance, never many."""
    references = [extract_reference(texture(n)) for n in range(3, 7)]
    for number in range(7, 11):
        query = extract_query(texture(number))
        for reference in references:
            found = aligned(query, reference)
            assert found is None or found.inliers < 20


def test_no_keypoint_is_counted_twice() -> None:
    """Repeated patterns must not add up: each keypoint of either side speaks once."""
    tile = texture(11, width=120, height=90)
    found = aligned(extract_query(np.tile(tile, (4, 4, 1))), extract_reference(np.tile(tile, (4, 4, 1))))
    assert found is not None
    for side in found.pairs.T:
        assert len(np.unique(side)) == len(side)


def test_nothing_to_go_by_gives_no_alignment() -> None:
    """No pairs, no keypoints: no exception."""
    plain = extract_reference(np.full((200, 200, 3), 90, np.uint8))
    some = extract_reference(texture(12))
    seen = view(extract_query(texture(12)), Form.AS_IS)
    assert align(seen, some, np.empty((0, 2), np.int32)) is None
    assert align(seen, plain, np.empty((0, 2), np.int32)) is None
    assert len(near_pairs(seen, plain)) == 0


@pytest.mark.parametrize(
    ("matrix", "sane"),
    [
        (np.eye(3), True),
        (turned(170, 0.2), True),
        (SLANTED, True),
        (np.diag([-1.0, 1, 1]), False),
        (np.diag([1.0, 0.2, 1]), False),
        (np.diag([0.01, 0.01, 1]), False),
        (np.diag([40.0, 40, 1]), False),
        (np.array([[1, 0, 0], [0, 1, 0], [-1 / 240, 0, 1.0]]), False),
        (np.array([[1, 2.8, 0], [0, 1, 0], [0, 0, 1.0]]), False),
        (np.full((3, 3), np.nan), False),
    ],
)
def test_folded_and_absurd_transforms_are_refused(matrix: npt.NDArray[np.float64], sane: bool) -> None:
    """A handful of wrong pairs fits some homography; no camera makes it."""
    assert is_sane(matrix, WIDTH, HEIGHT) is sane


@pytest.mark.parametrize("solve", [similarity, affine, homography])
def test_fits_survive_a_third_of_wrong_points(solve: object) -> None:
    """Look-ups within a tolerance always catch some."""
    rng = np.random.default_rng(13)
    source = rng.uniform(0, 400, (90, 2))
    target = transformed(turned(25, 0.7), source)
    target[:30] += rng.uniform(-25, 25, (30, 2))
    matrix = fit(source, target, np.ones(90), solve)  # type: ignore[arg-type]
    assert matrix is not None
    assert np.abs(transformed(matrix, source[30:]) - target[30:]).max() < 1.5


def test_points_on_a_line_determine_no_affine_map() -> None:
    """A row of identical windows is such a line."""
    line = np.stack([np.arange(10.0), 2 * np.arange(10.0)], axis=1)
    assert fit(line, line + 3, np.ones(10), affine) is None
    assert fit(np.ones((5, 2)), np.ones((5, 2)), np.ones(5), similarity) is None


def random_places(rng: np.random.Generator, count: int) -> Places:
    return Places(
        rng.uniform(0, 300, (count, 2)).astype(np.float32),
        rng.uniform(0, 2, count).astype(np.float32),
        rng.uniform(-3, 3, count).astype(np.float32),
    )


def test_votes_that_agree_outweigh_votes_by_chance() -> None:
    """Ten pairs that say one thing beat sixty that say sixty."""
    rng = np.random.default_rng(14)
    query, reference, weights = random_places(rng, 70), random_places(rng, 70), np.ones(70, np.float32)
    query.xy[:10] = transformed(turned(30, 0.5), reference.xy[:10])
    query.octave[:10], query.angle[:10] = reference.octave[:10] - 1, reference.angle[:10] - np.radians(30)
    best, total = best_pair(query, reference, weights)
    assert best < 10
    assert 10 <= total < 20
    starts = np.array([0, 10, 11, 70])
    sums = best_pairs(starts, query, reference, weights)
    assert sums[0] == 10
    assert sums[1] == 0


def test_the_most_alike_are_those_of_a_plain_scan() -> None:
    """What the index does for many references is done for one by brute force, in machine code."""
    rng = np.random.default_rng(11)
    one, many = (rng.integers(0, 2**63, (n, 4)).astype(np.uint64) for n in (40, 90))
    many[70] = many[20] = one[5]
    bits = np.bitwise_count(one[:, None] ^ many[None]).sum(axis=2)
    nearest, least = most_alike(one, np.ascontiguousarray(many.T))
    assert np.array_equal(nearest, bits.argmin(axis=1))
    assert np.array_equal(least, bits.min(axis=1))
    assert (nearest[5], least[5]) == (20, 0)


def test_looking_up_by_cells_finds_what_a_full_scan_finds() -> None:
    """The grid is a shortcut: every keypoint within the tolerance is tried."""
    picture = texture(15)
    seen, reference = view(extract_query(picture), Form.AS_IS), extract_reference(picture)
    assert seen.cells.side_px == CELL_PX
    places = Places(reference.keypoints.xy, np.log2(reference.keypoints.scale), reference.keypoints.angle)
    bits, query_bits = reference.descriptors.view(np.uint64), seen.descriptors.view(np.uint64)
    pivot = np.zeros(2)
    found, distances = look_up(seen.places, query_bits, seen.cells, places, bits, turned(5), pivot, 9.0, 0.05)
    everything = seen.cells._replace(
        starts=np.array([0, len(query_bits)], np.int32),
        rows=np.arange(len(query_bits), dtype=np.int32),
        across=1,
        side_px=10_000,
    )
    plain, plain_distances = look_up(seen.places, query_bits, everything, places, bits, turned(5), pivot, 9.0, 0.05)
    assert (found >= 0).sum() > 50
    assert np.array_equal(distances, plain_distances)
    differ = found != plain
    assert (distances[differ] == plain_distances[differ]).all()
