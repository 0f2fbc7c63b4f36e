"""What kernels make of pictures made of dots, of numbers that are none, and of values that do not fit together."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import SignalValueError
from matcher.local.agreement import look_up
from matcher.local.views import Form, places, view
from matcher.signals.local import POINT, LocalFeatures, QueryFeatures, extract_points, extract_query
from matcher.signals.points.keypoints import MAXIMUM_SIDE, _maxima, pyramid
from tests.helpers.media.patterns import dotted, patterns
from tests.helpers.media.textures import texture


def most_maxima(height: int, width: int, margin: int) -> int:
    """Return how many pixels of the part that is searched can be maxima: one of each square of four."""
    return max(0, (height - 2 * margin + 1) // 2) * max(0, (width - 2 * margin + 1) // 2)


def maxima_by_hand(grey: np.ndarray, minimum: float, margin: int) -> int:
    """Count the maxima as the definition has it, with NumPy."""
    p = np.pad(grey.astype(np.int64), 1)
    dxx = p[1:-1, :-2] + p[1:-1, 2:] - 2 * p[1:-1, 1:-1]
    dyy = p[:-2, 1:-1] + p[2:, 1:-1] - 2 * p[1:-1, 1:-1]
    dxy = p[:-2, :-2] + p[2:, 2:] - p[:-2, 2:] - p[2:, :-2]
    response = np.zeros(grey.shape)
    response[1:-1, 1:-1] = ((16 * dxx * dyy - dxy * dxy) / 16)[1:-1, 1:-1]
    count = 0
    for y in range(margin, grey.shape[0] - margin):
        for x in range(margin, grey.shape[1] - margin):
            around = response[y - 1 : y + 2, x - 1 : x + 2].ravel()
            before, here, after = around[[0, 1, 2, 3]], around[4], around[[5, 6, 7, 8]]
            count += bool(here >= minimum and (here > before).all() and (here >= after).all())
    return count


@given(
    seed=st.integers(0, 2**32), height=st.integers(1, 24), width=st.integers(1, 24), shades=st.integers(1, 4),
    margin=st.integers(1, 7), minimum=st.sampled_from([-1e9, 0.0, 12.0]),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_maxima_are_those_of_the_definition_and_one_in_four_at_most(
    seed: int, height: int, width: int, shades: int, margin: int, minimum: float
) -> None:
    """Few shades make many ties, by which two neighbours could both be maxima if the comparison were wrong."""
    levels = np.linspace(0, 255, shades).astype(np.uint8)
    grey = levels[np.random.default_rng(seed).integers(0, shades, (height, width))]
    places, strengths = _maxima(grey, minimum, margin)
    assert len(places) == len(strengths) == maxima_by_hand(grey, minimum, margin)
    assert len(places) <= most_maxima(height, width, margin)


@pytest.mark.parametrize(("height", "width"), [(15, 15), (16, 70), (33, 47), (64, 64)])
def test_dots_two_pixels_apart_fill_what_is_allotted(height: int, width: int) -> None:
    """The bound is reached, so nothing smaller would do: one in nine was allotted once, and the rest written behind."""
    grey = dotted(height + 1, width + 1)[1:, 1:]  # the first dot where the search begins
    assert len(_maxima(grey, 12.0, 7)[0]) == most_maxima(height, width, 7)


def test_two_hundred_pictures_of_every_kind_give_features() -> None:
    """What is uploaded is of any size and any content; extraction has no reason to refuse a picture."""
    rng = np.random.default_rng(7)
    for number in range(200):
        height, width = (int(side) for side in rng.integers(1, 200, 2))
        pictures = list(patterns(height, width, rng))
        _, grey = pictures[number % len(pictures)]
        points, bits = extract_points(grey, 256)
        assert bits.shape == (len(points), 32)
        assert np.isfinite(points.xy).all()


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (MAXIMUM_SIDE + 1, 1), (1, MAXIMUM_SIDE + 1)])
def test_pictures_no_pyramid_can_hold_are_refused(shape: tuple[int, int]) -> None:
    """Beyond that side a float32 takes the last place for the pixel after it."""
    with pytest.raises(ValueError, match="reduce it first"):
        pyramid(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e300, 2.0**63, 2.0**40])
def test_keypoints_that_a_matrix_sends_nowhere_are_not_found(number: float) -> None:
    """Such a number turned into an integer is any cell at all."""
    asked = extract_query(texture(1, width=320, height=240))
    seen = view(asked, Form.AS_IS)
    words = seen.descriptors.view(np.uint64)
    for row, column in ((0, 0), (0, 2), (1, 1), (2, 2)):
        matrix = np.eye(3)
        matrix[row, column] = number if row < 2 else 1 / number
        rows, _ = look_up(seen.places, words, seen.cells, places(asked.keypoints), words, matrix, np.zeros(2), 6.0, 0.4)
        assert (rows < len(words)).all()
        assert np.count_nonzero(rows >= 0) <= 1  # one may lie in the corner that does not move


@given(st.integers(0, 290), st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_claimed_features_of_any_numbers_are_compared(count: int, seed: int) -> None:
    """Values of `local/1` come from peers: places outside the picture, scales of no octave, equal descriptors."""
    rng = np.random.default_rng(seed)
    width, height, across, down = (int(side) for side in rng.integers(1, [641, 641, 40, 40]))
    header = b"".join(value.to_bytes(2, "little") for value in (1, width, height, count)) + bytes([across, down, 9, 3])
    data = header + rng.bytes(38 * count + (across * down + 1) // 2)
    features = LocalFeatures.from_bytes(data)
    for form in Form:
        seen = view(QueryFeatures.of_stored(features), form)
        bits = np.ascontiguousarray(features.descriptors).view(np.uint64)
        rows, _ = look_up(
            seen.places, seen.descriptors.view(np.uint64), seen.cells, places(features.keypoints), bits,
            np.eye(3), np.zeros(2), 6.0, 0.4,
        )  # fmt: skip
        assert len(rows) == count


def question(**changes: np.ndarray) -> bytes:
    """Write a question as it is stored, with some of its arrays changed."""
    arrays = {
        "size": np.array([40, 30]),
        "points": np.zeros(3, POINT),
        "bits": np.zeros((3, 32), np.uint8),
        "grey": np.zeros((30, 40), np.uint8),
    }
    file = io.BytesIO()
    np.savez_compressed(file, **(arrays | changes))
    return file.getvalue()


def test_a_stored_question_is_read() -> None:
    """What the next test changes is sound before."""
    assert len(QueryFeatures.from_bytes(question()).keypoints) == 3


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("bits", np.zeros((2, 32), np.uint8)),
        ("bits", np.zeros((3, 31), np.uint8)),
        ("bits", np.zeros((3, 32), np.int64)),
        ("points", np.zeros(4, POINT)),
        ("points", np.zeros((), POINT)),
        ("points", np.zeros((3, 2), np.float32)),
        ("grey", np.zeros((0, 40), np.uint8)),
        ("grey", np.zeros(40, np.uint8)),
        ("grey", np.zeros((30, 40, 3), np.uint8)),
        ("grey", np.zeros((30, 40), np.float64)),
        ("grey", np.zeros((1, 801), np.uint8)),
        ("size", np.array([0, 30])),
        ("size", np.array([-40, 30])),
        ("size", np.array([40, 2**40])),
    ],
)
def test_a_stored_question_that_does_not_fit_together_is_refused(name: str, array: np.ndarray) -> None:
    """More keypoints than descriptors, and the search reads what lies behind them."""
    with pytest.raises(SignalValueError, match="hash the picture again"):
        QueryFeatures.from_bytes(question(**{name: array}))
