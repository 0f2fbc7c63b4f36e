"""What frames that agree are worth, and which seconds they are."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.comparing.comparison import compare
from matcher.comparing.from_reference import compare_from_reference
from matcher.hashing.pictures import hash_media
from matcher.hashing.query import Query
from matcher.hashing.videos import hash_video
from matcher.moments.evidence import VideoEvidence
from matcher.reading.decode import Limits
from matcher.reading.keyframes import REFERENCE
from matcher.strength import Strength
from tests.helpers.media.evidence import VIDEO
from tests.helpers.media.pictures import encoded
from tests.helpers.media.videos import scene, write_video

FILM = [frame for seed in (21, 22, 23) for frame in scene(seed, frames=40, pan_px=6)]
"""12 s at 10 frames a second: three shots."""

OTHER = [frame for seed in (31, 32) for frame in scene(seed, frames=60, pan_px=6)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def banked(folder):
    return hash_video(write_video(folder / "film.mp4", FILM), pace=REFERENCE)


def asked(folder, frames, **options):
    return hash_video(write_video(folder / "asked.mp4", frames, **options))


def still(pixels):
    from PIL import Image

    return hash_media(encoded(Image.fromarray(pixels), "PNG"), limits=Limits())


def moving(found):
    return next(one for one in found.evidence if isinstance(one, VideoEvidence))


def test_same_file_is_exact(folder, banked):
    """Nothing is surer than the same bytes."""
    found = compare(hash_video(folder / "film.mp4").query, banked.signals)
    assert found.strength is Strength.EXACT
    assert moving(found).reference_share == pytest.approx(1, abs=0.02)


def test_mirrored_clip_hidden_in_another_video_is_named_with_its_times(folder, banked):
    """The sentence a moderator decides by."""
    clip = [frame[:, ::-1] for frame in FILM[20:70]]
    found = compare(asked(folder, [*OTHER, *clip, *OTHER]).query, banked.signals)
    assert found.strength is Strength.NEAR
    assert found.agreeing == 2
    one = moving(found)
    assert one.query_span_s == pytest.approx((12, 17), abs=1)
    assert one.reference_span_s == pytest.approx((2, 7), abs=1)
    assert one.reference_share == pytest.approx(5 / 12, abs=0.12)
    assert (found.grounds, one.transformation) == ((one,), "mirrored")


def test_unrelated_video_does_not_match(folder, banked):
    """The commonest answer of all."""
    found = compare(asked(folder, OTHER).query, banked.signals)
    assert (found.strength, found.evidence) == (None, ())


def test_photo_of_a_frame_names_the_time(banked):
    """A removed video's frame posted as a photo."""
    found = compare(still(FILM[57]).query, banked.signals)
    assert found.strength is Strength.NEAR
    begin, end = moving(found).reference_span_s
    assert begin - 0.2 <= 5.7 <= end + 0.2
    assert moving(found).query_span_s is None
    assert found.grounds == (moving(found),)


def test_removed_photo_in_a_video_names_the_time(folder):
    """A removed photo shown inside a video."""
    photo = scene(41, frames=1)[0]
    found = compare(asked(folder, [*OTHER[:60], *[photo] * 30, *OTHER[60:]]).query, still(photo).signals)
    assert found.strength is Strength.NEAR
    assert moving(found).query_span_s == pytest.approx((6, 9), abs=1)
    assert moving(found).reference_span_s is None


def test_animation_is_found_as_the_video_it_was_made_from(folder, banked):
    """A clip turned into a GIF is the same clip."""
    from PIL import Image

    pictures = [Image.fromarray(frame) for frame in FILM[40:70]]
    data = encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=100)
    found = compare(hash_media(data, limits=Limits()).query, banked.signals)
    assert found.strength is not None
    assert found.strength >= Strength.PARTIAL
    assert moving(found).reference_span_s == pytest.approx((4, 7), abs=1)


def test_sent_signals_match_as_files_do(banked):
    """Who hashes at home sends `video/1` and nothing else."""
    found = compare(Query.of_signals(banked.signals[1:]), banked.signals)
    assert found.strength is Strength.NEAR


@pytest.mark.parametrize(
    ("changes", "strength"),
    [
        ({}, Strength.NEAR),
        ({"distance": 16}, Strength.NEAR),
        ({"distance": 17}, Strength.PARTIAL),
        ({"frames": 2}, Strength.NEAR),
        ({"frames": 1}, Strength.WEAK),
        ({"frames": 1, "query_span_s": None}, Strength.NEAR),
        ({"frames": 1, "reference_span_s": None, "distance": 30}, Strength.PARTIAL),
        ({"query_quality": 49}, Strength.PARTIAL),
        ({"reference_quality": 49}, Strength.WEAK),
    ],
)
def test_strength_follows_its_rules(changes, strength):
    """Strength decides what is blocked: each rule holds at its edge."""
    assert replace(VIDEO, **changes).strength is strength


@pytest.mark.parametrize(("share", "opinions"), [(None, 1), (0.0, 1), (0.5, 1), (0.6, 2), (1.0, 2)])
def test_second_opinion_counts_where_most_frames_have_it(share, opinions):
    """Two signals must agree before a machine acts."""
    assert replace(VIDEO, second_opinion=share).opinions == opinions


@pytest.mark.parametrize("changes", [{}, {"query_span_s": None, "query_share": None}, {"second_opinion": None}])
def test_record_survives_storage(changes):
    """A match is explained years later."""
    import json

    one = replace(VIDEO, **changes)
    assert VideoEvidence.from_record(json.loads(json.dumps(one.as_record()))) == one


def test_different_clips_of_one_person_are_not_near(shared_data):
    """Same person, same background, another sentence: the trap for voting over a bag of frames."""
    paths = sorted((shared_data / "videos").glob("asl-[a-l]*.mkv"))
    assert len(paths) >= 4
    clips = {path.name: hash_video(path, pace=REFERENCE) for path in paths}
    for name, clip in clips.items():
        strengths = {n: compare(clip.query, other.signals[1:]).strength or Strength.WEAK for n, other in clips.items()}
        assert [n for n, strength in strengths.items() if strength >= Strength.NEAR] == [name]


def test_preview_shows_nine_frames(tmp_path):
    """A moderator sees the whole video at a glance, reduced."""
    import io

    from PIL import Image

    video = hash_video(write_video(tmp_path / "film.mp4", FILM), preview_side_px=480)
    sheet = Image.open(io.BytesIO(video.preview))
    assert sheet.size == (480, 360)
    assert len(np.unique(np.asarray(sheet))) > 50


def test_lookback_tells_it_from_the_copys_side(folder, banked):
    """A new takedown finds last year's upload: its times are the query's, the takedown's the reference's."""
    upload = asked(folder, [*OTHER, *FILM[20:70]])
    found = compare_from_reference(Query.of_signals(banked.signals), upload.signals)
    assert found.strength is Strength.NEAR
    assert moving(found).query_span_s == pytest.approx((12, 17), abs=1)
    assert moving(found).reference_span_s == pytest.approx((2, 7), abs=1)
