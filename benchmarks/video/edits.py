"""
VIDEO_EDITS: what people do to a clip before posting it again, as files a codec really wrote.

Invariant: the same clip, strangers and seed give the same frames. An edit maps frames to frames and knows nothing of
files; what of the reference is where in the result is said by the edit itself, so that spans can be judged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.copies.edits.base import Pixels

SIDE_PX = 480
"""Longest side clips are edited at: frames of all of them fit in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """
    A clip in memory.

    Args:
        frames: RGB pictures of one size.

        fps: Frames a second.
    """

    frames: Sequence[Pixels]
    fps: float

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.frames) / self.fps


@dataclass(frozen=True, slots=True, eq=False)
class Edited:
    """
    What an edit made.

    Args:
        clip: The result.

        query_s: Where in it the reference is shown, seconds.

        reference_s: What of the reference that is.

        crf: How hard it is compressed (x264).
    """

    clip: Clip
    query_s: tuple[float, float]
    reference_s: tuple[float, float]
    crf: int = 23


VideoEditor = Callable[[Clip, np.random.Generator, Sequence[Clip]], Edited]


@dataclass(frozen=True, slots=True)
class VideoEdit:
    """
    One row of `VIDEO_EDITS`.

    Args:
        name: What it is: ``"speed × 1.25"``.

        apply: Clip, chance and strangers -> the edited clip.

        counted: False where it is reported and not part of the mean.

        still: Whether query or reference is a still picture.
    """

    name: str
    apply: VideoEditor
    counted: bool = True
    spanned: bool = field(default=True)


