"""The seconds of two videos, as bars."""

from dataclasses import replace
from datetime import timedelta

from api.console.cases.strip import BAR, HEIGHT, WIDTH, clock, strip_of
from casework.domain.ids import CaseId, MediaId, TakedownId
from casework.domain.media import Media
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from matcher.strength import Strength
from tests.helpers.media.evidence import VIDEO


def video(duration_s: float | None) -> Media:
    """Media of this length."""
    return Media(MediaId("med_1"), "video" if duration_s else "image", 320, 240, duration_s, ())


def match(**changes: object) -> Match:
    """A match of a stretch of video."""
    ids = (TakedownId("tkd_1"), CaseId("case_1"), MediaId("med_1"))
    return Match(*ids, Strength.NEAR, 1, (replace(VIDEO, **changes),), "part", Verdict.HOLD, "R13", "held")


def test_stretch_lies_where_it_lies_in_each_video() -> None:
    """Seconds 12.2 to 17.4 of an upload of 100 are the first half of a removed video of 10."""
    strip = strip_of(match(), video(10.0), video(100.0))
    removed, uploaded = strip.bars
    assert (removed.left, removed.width) == (0.0, WIDTH / 2)
    assert (uploaded.left, uploaded.width) == (122.0, 52.0)
    assert (removed.top, uploaded.top) == (0, HEIGHT - BAR)
    assert strip.joined == f"0,{BAR} 500,{BAR} 174,{HEIGHT - BAR} 122,{HEIGHT - BAR}"
    assert strip.words == "0:12 to 0:17 of what was uploaded are 0:00 to 0:05 of what was removed"
    assert strip_of(match(stretches=3), video(10.0), video(100.0)).words.endswith(", and 2 more such stretches")


def test_moment_of_a_long_video_is_seen_and_stays_inside() -> None:
    """Whatever a damaged file says of its length."""
    _, bar = strip_of(match(query_span_s=(7199.0, 7300.0)), video(10.0), video(7200.0)).bars
    assert 0 <= bar.left <= bar.left + bar.width <= WIDTH
    assert bar.width >= 4


def test_two_pictures_or_one_of_each_have_no_strip() -> None:
    """Both sides have to have seconds."""
    assert strip_of(match(), video(None), video(100.0)) is None
    assert strip_of(match(reference_span_s=None), video(10.0), video(100.0)) is None
    assert strip_of(None, video(10.0), video(100.0)) is None
    assert strip_of(match(), None, video(100.0)) is None


def test_moments_are_written_as_players_do() -> None:
    """Hours only where there are some."""
    assert [clock(one) for one in (0, 7.9, 61, timedelta(hours=1, seconds=5).total_seconds())] == [
        "0:00",
        "0:07",
        "1:01",
        "1:00:05",
    ]
