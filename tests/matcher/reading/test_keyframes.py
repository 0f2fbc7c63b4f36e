"""Which frames of a video are hashed, whatever the file is like."""

import itertools

import numpy as np
import pytest

from matcher.distance import hamming
from matcher.errors import (
    EmptyFileError,
    MediaError,
    NoPictureError,
    TooLargeError,
    TooLongError,
    TooManyPixelsError,
    UndecodableError,
    UnsupportedFormatError,
)
from matcher.reading.containers import VideoLimits, is_video
from matcher.reading.keyframes import QUERY, REFERENCE, Pace, VideoReader
from matcher.signals.turning.pdq_turns import pdq_turns_of_grey
from matcher.thresholds import PDQ_MAX_DISTANCE
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import scene, write_video

LONG = [*scene(1, frames=150), *scene(2, frames=150)]
"""30 s at 10 frames a second, a cut in the middle."""


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("videos") / "clip.mp4", LONG)


def times_of(path, pace=QUERY, **options):
    return [frame.time_s for frame in VideoReader(path, pace=pace, **options)]


@pytest.mark.parametrize("every", [1, 10, 20, 250])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi"])
def test_no_second_goes_unseen(tmp_path, name, every):
    """A clip of a second hidden between keyframes must not slip through, however rare keyframes are."""
    times = times_of(write_video(tmp_path / name, LONG, every=every))
    assert times[0] == 0
    assert max(np.diff(times)) <= 1.0 + 1e-6
    assert times[-1] >= 28.9


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_one_frame_bridges_two_keyframes_two_gaps_apart(tmp_path, name):
    """Keyframes two seconds apart are what platforms write: the second half of each stretch needs no decoding."""
    times = times_of(write_video(tmp_path / name, LONG, every=20))
    assert times[:-1] == pytest.approx(np.arange(30.0), abs=1e-3)


@pytest.mark.parametrize("name", ["a.mp4", "a.avi"])
def test_gradual_refresh_is_no_keyframe(tmp_path, name):
    """A container calls it one, and a decoder that begins there shows nothing for seconds: a place to hide in."""
    path = write_video(tmp_path / name, LONG, every=20, x264="intra-refresh=1")
    assert max(np.diff(times_of(path))) <= 1.0 + 1e-6


def test_picture_that_stays_is_seen_though_nothing_builds_on_it(tmp_path):
    """A recorder writes a frame when something changes: this one is shown for three seconds."""
    frames = [*scene(1, frames=14), *scene(6, frames=1), *scene(1, frames=14)]
    times = [*np.arange(14) / 10, 1.4, *(4.4 + np.arange(14) / 10)]
    path = write_video(tmp_path / "a.mp4", frames, times=times, x264="bframes=3:b-adapt=0:b-pyramid=none:scenecut=0")
    assert any(abs(time - 1.4) < 0.05 for time in times_of(path, Pace(fewest=1)))


@pytest.mark.parametrize("codec", ["libx265", "libsvtav1", "libvpx-vp9", "mpeg4"])
def test_no_second_goes_unseen_in_any_codec(tmp_path, codec):
    """Decoders differ in which frames they leave out when they are asked to."""
    path = write_video(tmp_path / "a.mkv", LONG[100:300], codec=codec, every=20)
    assert max(np.diff(times_of(path, Pace(closest_s=1.0)))) <= 1.0 + 1e-6


def test_skipping_finds_the_frames_that_full_decoding_finds(video):
    """
    What is left out to be fast may change little of what is hashed: the smoothing of blocks.

    At most half the search radius. The encoder writes the same frames in other bytes now and then; of 25 files the
    farthest frame was 8 bits off in 18, 10 in 5 and 12 in 2.
    """
    whole = {round(frame.time_s, 3): frame.grey for frame in VideoReader(video, pace=REFERENCE)}
    for frame in VideoReader(video):
        codes = [pdq_turns_of_grey(grey).codes[0] for grey in (frame.grey, whole[round(frame.time_s, 3)])]
        assert hamming(codes[0].tobytes(), codes[1].tobytes()) <= PDQ_MAX_DISTANCE // 2


