"""Frame hits -> spans: what is found, where, and what must not be."""

import numpy as np
import pytest

from matcher.moments.alignment import alike, spans
from matcher.moments.timeline import Timeline
from matcher.signals.video import ROW, VideoFrames
from tests.helpers.media.frames import codes, frames, noisy


def found(query, reference):
    pairs = alike(query.pdq, reference.pdq, query_quality=query.qualities, reference_quality=reference.qualities)
    return spans(pairs, Timeline.of(query), Timeline.of(reference))


REFERENCE = frames(codes(300), np.arange(300) / 10)
"""30 s, ten different frames a second."""


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.25, 2.0])
@pytest.mark.parametrize("begin_s", [0.0, 7.3])
def test_clip_is_placed_whatever_its_speed(speed, begin_s):
    """Faster or slower is the edit that any fixed frame rate misses."""
    times = np.arange(10) * 1.0
    rows = np.rint((begin_s + speed * times) * 10).astype(int)
    span = found(frames(noisy(REFERENCE.pdq[rows], 12), times), REFERENCE)[0]
    assert span.speed == pytest.approx(speed, rel=0.03)
    assert span.reference_s[0] == pytest.approx(begin_s, abs=0.6)
    assert len(span.pairs) == 10


def test_clip_padded_with_other_videos_is_found_with_its_borders():
    """Five seconds in a minute: what a share of agreeing frames cannot see."""
    inside = noisy(REFERENCE.pdq[50:100:10], 10)
    query = frames(np.concatenate([codes(27, 1), inside, codes(28, 2)]), np.arange(60) * 1.0)
    (span,) = found(query, REFERENCE)
    assert span.query_s == pytest.approx((27, 32), abs=1)
    assert span.reference_s == pytest.approx((5, 10), abs=1)
    assert span.pairs.query.tolist() == [27, 28, 29, 30, 31]


def test_two_pieces_are_two_spans():
    """A medley of a removed video is named piece by piece."""
    pieces = [REFERENCE.pdq[200:250:10], codes(10, 3), REFERENCE.pdq[20:100:10]]
    late, early = sorted(found(frames(np.concatenate(pieces), np.arange(23) * 1.0), REFERENCE), key=lambda s: s.query_s)
    assert late.reference_s == pytest.approx((20, 25), abs=1)
    assert early.reference_s == pytest.approx((2, 10), abs=1)


def test_shuffled_frames_do_not_add_up():
    """Order is evidence: a bag of the same frames is none."""
    rows = np.random.default_rng(5).permutation(np.arange(0, 300, 15))
    shuffled = found(frames(REFERENCE.pdq[rows], np.arange(20) * 1.0), REFERENCE)
    assert max(len(span.pairs) for span in shuffled) <= 6


def test_still_scene_says_little_about_when():
    """A title card that stays looks like itself at any time: it must not outvote frames that are rare."""
    card = codes(1, 9).repeat(100, axis=0)
    reference = frames(np.concatenate([card, REFERENCE.pdq[:100]]), np.arange(200) / 10)
    query = frames(np.concatenate([card[:10], REFERENCE.pdq[30:70:10]]), np.arange(14) * 1.0)
    best = found(query, reference)[0]
    assert best.speed == pytest.approx(1, rel=0.05)
    assert {10, 11, 12, 13} <= set(best.pairs.query.tolist())


def test_plain_frames_do_not_vote():
    """Black frames are in every video."""
    black = frames(codes(30, 4), np.arange(30) * 1.0, quality=10)
    assert found(black, black) == []


def test_plain_end_belongs_to_the_span():
    """A fade-out is part of the copy, though it proves nothing."""
    quality = np.array([100] * 10 + [0] * 5)
    video = frames(codes(15, 6), np.arange(15) * 1.0, quality=quality)
    (span,) = found(video, video)
    assert span.query_s == pytest.approx((0, 15), abs=0.5)


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_strangers_have_no_span(count):
    """Frames that look unlike have nothing to align."""
    query = frames(codes(count, 7), np.arange(count) * 1.0) if count else VideoFrames(np.zeros(0, ROW))
    assert found(query, REFERENCE) == []


def test_pairs_are_those_of_a_plain_scan():
    """The batched search leaves nothing out."""
    query = frames(np.concatenate([noisy(REFERENCE.pdq[::7], 31), noisy(REFERENCE.pdq[::7], 32)]), np.arange(86) * 1.0)
    pairs = alike(query.pdq, REFERENCE.pdq, query_quality=query.qualities, reference_quality=REFERENCE.qualities)
    plain = {
        (q, r)
        for q, a in enumerate(query.pdq)
        for r, b in enumerate(REFERENCE.pdq)
        if int(np.bitwise_count(a ^ b).sum()) <= 31
    }
    assert set(zip(pairs.query.tolist(), pairs.reference.tolist(), strict=True)) == plain
    assert len(plain) == 43
