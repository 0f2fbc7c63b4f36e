"""
One call from a video file to everything that is kept of it. This is what runs inside the sandbox.

Invariant: the file is read in pieces and frames are dropped once they are hashed: memory does not grow with the video's
length, beyond the few hundred bytes each kept frame takes.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image as PillowImage

from matcher.hashing.features import Features
from matcher.hashing.query import Query
from matcher.hashing.scenes import REFERENCE_GAP_S, SceneKeeper
from matcher.hashing.shots import ShotKeeper
from matcher.hashing.stored_features import stored_of_scenes
from matcher.hashing.video_query import hash_frames
from matcher.media import Frame, Grey, VideoInfo
from matcher.reading.containers import VideoLimits
from matcher.reading.files import File, open_file
from matcher.reading.keyframes import QUERY, Pace, Progress, VideoReader
from matcher.signals.base import Signal
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.scenes import REFERENCE_SCENES, Scene, scenes_of
from matcher.signals.sha256 import Sha256
from matcher.signals.video import signal_of

TILES_A_SIDE = 3
"""Frames in a row of a preview, and rows of it."""

_JPEG_QUALITY = 80
_PLAIN_DEVIATION = 8.0
"""Grey levels: a tile that varies less shows nobody anything."""

_READ_BYTES = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class HashedVideo:
    """
    What is kept of one video.

    Args:
        info: What it was.

        signals: `sha256/1`, `video/1` and, where local features are to be stored, `scenes/1`: what is stored and sent.

        query: What is searched: the same values and their variants.

        preview: JPEG, 3 × 3 grey frames spread over the video, or None if none was asked for.
    """

    info: VideoInfo
    signals: tuple[Signal, ...]
    query: Query
    preview: bytes | None = None

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """What `scenes/1` holds."""
        return next((scenes_of(signal.value) for signal in self.signals if signal.type == SCENES), ())


def hash_video(
    file: File,
    *,
    limits: VideoLimits | None = None,
    pace: Pace = QUERY,
    progress: Progress | None = None,
    preview_side_px: int | None = None,
    features: Features = Features.NONE,
) -> HashedVideo:
    """
    Decode a video and take its signals.

    Args:
        file: The video.

        limits: What it may cost.

        pace: `QUERY` for a video that is looked for, `REFERENCE` for one that is stored to be found.

        progress: Called with the share (0..1) that was read.

        preview_side_px: Longest side of the preview, or None for none.

        features: Which local features to take of its scenes, up to 32 or, at the pace of references, 64: 3 ms a scene
            that is stored, 6 ms one that is asked. A reference is not asked for at the same time.

    Raises:
        MediaError: As `VideoReader` says.
        OSError: If there is no such file.
    """
    limits = limits or VideoLimits()
    reader = VideoReader(file, pace=pace, limits=limits, progress=progress)
    sheet = _ContactSheet(preview_side_px)
    is_query = pace.trimmed
    keeper = ShotKeeper() if is_query else SceneKeeper(most=REFERENCE_SCENES, gap_s=REFERENCE_GAP_S)
    frames = sheet.watch(reader)
    video = hash_frames(keeper.watch(frames) if features else frames, max_frames=limits.max_frames, trimmed=is_query)
    digest = file_digest(file)
    scenes = stored_of_scenes(keeper.reference()) if Features.STORED in features else ()
    asked = keeper.query() if Features.ASKED in features and is_query else ()
    return HashedVideo(
        info=reader.info,
        signals=(Signal(Sha256.name, digest), signal_of(video.frames), *scenes),
        query=replace(Query.of_video(video, digest), scenes=asked),
        preview=None if preview_side_px is None else sheet.jpeg(),
    )


def file_digest(file: File) -> bytes:
    """Return the SHA-256 of a file, 32 bytes, reading it in pieces."""
    digest = hashlib.sha256()
    with open_file(file) as opened:
        while piece := opened.read(_READ_BYTES):
            digest.update(piece)
    return digest.digest()


class _ContactSheet:
    """
    A few frames spread over a video whose length is not known before it ends.

    It begins with the first frame that is not plain; plain ones are shown where there is nothing else.
    """

    def __init__(self, side_px: int | None) -> None:
        self._tile_px = (side_px or 0) // TILES_A_SIDE
        self._tiles: list[Grey] = []
        self._every = 1
        self._only_plain = True

    def watch(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Pass frames on, keeping a small copy of some; when there are too many, every second is forgotten."""
        number = 0
        for frame in frames:
            if self._tile_px:
                number += self._keep(frame, number)
            yield frame

    def _keep(self, frame: Frame, number: int) -> bool:
        """Look at a frame that may be shown; return whether it counts."""
        if number % self._every and not self._only_plain:
            return True
        tile = _fitted(frame.grey, self._tile_px)
        is_plain = float(tile.std()) < _PLAIN_DEVIATION
        if is_plain and self._tiles:
            return False
        if self._only_plain:
            self._tiles.clear()
        self._only_plain = is_plain
        self._tiles.append(tile)
        if len(self._tiles) == 2 * TILES_A_SIDE**2:
            self._tiles, self._every = self._tiles[::2], 2 * self._every
        return not is_plain

    def jpeg(self) -> bytes:
        """Lay them out in rows, earliest first."""
        count = min(len(self._tiles), TILES_A_SIDE**2)
        chosen = [self._tiles[round(at)] for at in np.linspace(0, len(self._tiles) - 1, count)]
        height, width = chosen[0].shape
        sheet = np.zeros((-(-count // TILES_A_SIDE) * height, min(count, TILES_A_SIDE) * width), np.uint8)
        for place, tile in enumerate(chosen):
            top, left = place // TILES_A_SIDE * height, place % TILES_A_SIDE * width
            sheet[top : top + height, left : left + width] = cv2.resize(tile, (width, height))
        encoded = io.BytesIO()
        PillowImage.fromarray(sheet).save(encoded, "JPEG", quality=_JPEG_QUALITY)
        return encoded.getvalue()


def _fitted(grey: Grey, side_px: int) -> Grey:
    shrink = min(1.0, side_px / max(grey.shape))
    size = (max(1, round(grey.shape[1] * shrink)), max(1, round(grey.shape[0] * shrink)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
