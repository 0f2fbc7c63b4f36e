"""What of a confirmed copy joins the references: only what is the removed media."""

import pytest

from casework.domain.ids import CaseId, MediaId, TakedownId
from casework.domain.media import Media
from casework.domain.takedowns.upload import Match
from casework.steps.taking_down.banked_copy import without_other_parts
from matcher.comparing.comparison import Evidence
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence
from matcher.signals.base import Signal
from matcher.strength import Strength

PICTURE = ["sha256/1", "pdq/1", "phash/1", "local/1"]
ANIMATION = ["sha256/1", "pdq/1", "phash/1", "video/1", "local/1", "scenes/1"]
CLIP = ["sha256/1", "video/1", "scenes/1"]


def by_hash(signal: str) -> HashEvidence:
    return HashEvidence(
        signal=signal, distance=0, threshold=31, query_quality=100, reference_quality=100, transformation="as is"
    )


def by_parts(share: float) -> LocalEvidence:
    return LocalEvidence(
        inliers=100,
        agreement=1.0,
        coverage=1.0,
        changed=0.0,
        share_of_query=share,
        region=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
        transform=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        score=9.0,
        strength=Strength.NEAR,
        transformation="as is",
    )


def moving(signal: str, share: float) -> VideoEvidence:
    return VideoEvidence(
        signal=signal,
        query_span_s=(0.0, 4.0),
        reference_span_s=(0.0, 4.0),
        frames=5,
        distance=None,
        threshold=None,
        second_opinion=None,
        query_share=share,
        reference_share=1.0,
        speed=1.0,
        query_quality=None,
        reference_quality=None,
        transformation="cropped to 70 %",
        stretches=1,
    )


@pytest.mark.parametrize(
    ("kinds", "evidence", "banked"),
    [
        (PICTURE, by_hash("pdq/1"), PICTURE),
        (ANIMATION, by_hash("pdq/1"), ["sha256/1"]),
        (ANIMATION, by_hash("sha256/1"), ANIMATION),
        (ANIMATION, by_parts(1.0), ["sha256/1"]),
        (PICTURE, by_parts(0.95), PICTURE),
        (PICTURE, by_parts(0.4), ["sha256/1", "pdq/1", "phash/1"]),
        (CLIP, moving("video/1", 0.95), CLIP),
        (CLIP, moving("video/1", 0.4), ["sha256/1"]),
        (CLIP, moving("local/1", 1.0), ["sha256/1"]),
    ],
    ids=[
        "picture",
        "first frame of an animation",
        "the very file",
        "first frame of an animation, by its parts",
        "picture, by its parts",
        "collage",
        "clip",
        "inside another",
        "set into another",
    ],
)
def test_other_pictures_in_a_copy_are_left_out(kinds: list[str], evidence: Evidence, banked: list[str]) -> None:
    """Whatever else a copy shows is other people's."""
    copy = Media(MediaId("med_1"), "image", 1, 1, None, tuple(Signal(kind, b"") for kind in kinds))
    match = Match(
        takedown_id=TakedownId("tkd_1"),
        case_id=CaseId("case_1"),
        media_id=MediaId("med_0"),
        strength=Strength.PARTIAL,
        agreeing=1,
        evidence=(evidence,),
        explanation="",
        verdict="hold",
        rule="R07",
        reason="",
    )
    assert [signal.type for signal in without_other_parts(copy, [match]).signals] == banked
