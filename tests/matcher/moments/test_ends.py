"""How far a stretch reaches: neighbours that agree on when belong to it, and make no match."""

import numpy as np
import pytest

from matcher.moments.ends import ends
from matcher.moments.evidence import video_evidence
from matcher.moments.sides import Side
from matcher.moments.timeline import Line, Timeline
from matcher.signals.turning.orientations import AS_IS, TURNS
from matcher.strength import Strength
from tests.helpers.media.frames import codes, frames, noisy

REFERENCE = frames(codes(300), np.arange(300) / 10)
"""30 s, ten different frames a second."""


def evidence(query_codes, *, reference=REFERENCE, quality=100):
    query = frames(query_codes, np.arange(len(query_codes)) * 1.0, quality=quality)
    return video_evidence(Side.of_frames(query), Side.of_frames(reference))


def copies(seconds, bits):
    """Return a frame of each of some seconds of the reference, with that many bits changed."""
    return noisy(REFERENCE.pdq[np.asarray(seconds) * 10], bits)


def test_spoiled_frames_at_both_ends_belong_to_the_stretch():
    """One bit beyond the threshold, and the last second of a copy was not told."""
    found = evidence(np.concatenate([copies([5, 6], 40), copies(range(7, 12), 10), copies([12, 13], 36)]))
    assert found.query_span_s == (0.0, 9.0)
    assert found.reference_span_s == pytest.approx((5, 14), abs=0.11)
    assert found.frames == 5


def test_flash_is_stepped_over_but_not_two():
    """One frame that says nothing does not end a copy; what lies behind two is not claimed."""
    one = [copies(range(5, 10), 10), codes(1, 1), copies([11], 40), codes(5, 2)]
    assert evidence(np.concatenate(one)).query_span_s == (0.0, 6.5)
    two = [copies(range(5, 10), 10), codes(2, 1), copies([12], 40), codes(5, 2)]
    assert evidence(np.concatenate(two)).query_span_s == (0.0, 4.5)


@pytest.mark.parametrize(
    "beyond",
    [
        pytest.param(codes(1, 3), id="stranger"),
        pytest.param(copies([10], 60), id="too unlike"),
        pytest.param(copies([20], 40), id="more like another moment"),
    ],
)
def test_neighbour_that_shows_something_else_ends_the_stretch(beyond):
    """Seconds that were compared and do not agree are not claimed."""
    found = evidence(np.concatenate([copies(range(5, 10), 10), beyond, codes(3, 4)]))
    assert found.query_span_s == (0.0, 4.5)


@pytest.mark.parametrize(("strange", "stretches"), [(1, 1), (2, 2), (5, 2)])
def test_seconds_of_something_else_in_the_middle_are_not_claimed(strange, stretches):
    """A stranger's video between two pieces lies on the same line as they do; a flash of one frame divides nothing."""
    found = evidence(np.concatenate([copies(range(5), 10), codes(strange, 5), copies(range(5 + strange, 14), 10)]))
    assert found.stretches == stretches
    assert found.query_share == pytest.approx(1 if stretches == 1 else (14 - strange) / 14, abs=0.08)


def test_lengthening_makes_no_match():
    """However many frames lean on one that agrees, one frame is one frame."""
    found = evidence(np.concatenate([copies(range(5), 40), copies([5], 4), copies(range(6, 10), 40)]))
    assert found.query_span_s == (0.0, 10.0)
    assert (found.frames, found.strength) == (1, Strength.WEAK)
    assert evidence(copies(range(10), 40)) is None


def test_frame_whose_border_was_misjudged_belongs_to_the_stretch():
    """In a dark scene the edge of the picture looks like bars, too."""
    shown = copies(range(5, 15), 6)
    query = frames(codes(10, 7), np.arange(10) * 1.0)
    names = tuple(turn if edit == AS_IS else edit for edit in (AS_IS, "border added", "bars added") for turn in TURNS)
    pdq = codes(10 * len(names), 8).reshape(10, len(names), 32)
    pdq[2:, len(TURNS)] = shown[2:]
    pdq[:2, 2 * len(TURNS)] = shown[:2]
    found = video_evidence(Side(names, pdq, None, query.qualities, query), Side.of_frames(REFERENCE))
    assert found.transformation == "border added"
    assert found.query_span_s == (0.0, 10.0)


@pytest.mark.parametrize(("seconds", "until_s"), [(12, 12.0), (20, 9.5)])
def test_fade_out_that_was_written_on_belongs_where_both_videos_end(seconds, until_s):
    """A watermark on black is like no black; where the upload goes on, it may be anything."""
    quality = np.array([100] * 100 + [0] * 20)
    reference = frames(REFERENCE.pdq[:120], np.arange(120) / 10, [*(np.arange(1, 120) / 10), 12], quality=quality)
    found = evidence(np.concatenate([copies(range(10), 10), codes(seconds - 10, 5)]), reference=reference)
    assert found.query_span_s == pytest.approx((0, until_s), abs=0.11)


def test_plain_neighbour_is_found_whatever_is_rounded():
    """A fade-out that begins when the line says so, but for the last digit of a sum."""
    starts = np.arange(11) * 1.0
    timeline = Timeline(starts, np.append(starts[1:], 14.0), starts == 10)
    assert ends(np.arange(10), Line(1.0, -1e-12), timeline, timeline, None) == (0.0, 14.0)


def test_video_that_was_looked_at_less_closely_is_not_cut_short():
    """Looking back asks with every frame of a reference for uploads that were looked at once a second."""
    asked = frames(REFERENCE.pdq[:50], np.arange(50) / 10, [*(np.arange(1, 50) / 10), 5])
    shown = np.concatenate([codes(4, 1), REFERENCE.pdq[5:50:10], codes(4, 2)])
    posted = frames(shown, [*range(4), *(4.5 + np.arange(5)), *range(9, 13)])
    found = video_evidence(Side.of_frames(asked), Side.of_frames(posted))
    assert found.query_span_s == pytest.approx((0, 4.75), abs=0.11)
    assert found.reference_span_s == pytest.approx((4, 8.75), abs=0.11)
    assert found.frames == 5
    turned = video_evidence(Side.of_frames(posted), Side.of_frames(asked))
    assert (turned.query_span_s, turned.reference_span_s) == (found.reference_span_s, found.query_span_s)
