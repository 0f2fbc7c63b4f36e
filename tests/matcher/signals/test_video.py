"""`video/1`: frames as they are stored, and as vPDQ lists them."""

import numpy as np
import pytest

from matcher.errors import SignalValueError, TooManyFramesError
from matcher.hashing.video_query import FOLD_BITS, hash_frames
from matcher.media import Frame
from matcher.reading.keyframes import REFERENCE, VideoReader
from matcher.signals import SIGNAL_TYPES, searched_as
from matcher.signals.base import Signal
from matcher.signals.turning.orientations import AS_IS, TURNS
from matcher.signals.turning.pdq_turns import pdq_turns_of_grey
from matcher.signals.video import NAME, ROW, VideoFrames, from_vpdq_lines, signal_of, to_vpdq_lines
from tests.helpers.media.videos import scene

HASH = "d8f8f0cce0f4a84f0e370a22028f67f0b36e2ed596623e1d33e6b39c4e9c9b22"


def grey_frames(seed=1, *, count=10, pan_px=8):
    return [
        Frame(i, i / 10, (i + 1) / 10, np.ascontiguousarray(pixels[:, :, 1]), pixels.shape[:2])
        for i, pixels in enumerate(scene(seed, frames=count, pan_px=pan_px))
    ]


def test_published_vpdq_lines_are_reproduced(shared_data):
    """Hashes are exchanged with others: every frame they list must be the frame we have at that time."""
    for path in sorted((shared_data / "vectors" / "vpdq").glob("*.mp4")):
        listed = from_vpdq_lines(path.with_suffix(".txt").read_text().splitlines())
        ours = hash_frames(VideoReader(path, pace=REFERENCE), max_frames=10_000, trimmed=False).frames
        rows = np.searchsorted(ours.times_s, listed.times_s + 0.002, side="right") - 1
        good = listed.qualities >= 50
        bits = np.bitwise_count(ours.vpdq[rows] ^ listed.vpdq).sum(axis=1)[good]
        assert bits.max() <= 31
        assert np.median(bits) <= 8
        assert np.abs(ours.qualities[rows].astype(int) - listed.qualities).max() <= 5


def test_vpdq_lines_survive_the_way_in_and_out():
    """A list from another platform leaves as it came."""
    lines = [f"0,100,{HASH},0.000", f"30,12,{HASH[::-1]},1.001", f"61,99,{HASH},2.035"]
    frames = from_vpdq_lines([*lines, ""])
    assert list(to_vpdq_lines(frames)) == lines
    assert frames.phash is None
    assert SIGNAL_TYPES[NAME].parse("\n".join(lines)) == frames.to_bytes()


@pytest.mark.parametrize(
    "line",
    [
        f"1,300,{HASH},0",
        f"1,100,{HASH},9999999",
        "1,100,abc,0",
        f"1,101,{HASH},0",
        f"x,100,{HASH},0",
        f"1,100,{HASH}",
        f"1,100,{HASH},-1",
        f"1,100,{HASH},0,0",
    ],
)
def test_odd_vpdq_line_is_named(line):
    """A list of thousands with one bad line must say which."""
    with pytest.raises(SignalValueError, match="line 2 is"):
        from_vpdq_lines([f"0,100,{HASH},0.000", line])


@pytest.mark.parametrize("value", [b"", b"\0" * 109, b"\0" * 111])
def test_value_that_was_cut_is_refused(value):
    """A row too short would shift every hash after it."""
    with pytest.raises(SignalValueError, match=NAME):
        VideoFrames.from_bytes(value)


def test_times_that_run_backwards_are_refused():
    """Spans rest on rising times."""
    rows = np.zeros(2, ROW)
    rows["time_ms"], rows["until_ms"] = [500, 0], [600, 700]
    with pytest.raises(SignalValueError, match="not in order"):
        VideoFrames.from_bytes(rows.tobytes())


def test_still_scene_is_one_frame_that_stays():
    """A minute of a title card is one vote and a hundred bytes."""
    video = hash_frames(grey_frames(pan_px=0), max_frames=10, trimmed=False)
    assert len(video.frames) == 1
    assert video.frames.duration_s == 1.0


def test_folded_frames_are_near_what_is_kept():
    """Whatever is left out is found through what is kept."""
    frames = grey_frames(pan_px=1, count=40)
    kept = hash_frames(frames, max_frames=100, trimmed=False).frames
    assert len(kept) < len(frames)
    for frame in frames:
        row = int(np.searchsorted(kept.times_s, frame.time_s + 1e-6)) - 1
        code = pdq_turns_of_grey(frame.grey).codes[0]
        assert np.bitwise_count(code ^ kept.pdq[row]).sum() <= FOLD_BITS


def test_query_holds_every_turn_of_every_frame():
    """A mirrored clip is found by the frames mirrored back."""
    video = hash_frames(grey_frames(), max_frames=100, trimmed=True)
    assert video.names[: len(TURNS)] == TURNS
    mirrored = hash_frames(
        [Frame(f.number, f.time_s, f.until_s, np.ascontiguousarray(f.grey[:, ::-1]), f.whole) for f in grey_frames()],
        max_frames=100,
        trimmed=True,
    )
    row = mirrored.names.index("mirrored")
    assert np.bitwise_count(mirrored.pdq[:, row] ^ video.pdq[:, video.names.index(AS_IS)]).sum(axis=1).max() <= 2


def test_letterboxed_frame_is_looked_at_without_its_bars():
    """Bars above and below are the cheapest disguise."""
    plain = grey_frames()
    boxed = [Frame(f.number, f.time_s, f.until_s, np.pad(f.grey, ((60, 60), (0, 0))), (360, 320)) for f in plain]
    video, reference = (hash_frames(f, max_frames=100, trimmed=True) for f in (boxed, plain))
    distances = np.bitwise_count(video.pdq[:, video.names.index("border added")] ^ reference.frames.pdq).sum(axis=1)
    assert np.median(distances) <= 31


def test_more_frames_than_kept_are_refused():
    """What a video may cost the index is the operator's to say."""
    with pytest.raises(TooManyFramesError, match="send the video in parts"):
        hash_frames(grey_frames(pan_px=20), max_frames=3, trimmed=False)


def test_index_holds_frames_beside_photos():
    """One search finds photos and frames; plain frames stay out of it."""
    frames = hash_frames(grey_frames(pan_px=20), max_frames=100, trimmed=False).frames
    plain = VideoFrames(np.concatenate([frames.rows, frames.rows[-1:]]))
    plain.rows["quality"][-1], plain.rows["pdq"][-1] = 3, 0
    photo = Signal("pdq/1", bytes(32), 90)
    found = searched_as([photo, signal_of(plain)])
    assert found[0] is photo
    assert {signal.type for signal in found} == {"pdq/1"}
    assert {signal.value for signal in found[1:]} == {code.tobytes() for code in frames.pdq}
