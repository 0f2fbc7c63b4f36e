"""A few seconds of film around a photograph: how a removed picture comes back inside a video."""

import io

import av
import numpy as np
from PIL import Image, ImageOps

_FPS = 10
_SHOT_S = 3
_SIZE = (640, 480)
_SEED = 7
_PAN_PX = 4


def film_with(picture: Image.Image) -> bytes:
    """
    Show a picture between two other shots, three seconds each.

    Args:
        picture: RGB.

    Returns:
        An MP4 file, 640 × 480, 10 frames a second.
    """
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FPS)
        (stream.width, stream.height), stream.pix_fmt = _SIZE, "yuv420p"
        stream.codec_context.thread_count = 1
        for number in range(3 * _SHOT_S * _FPS):
            pixels = np.ascontiguousarray(_frame(picture, number))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def strip_of(picture: Image.Image) -> Image.Image:
    """Draw a frame of each shot side by side, for people to see what the film is."""
    frames = [_frame(picture, round((shot + 0.5) * _SHOT_S * _FPS)) for shot in range(3)]
    strip = Image.new("RGB", (3 * _SIZE[0], _SIZE[1]))
    for place, frame in enumerate(frames):
        strip.paste(frame, (place * _SIZE[0], 0))
    return strip


def _frame(picture: Image.Image, number: int) -> Image.Image:
    shot, since = divmod(number, _SHOT_S * _FPS)
    return _fitted(picture) if shot == 1 else _noise(shot, since)


def _fitted(picture: Image.Image) -> Image.Image:
    """Show it whole, on black, as a video editor does."""
    canvas, inside = Image.new("RGB", _SIZE), ImageOps.contain(picture, _SIZE)
    canvas.paste(inside, ((_SIZE[0] - inside.width) // 2, (_SIZE[1] - inside.height) // 2))
    return canvas


def _noise(shot: int, since: int) -> Image.Image:
    """Pan over coloured noise: somebody else's film."""
    coarse = np.random.default_rng([_SEED, shot]).integers(40, 220, (12, 24, 3), dtype=np.uint8)
    wide = Image.fromarray(coarse).resize((2 * _SIZE[0], _SIZE[1]), Image.Resampling.BICUBIC)
    return wide.crop((since * _PAN_PX, 0, since * _PAN_PX + _SIZE[0], _SIZE[1]))
