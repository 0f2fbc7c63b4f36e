"""What people said of matches is counted by what each signal said."""

from casework.policy.learning.precision import AnsweredMatch, precision_of
from casework.policy.learning.share import Share
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.strength import Strength


def pdq(distance: int, *, signal: str = "pdq/1") -> HashEvidence:
    """Measure so many bits."""
    return HashEvidence(
        signal=signal,
        distance=distance,
        threshold=31,
        query_quality=None,
        reference_quality=None,
        transformation="as is",
    )


def local(score: float) -> LocalEvidence:
    """See a part with a score."""
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    return LocalEvidence(
        inliers=30,
        agreement=0.9,
        coverage=0.5,
        changed=0.0,
        share_of_query=1.0,
        region=corners,
        transform=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        score=score,
        strength=Strength.PARTIAL,
        transformation="cropped to 50 %",
    )


def answered(
    is_copy: bool, *evidence: HashEvidence | LocalEvidence, strength: Strength = Strength.NEAR
) -> AnsweredMatch:
    """Answer about a match."""
    return AnsweredMatch(strength, evidence, is_copy)


def test_bits_are_counted_in_buckets_of_eight_and_those_beyond_the_threshold_do_not_count() -> None:
    """7 and 8 lie in different ones; 32 is beyond 31."""
    found = precision_of(
        [
            answered(True, pdq(0)),
            answered(True, pdq(7)),
            answered(False, pdq(8)),
            answered(True, pdq(31), pdq(40, signal="phash/1")),
            answered(False, pdq(32)),
            answered(True, pdq(120), local(3.0), strength=Strength.PARTIAL),
        ]
    )
    by_name = {one.signal: one for one in found.by_signal}
    assert [(one.first, one.last, one.copies, one.counts) for one in by_name["pdq/1"].buckets] == [
        (0, 7, Share(2, 2), True),
        (8, 15, Share(0, 1), True),
        (24, 31, Share(1, 1), True),
        (32, 39, Share(0, 1), False),
    ]
    assert [one.copies for one in by_name["phash/1"].buckets] == [Share(1, 1)]
    assert found.by_strength == ((Strength.NEAR, Share(3, 5)), (Strength.PARTIAL, Share(1, 1)))


def test_scores_of_local_features_count_from_their_threshold_on() -> None:
    """Of these a larger one is surer."""
    found = precision_of([answered(True, local(9.5)), answered(False, local(-0.5)), answered(True, local(8.0))])
    [signal] = found.by_signal
    assert signal.signal == "local/1"
    assert [(one.first, one.copies) for one in signal.buckets] == [(-2, Share(0, 1)), (8, Share(2, 2))]
    assert [one.counts for one in signal.buckets] == [False, True]


def test_digests_are_left_out_and_nothing_is_nothing() -> None:
    """How far apart two digests are says nothing."""
    assert precision_of([answered(True, pdq(0, signal="sha256/1"), strength=Strength.EXACT)]).by_signal == ()
    assert precision_of([]).by_strength == ()