def test_reference_is_seen_frame_by_frame(video):
    """An upload may show any frame of what was removed."""
    reader = VideoReader(video, pace=REFERENCE)
    frames = list(reader)
    assert [frame.number for frame in frames] == list(range(300))
    assert all(a.until_s == b.time_s for a, b in itertools.pairwise(frames))
    info = reader.info
    assert (info.format, info.codec, info.width_px, info.height_px) == ("mp4", "h264", 320, 240)
    assert info.duration_s == pytest.approx(30, abs=0.1)
    assert info.seen_s == pytest.approx(30, abs=0.1)
    assert info.damaged == 0


def test_times_are_told_to_the_millisecond(tmp_path):
    """3.0000000000000004 s helps nobody who reads an answer."""
    reader = VideoReader(write_video(tmp_path / "clip.mp4", scene(3, frames=47), fps=30), pace=REFERENCE)
    list(reader)
    assert (reader.info.duration_s, reader.info.seen_s) == (pytest.approx(47 / 30, abs=0.001),) * 2
    assert reader.info.duration_s == round(reader.info.duration_s, 3)


def test_cut_between_keyframes_is_seen(tmp_path):
    """A flash of another scene is what hides in a video."""
    frames = [*scene(3, frames=33, pan_px=0), *scene(4, frames=4, pan_px=0), *scene(3, frames=83, pan_px=0)]
    path = write_video(tmp_path / "a.mp4", [*frames, *scene(5, frames=180, pan_px=0)], codec="mpeg4")
    assert any(3.2 <= time <= 3.7 for time in times_of(path))


def test_short_video_is_looked_at_closely(tmp_path):
    """Of a clip of three seconds, one frame a second would say little."""
    assert len(times_of(write_video(tmp_path / "a.mp4", scene(1, frames=30)))) >= 14


def test_varying_frame_rate_keeps_its_times(tmp_path):
    """Phones and screen recorders write frames when something changes."""
    times = [0.0, 0.1, 0.2, 2.0, 2.1, 5.0, 5.5, 9.0]
    path = write_video(tmp_path / "a.mkv", scene(1, frames=8, pan_px=20), times=times)
    assert times_of(path, REFERENCE) == pytest.approx(times, abs=0.01)


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_rotation_metadata_is_applied(tmp_path, degrees, turns):
    """A phone writes sideways frames and a note; people see them upright."""
    pixels = scene(1, frames=10, pan_px=0)
    plain = next(iter(VideoReader(write_video(tmp_path / "a.mp4", pixels)))).grey
    reader = VideoReader(write_video(tmp_path / "b.mp4", pixels, rotation=degrees))
    frames = list(reader)
    turned = frames[0].grey
    # Encoding the same frames twice may give slightly other ones: the encoder's threads decide.
    assert np.abs(turned.astype(int) - np.rot90(plain, turns)).mean() < 2
    assert (reader.info.width_px, reader.info.height_px) == turned.shape[::-1]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_title_that_is_no_utf8_hides_no_video(tmp_path, name):
    """Old cameras and editors write titles in other encodings; the pictures are what counts."""
    path = write_video(tmp_path / name, scene(1, frames=10), title="a title")
    data = path.read_bytes()
    assert b"a title" in data
    path.write_bytes(data.replace(b"a title", b"\xe9\xfftitle"))
    assert len(times_of(path)) >= 5


@pytest.mark.parametrize("faststart", [True, False])
def test_index_at_either_end_is_read(tmp_path, faststart):
    """Cameras write the index last, streaming sites move it to the front."""
    assert len(times_of(write_video(tmp_path / "a.mp4", LONG[:100], faststart=faststart))) >= 10


def test_content_decides_not_the_name(tmp_path, video):
    """Renaming a file must not hide it."""
    odd = tmp_path / "holiday.jpg"
    odd.write_bytes(video.read_bytes())
    assert is_video(odd)
    assert times_of(odd) == times_of(video)


def test_picture_is_no_video(tmp_path):
    """The error names what the file really is like."""
    path = tmp_path / "a.mp4"
    path.write_bytes(photo_bytes(1))
    assert not is_video(path)
    with pytest.raises(UnsupportedFormatError, match="bytes ff d8"):
        times_of(path)


