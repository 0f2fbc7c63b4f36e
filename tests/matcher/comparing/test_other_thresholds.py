"""What evidence that was measured before would be worth under other thresholds."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.comparing.comparison import Comparison, by_hashes
from matcher.comparing.hashes import HashEvidence
from matcher.comparing.other_thresholds import known_thresholds, weighed_again
from matcher.local.evidence import LocalEvidence
from matcher.signals import SIGNAL_TYPES
from matcher.strength import Strength
from tests.helpers.media.evidence import VIDEO

SHA = HashEvidence(
    signal="sha256/1", distance=0, threshold=0, query_quality=None, reference_quality=None, transformation="as is"
)
LOCAL = LocalEvidence(
    inliers=40,
    agreement=0.98,
    coverage=0.7,
    changed=0.0,
    share_of_query=1.0,
    region=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
    transform=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    score=6.0,
    strength=Strength.NEAR,
    transformation="cropped to 70 %",
)


def hashed(name: str, distance: int, quality: int | None = 90) -> HashEvidence:
    """Return how far a hash was, under the threshold that runs."""
    return HashEvidence(
        signal=name,
        distance=distance,
        threshold=SIGNAL_TYPES[name].threshold,
        query_quality=quality,
        reference_quality=quality,
        transformation="as is",
    )


def worth(found: Comparison) -> tuple[Strength | None, int]:
    """Return what a verdict looks at."""
    return found.strength, found.agreeing


@settings(deadline=None, derandomize=True)
@given(
    pdq=st.integers(0, 80), phash=st.integers(0, 80), tried=st.integers(0, 80), quality=st.sampled_from([None, 30, 90])
)
def test_hashes_are_worth_what_they_would_have_been_worth_when_measured(
    pdq: int, phash: int, tried: int, quality: int | None
) -> None:
    """The distances are on record, so the answer is exact: here it is counted by hand."""
    found = weighed_again((hashed("pdq/1", pdq, quality), hashed("phash/1", phash, quality)), {"pdq/1": tried})
    agreeing = (pdq <= tried) + (phash <= SIGNAL_TYPES["phash/1"].threshold)
    poor = quality is not None and quality < 50
    sure = None if agreeing == 0 else Strength.WEAK if poor else Strength.NEAR
    assert worth(found) == (sure, agreeing)


@pytest.mark.parametrize(("tried", "agreeing"), [(19, 0), (20, 1), (21, 1)])
def test_threshold_is_inclusive(tried: int, agreeing: int) -> None:
    """As all thresholds here are."""
    assert weighed_again((hashed("pdq/1", 20),), {"pdq/1": tried}).agreeing == agreeing


def test_same_file_stays_exact_whatever_is_tried() -> None:
    """No threshold stands between a file and itself."""
    everything = dict.fromkeys(known_thresholds(), 0.0)
    assert worth(weighed_again((SHA, hashed("pdq/1", 9)), everything)) == (Strength.EXACT, 1)


def test_a_second_signal_that_nearly_agreed_agrees_under_a_looser_threshold() -> None:
    """What did not agree is on record, too: with it the match is sure enough to act on."""
    evidence = (hashed("pdq/1", 20), hashed("phash/1", 33))
    assert worth(weighed_again(evidence, {})) == (Strength.NEAR, 1)
    assert worth(weighed_again(evidence, {"phash/1": 33})) == (Strength.NEAR, 2)


def test_place_in_a_picture_goes_by_its_score() -> None:
    """A larger score is stricter."""
    evidence = (hashed("pdq/1", 90), LOCAL)
    assert worth(weighed_again(evidence, {"local/1": 6.0})) == (Strength.NEAR, 1)
    assert worth(weighed_again(evidence, {"local/1": 6.1})) == (None, 0)


def test_stretch_of_a_video_goes_by_the_median_of_its_frames() -> None:
    """Single frames are not on record."""
    assert weighed_again((VIDEO,), {"video/1": VIDEO.distance}).strength is Strength.NEAR
    assert weighed_again((VIDEO,), {"video/1": VIDEO.distance - 1}).strength is None


def test_scenes_have_no_threshold_to_try() -> None:
    """They are stretches of video that local features found; their score is not on record."""
    scenes = replace(VIDEO, signal="local/1", distance=None, threshold=None, second_opinion=None)
    assert weighed_again((scenes,), {"local/1": 99.0, "video/1": 0.0}).strength is Strength.PARTIAL


def test_nothing_changes_where_no_threshold_is_tried() -> None:
    """Or a replay would blame the threshold for what it did not do."""
    evidence = (SHA, hashed("pdq/1", 9), hashed("phash/1", 12))
    assert weighed_again(evidence, {}) == by_hashes(evidence)


def test_looser_is_told_from_stricter() -> None:
    """Of a distance more is looser, of a score less."""
    known = known_thresholds()
    assert [known["pdq/1"].is_looser(value) for value in (30, 31, 32)] == [False, False, True]
    assert [known["local/1"].is_looser(value) for value in (2.4, 2.5, 2.6)] == [True, False, False]
    assert "sha256/1" not in known
