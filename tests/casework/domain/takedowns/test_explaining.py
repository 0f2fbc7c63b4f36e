"""The sentence a person decides by."""

from dataclasses import replace

import pytest

from casework.domain.takedowns.explaining import explain
from matcher.comparing.comparison import Comparison, Evidence
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.strength import Strength
from tests.helpers.media.evidence import VIDEO

PLACE = LocalEvidence(
    inliers=40,
    agreement=1.0,
    coverage=0.5,
    changed=0.0,
    share_of_query=1.0,
    region=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
    transform=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    score=9.0,
    strength=Strength.NEAR,
    transformation="cropped to 52 %",
)


def hashed(signal: str = "pdq/1", distance: int = 8, *, quality: int = 100, done: str = "as is") -> HashEvidence:
    """Return one hash of two pictures."""
    threshold = 0 if signal == "sha256/1" else 31
    return HashEvidence(
        signal=signal,
        distance=distance,
        threshold=threshold,
        query_quality=quality,
        reference_quality=100,
        transformation=done,
    )


def told(*grounds: Evidence, shared_by: int = 0) -> str:
    """Return the sentence about a comparison that rests on this."""
    return explain(Comparison(grounds, Strength.NEAR, 1, grounds, shared_by))


@pytest.mark.parametrize(
    ("grounds", "sentence"),
    [
        ((), "no signal agrees"),
        ((hashed(distance=32), hashed("phash/1", 40)), "no signal agrees"),
        ((hashed("sha256/1", 0), hashed(distance=0)), "identical file"),
        ((hashed(), hashed("phash/1")), "same picture, re-encoded"),
        ((hashed(done="mirrored"), hashed("phash/1", done="mirrored")), "mirrored, re-encoded"),
        ((hashed(quality=49), hashed("phash/1")), "same picture, re-encoded; too plain to be sure"),
        ((hashed(quality=50), hashed("phash/1")), "same picture, re-encoded"),
        ((hashed(), hashed("phash/1", 100)), "same picture, re-encoded; only Look-alike (PDQ) agrees"),
        ((hashed(),), "same picture, re-encoded"),
        ((PLACE,), "cropped to 52 %"),
        ((replace(PLACE, transformation="as is"),), "same picture, re-encoded"),
    ],
)
def test_sentence_about_pictures_says_what_was_done(grounds: tuple[Evidence, ...], sentence: str) -> None:
    """A person who looks at a match must see why it is one."""
    assert told(*grounds) == sentence


def test_sentence_about_videos_says_which_seconds() -> None:
    """Times, transformation, speed and how often."""
    assert told(VIDEO) == "0:12–0:17 of this upload is 0:00–0:05 of the removed video"
    assert told(replace(VIDEO, speed=0.8, stretches=3, transformation="mirrored")).endswith(
        "removed video, mirrored, 1.2 times as long; 2 more such stretches"
    )
    assert told(replace(VIDEO, speed=1.03, stretches=2)).endswith("removed video; 1 more such stretch")
    assert told(replace(VIDEO, query_span_s=(3723.0, 3730.0))).startswith("1:02:03–1:02:10")


def test_picture_and_video_are_told_apart() -> None:
    """A frame posted as a photo, and a photo shown in a video."""
    assert told(replace(VIDEO, query_span_s=None)) == "the picture is at 0:00–0:05 of the removed video"
    assert told(replace(VIDEO, reference_span_s=None)) == "0:12–0:17 of this upload shows the removed picture"


def test_stretch_of_a_second_is_told_as_one() -> None:
    """Half seconds are rounded up alike: 0:06–0:06 is no stretch."""
    one = replace(VIDEO, query_span_s=(5.5, 6.5), reference_span_s=(0.5, 1.5))
    assert told(one) == "0:06–0:07 of this upload is 0:01–0:02 of the removed video"


def test_frames_that_many_videos_share_are_told_of() -> None:
    """Who reads `weak` beside a stretch that agrees so well must see why."""
    assert told(VIDEO, shared_by=3).endswith(
        "of the removed video; 3 different removed videos have these frames in common"
    )
