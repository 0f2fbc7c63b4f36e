"""Generated videos for tests: photo-like scenes that pan, seeded, written by a real codec."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.helpers.media.pictures import photo


def scene(seed: int, *, frames: int, width: int = 320, height: int = 240, pan_px: int = 4) -> list[np.ndarray]:
    """Make a shot: a window that moves over a larger picture, a few pixels a frame; 0 stands still."""
    still = np.asarray(photo(seed, width=width + pan_px * frames, height=height))
    return [np.ascontiguousarray(still[:, pan_px * i : pan_px * i + width]) for i in range(frames)]


def write_video(
    path: Path,
    frames: Sequence[np.ndarray],
    *,
    fps: int = 10,
    codec: str = "libx264",
    every: int = 250,
    times: Sequence[float] | None = None,
    rotation: int = 0,
    faststart: bool = False,
    x264: str = "",
    title: str = "",
) -> Path:
    """Encode frames; `times` (seconds) makes the frame rate vary, `every` is the distance of keyframes."""
    height, width = frames[0].shape[:2]
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(path, "w", options=options) as container:
        if title:
            container.metadata["title"] = title
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.thread_count = 1
        if codec == "libx264":
            stream.options = {"preset": "veryfast", "crf": "20", "x264-params": x264}
        stream.options |= {"g": str(every)}
        stream.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(rotation)
        for number, pixels in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(pixels, "rgb24")
            picture.pts = round(1000 * (number / fps if times is None else times[number]))
            picture.time_base = Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path
