"""`local/1`: what is extracted, how it is stored, and the symmetries queries rest on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import SignalValueError
from matcher.local.views import Form, view
from matcher.signals.local import (
    QUERY_SIDE_PX,
    REFERENCE_KEYPOINTS,
    REFERENCE_SIDE_PX,
    LocalFeatures,
    QueryFeatures,
    extract_query,
    extract_reference,
    fit,
)
from matcher.signals.points import descriptors, keypoints
from matcher.signals.points.descriptors import inverted, mirrored
from tests.helpers.media.forms import shown_as
from tests.helpers.media.textures import texture


def test_a_reference_takes_at_most_twelve_thousand_bytes() -> None:
    """A bank of a million fits one machine."""
    features = extract_reference(texture(1, width=1600, height=1200))
    assert len(features.to_bytes()) <= 12_000
    assert 0.95 * REFERENCE_KEYPOINTS <= len(features.keypoints) <= REFERENCE_KEYPOINTS + 5
    assert max(features.width, features.height) == REFERENCE_SIDE_PX


def test_stored_features_read_back_but_for_rounding() -> None:
    """What is searched for years is what was extracted."""
    features = extract_reference(texture(2))
    again = LocalFeatures.from_bytes(features.to_bytes())
    assert (again.width, again.height) == (features.width, features.height)
    assert np.abs(again.keypoints.xy - features.keypoints.xy).max() <= 1 / 64
    assert np.abs(np.log2(again.keypoints.scale / features.keypoints.scale)).max() <= 1 / 32 + 1e-6
    turn = again.keypoints.angle - features.keypoints.angle
    assert np.abs((turn + np.pi) % (2 * np.pi) - np.pi).max() <= np.pi / 256 + 1e-6
    assert np.array_equal(again.descriptors, features.descriptors)
    shade = (int(features.thumbnail.max()) - int(features.thumbnail.min())) / 15
    assert np.abs(again.thumbnail.astype(int) - features.thumbnail).max() <= shade / 2 + 1
    assert again.to_bytes() == features.to_bytes()


def test_the_same_picture_always_gives_the_same_bytes() -> None:
    """A stored signal is compared with what other processes extract."""
    assert extract_reference(texture(3)).to_bytes() == extract_reference(texture(3)).to_bytes()


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_or_read(data: bytes) -> None:
    """Values come from the record and from peers: never anything but features or our error."""
    try:
        features = LocalFeatures.from_bytes(data)
    except SignalValueError:
        return
    assert len(features.to_bytes()) == len(data)


@pytest.mark.parametrize("cut", [0, 5, 11, 12, 4000, -1])
def test_cut_values_are_refused(cut: int) -> None:
    """Half a value would match half a picture."""
    with pytest.raises(SignalValueError, match="hash the picture again"):
        LocalFeatures.from_bytes(extract_reference(texture(4)).to_bytes()[:cut])


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 4000), (4000, 1), (31, 31), (63, 63), (2, 3000), (3000, 40), (40, 3000), (500, 500)]
)
def test_odd_pictures_give_features_without_keypoints_or_few(shape: tuple[int, int]) -> None:
    """Tiny, long and plain pictures are uploads like any other."""
    for value in (0, 127):
        pixels = np.full((*shape, 3), value, np.uint8)
        features = extract_reference(pixels)
        assert len(features.keypoints) == 0
        assert LocalFeatures.from_bytes(features.to_bytes()).thumbnail.shape == features.thumbnail.shape
        assert len(extract_query(pixels).descriptors) == 0
    noise = np.random.default_rng(5).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert len(extract_reference(noise).to_bytes()) <= 12_000
    extract_query(noise)


def test_a_grey_picture_is_as_good_as_a_coloured_one() -> None:
    """Keyframes of videos arrive in grey."""
    grey = texture(6)[..., 0]
    same = extract_reference(np.repeat(grey[..., None], 3, axis=2))
    assert np.array_equal(extract_reference(grey).descriptors, same.descriptors)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([REFERENCE_SIDE_PX, QUERY_SIDE_PX]))
def test_fitting_keeps_the_longest_side_and_the_shape(width: int, height: int, side: int) -> None:
    """Places are told in pixels of the fitted picture: its shape must be the original's."""
    fitted = fit(np.zeros((height, width), np.uint8), side)
    assert max(fitted.shape) == min(side, max(width, height))
    shrink = max(fitted.shape) / max(width, height)
    assert abs(fitted.shape[1] - width * shrink) <= 1.5
    assert abs(fitted.shape[0] - height * shrink) <= 1.5


def test_keypoints_are_spread_over_the_picture() -> None:
    """A busy corner must not take the keypoints of the rest: a crop of the rest would not be found."""
    picture = texture(7, width=640, height=480)
    picture[:, 320:] = (0.4 * (picture[:, 320:].astype(float) - 128) + 128).astype(np.uint8)
    xy = extract_reference(picture).keypoints.xy
    assert (xy[:, 0] > 320).mean() > 0.2