def test_empty_file_is_refused(tmp_path):
    """An upload that was cut off before its first byte."""
    path = tmp_path / "a.mp4"
    path.touch()
    with pytest.raises(EmptyFileError):
        times_of(path)


def test_file_cut_off_before_its_index_is_refused(tmp_path, video):
    """Without the index at the end no frame can be found."""
    path = tmp_path / "a.mp4"
    path.write_bytes(video.read_bytes()[:20_000])
    with pytest.raises(UndecodableError, match="truncated or damaged"):
        times_of(path)


def test_file_cut_off_after_its_index_is_hashed_as_far_as_it_goes(tmp_path):
    """And the answer says how much of it was seen."""
    whole = write_video(tmp_path / "a.mp4", LONG, faststart=True)
    path = tmp_path / "b.mp4"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    reader = VideoReader(path)
    assert len(list(reader)) >= 5
    assert 3 < reader.info.seen_s < 27
    assert reader.info.duration_s == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_damage_in_the_middle_costs_no_more_than_the_middle(tmp_path, name):
    """One bad sector must not hide a video."""
    path = write_video(tmp_path / name, LONG, every=20)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = np.random.default_rng(1).bytes(2000)
    path.write_bytes(data)
    reader = VideoReader(path)
    times = [frame.time_s for frame in reader]
    assert times[0] < 1
    assert times[-1] > 25
    assert reader.info.seen_s > 15


def test_sound_alone_is_refused(tmp_path):
    """A voice message in a video container."""
    import av

    path = tmp_path / "a.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44_100
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(NoPictureError, match="audio and no moving picture"):
        times_of(path)


def test_video_beyond_a_limit_is_refused_by_name(video):
    """Each limit has an error of its own, before anything large is decoded."""
    for limits, error in (
        (VideoLimits(max_bytes=1000), TooLargeError),
        (VideoLimits(max_duration_s=10), TooLongError),
        (VideoLimits(max_pixels=1000), TooManyPixelsError),
    ):
        with pytest.raises(error, match="limit is"):
            times_of(video, limits=limits)


def test_ten_hours_are_refused_by_their_header(tmp_path):
    """A still that claims to last all day costs a few bytes to send."""
    path = write_video(tmp_path / "a.mp4", scene(1, frames=3, pan_px=0), times=[0, 18_000, 36_000])
    with pytest.raises(TooLongError, match="limit is 14,400 s"):
        times_of(path)


@pytest.mark.parametrize("seed", range(30))
def test_random_damage_is_an_error_or_frames(tmp_path, seed):
    """Nothing else may come out of a damaged file: no other exception, no times that run backwards."""
    random = np.random.default_rng(seed)
    name = ("a.mp4", "a.mkv", "a.avi")[seed % 3]
    path = write_video(tmp_path / name, LONG[:40], every=10)
    data = bytearray(path.read_bytes())
    for at in random.integers(16, len(data), 30):
        data[at] = random.integers(256)
    path.write_bytes(data)
    try:
        times = times_of(path)
    except MediaError:
        return
    assert all(b > a for a, b in itertools.pairwise(times))


def test_progress_rises_to_the_end(video):
    """Whoever waits for a long video sees how far it is."""
    told: list[float] = []
    list(VideoReader(video, progress=told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_gap_follows_length_and_size():
    """Short videos are looked at closely; large frames may be twice as far apart."""
    assert QUERY.gap_of(pixels=640 * 480, duration_s=None) == 1.0
    assert QUERY.gap_of(pixels=1920 * 1080, duration_s=600) == 2.0
    assert QUERY.gap_of(pixels=640 * 480, duration_s=4) == 0.25
    assert Pace(gap_s=0).gap_of(pixels=1, duration_s=4) == 0


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
def test_piece_of_a_longer_stream_is_as_long_as_its_pictures(tmp_path, name):
    """A recorder that goes on counting makes a short piece look long, and long videos are looked at less closely."""
    path = write_video(tmp_path / name, scene(1, frames=30), times=[30 + n / 10 for n in range(30)])
    reader = VideoReader(path)
    assert len(list(reader)) >= 14
    assert reader.info.duration_s == pytest.approx(3, abs=0.2)