def read_clip(path: Path) -> Clip:
    """Decode a file, reduced to `SIDE_PX`."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        frames: list[Pixels] = []
        for picture in container.decode(stream):
            shrink = min(1.0, SIDE_PX / max(picture.width, picture.height))
            width, height = (2 * max(1, round(side * shrink / 2)) for side in (picture.width, picture.height))
            frames.append(np.asarray(picture.to_ndarray(format="rgb24", width=width, height=height), np.uint8))
        return Clip(frames, float(stream.average_rate or 25))


def write_clip(clip: Clip, path: Path, *, crf: int = 23, keyframes_every: int = 250, preset: str = "veryfast") -> None:
    """Encode a clip as H.264."""
    height, width = clip.frames[0].shape[:2]
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(clip.fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = width - width % 2, height - height % 2, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.options = {"crf": str(crf), "preset": preset, "g": str(keyframes_every)}
        for pixels in clip.frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[: stream.height, : stream.width]), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _whole(clip: Clip, made: Clip, *, crf: int = 23) -> Edited:
    return Edited(made, (0.0, made.duration_s), (0.0, clip.duration_s), crf)


def _each(change: Callable[[Pixels], Pixels], *, crf: int = 23) -> VideoEditor:
    def apply(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
        return _whole(clip, Clip([change(frame) for frame in clip.frames], clip.fps), crf=crf)

    return apply


def _at_rate(fps_share: float) -> VideoEditor:
    def apply(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
        count = max(1, round(len(clip.frames) * fps_share))
        rows = np.minimum((np.arange(count) / fps_share).astype(int), len(clip.frames) - 1)
        return _whole(clip, Clip([clip.frames[row] for row in rows], clip.fps * fps_share))

    return apply


def _at_speed(speed: float) -> VideoEditor:
    """Play faster or slower at the same frame rate, as an editor does: frames are left out or repeated."""

    def apply(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
        rows = np.minimum((np.arange(round(len(clip.frames) / speed)) * speed).astype(int), len(clip.frames) - 1)
        return _whole(clip, Clip([clip.frames[row] for row in rows], clip.fps))

    return apply


def _crop(frame: Pixels, area: float) -> Pixels:
    height, width = frame.shape[:2]
    share = area**0.5
    top, left = round(height * (1 - share) * 0.4), round(width * (1 - share) * 0.6)
    return frame[top : top + round(height * share), left : left + round(width * share)]


def _letterbox(frame: Pixels) -> Pixels:
    height, width = frame.shape[:2]
    above, beside = (0, width // 4) if height >= width else (height // 4, 0)
    black = (0.0, 0.0, 0.0)
    return np.asarray(
        cv2.copyMakeBorder(frame, above, above, beside, beside, cv2.BORDER_CONSTANT, value=black), dtype=np.uint8
    )


def _write(on: Pixels, text: str, *, at: tuple[int, int], scale: float, ink: int) -> None:
    cv2.putText(on, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (ink, ink, ink), 2)


def _caption(frame: Pixels) -> Pixels:
    made = frame.copy()
    height, width = made.shape[:2]
    band = round(height * 0.15)
    made[height - band :] = 255
    _write(made, "you will not believe this", at=(8, height - band // 3), scale=width / 420, ink=0)
    return made


def _watermark(frame: Pixels) -> Pixels:
    ink = np.zeros_like(frame)
    for y in range(40, frame.shape[0] + 40, 80):
        _write(ink, "@reposted  @reposted  @reposted", at=(-(y % 120), y), scale=0.8, ink=255)
    return np.where(ink > 0, 0.7 * frame + 0.3 * ink, frame).astype(np.uint8)


def _picture_in_picture(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
    other = strangers[int(rng.integers(len(strangers)))]
    height, width = clip.frames[0].shape[:2]
    inner = (round(width * 0.5**0.5), round(height * 0.5**0.5))
    made = []
    for number, frame in enumerate(clip.frames):
        behind = cv2.resize(other.frames[number % len(other.frames)], (width, height))
        top, left = height - inner[1] - 12, 12
        behind[top : top + inner[1], left : left + inner[0]] = cv2.resize(frame, inner, interpolation=cv2.INTER_AREA)
        made.append(np.asarray(behind, dtype=np.uint8))
    return _whole(clip, Clip(made, clip.fps))


def _trim(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
    length = min(3.0, clip.duration_s)
    begin_s = float(rng.uniform(0, clip.duration_s - length))
    rows = slice(round(begin_s * clip.fps), round((begin_s + length) * clip.fps))
    made = Clip(clip.frames[rows], clip.fps)
    return Edited(made, (0.0, made.duration_s), (begin_s, begin_s + made.duration_s))


def _joined(parts: Sequence[Clip], like: Clip) -> Clip:
    height, width = like.frames[0].shape[:2]
    frames: list[Pixels] = []
    for part in parts:
        rows = np.minimum((np.arange(round(part.duration_s * like.fps)) * (part.fps / like.fps)).astype(int), 10**9)
        for row in np.minimum(rows, len(part.frames) - 1):
            frame = part.frames[row]
            same = frame.shape == like.frames[0].shape
            frames.append(frame if same else np.asarray(cv2.resize(frame, (width, height)), dtype=np.uint8))
    return Clip(frames, like.fps)


def _among(before_s: float, after_s: float, length_s: float) -> VideoEditor:
    """Hide a piece of the clip between pieces of other videos."""

    def apply(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
        length = min(length_s, clip.duration_s)
        begin_s = float(rng.uniform(0, clip.duration_s - length))
        rows = slice(round(begin_s * clip.fps), round((begin_s + length) * clip.fps))
        piece = Clip(clip.frames[rows], clip.fps)
        before, after = (_filler(seconds, rng, strangers) for seconds in (before_s, after_s))
        lead_s = len(_joined(before, piece).frames) / piece.fps
        made = _joined([*before, piece, *after], piece)
        return Edited(made, (lead_s, lead_s + piece.duration_s), (begin_s, begin_s + piece.duration_s))

    return apply


def _filler(seconds: float, rng: np.random.Generator, strangers: Sequence[Clip]) -> list[Clip]:
    parts: list[Clip] = []
    left_s = seconds
    while left_s > 0:
        other = strangers[int(rng.integers(len(strangers)))]
        count = min(len(other.frames), max(1, round(left_s * other.fps)))
        parts.append(Clip(other.frames[:count], other.fps))
        left_s -= count / other.fps
    return parts


def _reversed(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
    return _whole(clip, Clip(list(clip.frames)[::-1], clip.fps))


def _resized(frame: Pixels) -> Pixels:
    return np.asarray(cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _hidden(before_s: float, after_s: float, length_s: float) -> VideoEditor:
    """Crop, mirror and band a piece of the clip, and hide it between pieces of other videos."""
    among = _among(before_s, after_s, length_s)

    def apply(clip: Clip, rng: np.random.Generator, strangers: Sequence[Clip]) -> Edited:
        changed = [_caption(np.ascontiguousarray(_crop(frame, 0.7)[:, ::-1])) for frame in clip.frames]
        return among(Clip(changed, clip.fps), rng, strangers)

    return apply


VIDEO_EDITS: tuple[VideoEdit, ...] = (
    VideoEdit("re-encoded, CRF 36", _each(lambda frame: frame, crf=36)),
    VideoEdit("resized to 50 %", _each(_resized)),
    VideoEdit("frame rate × 0.6", _at_rate(0.6)),
    VideoEdit("speed × 0.8", _at_speed(0.8)),
    VideoEdit("speed × 1.25", _at_speed(1.25)),
    VideoEdit("mirrored", _each(lambda frame: frame[:, ::-1])),
    VideoEdit("cropped to 70 %", _each(lambda frame: _crop(frame, 0.7))),
    VideoEdit("letterboxed", _each(_letterbox)),
    VideoEdit("caption of 15 %", _each(_caption)),
    VideoEdit("watermark, 30 %", _each(_watermark)),
    VideoEdit("picture in picture, 50 %", _picture_in_picture),
    VideoEdit("trimmed to 3 s", _trim),
    VideoEdit("padded, 5 s in 60 s", _among(27.5, 27.5, 5.0)),
    VideoEdit("concatenated", _among(8.0, 8.0, 60.0)),
    VideoEdit("reversed", _reversed, counted=False),
    # New ones go to the end: the place in this table is part of each edit's seed.
    VideoEdit("padded, cropped, mirrored and banded, 5 s in 50 s", _hidden(22.5, 22.5, 5.0)),
)