def test_every_beginning_of_a_query_is_spread_over_scales() -> None:
    """The first few hundred keypoints stand for all when mirrored forms are searched."""
    scale = extract_query(texture(8, width=1024, height=768)).keypoints.scale
    whole, first = (np.log2(part).mean() for part in (scale, scale[:300]))
    assert abs(whole - first) < 0.2


def test_mirroring_and_inverting_are_their_own_opposites() -> None:
    """Permutations of bits lose nothing."""
    bits = np.random.default_rng(9).integers(0, 256, (50, 32), dtype=np.uint8)
    assert np.array_equal(mirrored(mirrored(bits)), bits)
    assert np.array_equal(inverted(inverted(bits)), bits)
    assert np.array_equal(mirrored(inverted(bits)), inverted(mirrored(bits)))
    assert not np.array_equal(mirrored(bits), bits)


def test_pairs_are_256_and_closed_under_mirroring_and_half_turns() -> None:
    """Both rearrangements rest on it."""
    pairs = {tuple(sorted(pair)) for pair in descriptors._PAIRS.tolist()}
    assert len(pairs) == len(descriptors._PAIRS) == 256
    for moved in (descriptors.MIRRORED_SAMPLES, descriptors.TURNED_SAMPLES):
        assert {tuple(sorted((int(moved[a]), int(moved[b])))) for a, b in pairs} == pairs


@pytest.mark.parametrize("form", [Form.MIRRORED, Form.INVERTED, Form.MIRRORED_INVERTED])
def test_rearranged_bits_are_those_of_the_edited_picture(form: Form) -> None:
    """The fast way against the slow one: edit the pixels and extract again."""
    picture = texture(10, width=480, height=360)
    edited = shown_as(picture, form)
    fast, slow = view(extract_query(edited), form), view(extract_query(picture), Form.AS_IS)
    gaps = np.linalg.norm(fast.places.xy[:, None] - slow.places.xy[None], axis=2)
    gaps += 100 * np.abs(fast.places.octave[:, None] - slow.places.octave[None])
    nearest = gaps.argmin(axis=1)
    same = gaps[np.arange(len(nearest)), nearest] < 0.5
    bits = np.bitwise_count(fast.descriptors[same] ^ slow.descriptors[nearest[same]]).sum(axis=1)
    turn = fast.places.angle[same] - slow.places.angle[nearest[same]]
    assert same.mean() > 0.4  # rounding decides which of the weakest are taken
    assert np.median(bits) <= 12
    assert np.median(np.abs((turn + np.pi) % (2 * np.pi) - np.pi)) < 0.05


def test_maxima_are_those_of_a_plain_scan() -> None:
    """The compiled detector against the definition: a determinant larger than its eight neighbours'."""
    pixels = keypoints.pyramid(texture(11)[..., 0])[2].pixels
    grey = pixels.astype(np.int64)
    dxx = grey[1:-1, :-2] + grey[1:-1, 2:] - 2 * grey[1:-1, 1:-1]
    dyy = grey[:-2, 1:-1] + grey[2:, 1:-1] - 2 * grey[1:-1, 1:-1]
    dxy = grey[:-2, :-2] + grey[2:, 2:] - grey[:-2, 2:] - grey[2:, :-2]
    response = np.pad((16 * dxx * dyy - dxy * dxy) / 16, 1)
    places, _ = keypoints._maxima(pixels, 12.0, 7)
    found = {(int(y), int(x)) for x, y in np.rint(places)}
    expected = {
        (y, x)
        for y in range(7, grey.shape[0] - 7)
        for x in range(7, grey.shape[1] - 7)
        if response[y, x] >= 12 and response[y, x] == response[y - 1 : y + 2, x - 1 : x + 2].max()
        and (response[y - 1 : y + 2, x - 1 : x + 2] == response[y, x]).sum() == 1
    }  # fmt: skip
    assert len(expected) > 100
    assert len(expected - found) <= 0.02 * len(expected)


def test_a_question_survives_being_put_off() -> None:
    """The rest of a search is asked with what the beginning was asked with."""
    asked = extract_query(texture(7))
    read = QueryFeatures.from_bytes(asked.to_bytes())
    assert (read.width, read.height) == (asked.width, asked.height)
    assert (read.descriptors == asked.descriptors).all()
    assert (read.grey == asked.grey).all()
    assert np.abs(read.keypoints.xy - asked.keypoints.xy).max() <= 1 / 128
    with pytest.raises(SignalValueError, match="no question"):
        QueryFeatures.from_bytes(asked.to_bytes()[:-9])


@pytest.mark.parametrize("spoil", [lambda v: v[:-1], lambda v: v + b"\0", lambda v: b"\2" + v[1:], lambda v: b""])
def test_a_value_that_was_altered_is_refused(spoil) -> None:
    """What others send is checked before anything is allocated by it."""
    value = extract_reference(texture(8)).to_bytes()
    with pytest.raises(SignalValueError):
        LocalFeatures.from_bytes(spoil(value))
