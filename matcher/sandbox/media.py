"""
Pictures and videos, each decoded in workers of their own.

A video takes seconds to minutes and a picture milliseconds: however many videos wait, pictures never wait for one.
Invariant: the workers for videos are started by the first video; a service that never sees one does not pay for them.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from matcher.errors import SandboxClosedError
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage
from matcher.hashing.videos import HashedVideo
from matcher.reading.keyframes import QUERY, Pace, Progress
from matcher.sandbox.hasher import GivenUp
from matcher.sandbox.pool import Sandbox
from matcher.sandbox.walls import Walls

P = ParamSpec("P")
T = TypeVar("T")


class MediaSandbox:
    """
    Two sandboxes as one `MediaHasher`. Safe to use from any thread; closed at the end of a `with` block.

    Args:
        pictures: Started.

        start_videos: Starts the one for videos, when it is needed.
    """

    def __init__(self, pictures: Sandbox, start_videos: Callable[[], Sandbox]) -> None:
        self._pictures = pictures
        self._start_videos = start_videos
        self._starting = threading.Lock()
        self._videos: Sandbox | None = None
        self._closed = False

    def hash_image(
        self,
        source: bytes | Path,
        *,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        given_up: GivenUp | None = None,
    ) -> HashedImage:
        """Do as `MediaHasher` says, in a worker for pictures."""
        return self._pictures.hash_image(source, preview_side_px=preview_side_px, features=features, given_up=given_up)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do as `Sandbox.run` does, in a worker for pictures."""
        return self._pictures.run(function, *args, **kwargs)

    def hash_video(
        self,
        path: Path,
        *,
        pace: Pace = QUERY,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        progress: Progress | None = None,
        given_up: GivenUp | None = None,
    ) -> HashedVideo:
        """Do as `MediaHasher` says, in a worker for videos."""
        return self._for_videos().hash_video(
            path,
            pace=pace,
            preview_side_px=preview_side_px,
            features=features,
            progress=progress,
            given_up=given_up,
        )

    @property
    def walls(self) -> Walls:
        """The walls that stand around every worker that was started."""
        videos = self._videos
        found = [self._pictures.walls, *([] if videos is None else [videos.walls])]
        missing = {name: why for walls in found for name, why in walls.missing.items()}
        return Walls(tuple(name for name in found[0].layers if name not in missing), missing)

    def close(self) -> None:
        """End all workers at once. Tasks that are running, and later ones, raise `SandboxClosedError`."""
        self._pictures.close()
        with self._starting:
            self._closed = True
            if self._videos is not None:
                self._videos.close()

    def __enter__(self) -> "MediaSandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _for_videos(self) -> Sandbox:
        with self._starting:
            if self._closed:
                raise SandboxClosedError("the sandbox is closed; make a new one")
            if self._videos is None:
                self._videos = self._start_videos()
            return self._videos
