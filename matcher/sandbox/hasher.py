"""
Turns files into signals: in a sandbox for files from outside, or in this process for local files.

Invariant: both raise the same errors and return the same values, so callers need not know which one they have.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, Protocol, TypeAlias, TypeVar

from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage, hash_media
from matcher.hashing.videos import HashedVideo, hash_video
from matcher.reading.containers import VideoLimits
from matcher.reading.decode import Limits
from matcher.reading.keyframes import QUERY, Pace, Progress
from matcher.sandbox.walls import Walls
from matcher.signals.base import SignalType

P = ParamSpec("P")
T = TypeVar("T")

GivenUp: TypeAlias = Callable[[], bool]
"""Tells, from any thread, whether nobody waits for a task any more."""


class MediaHasher(Protocol):
    """Turns files into signals, in a sandbox or in this process."""

    def hash_image(
        self,
        source: bytes | Path,
        *,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        given_up: GivenUp | None = None,
    ) -> HashedImage:
        """
        Decode a picture and take all its signals.

        Args:
            source: The whole file, or where it is.

            preview_side_px: Longest side of the preview, or None for none.

            features: Which local features are taken.

            given_up: Tells whether nobody waits for it any more; asked now and then.

        Raises:
            MediaError: If this file cannot be hashed; its subclasses say why.
            GivenUpError: If it was given up before it was done.
        """

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
        """
        Decode a video and take its signals.

        Args:
            path: Where it is.

            pace: How closely to look.

            preview_side_px: Longest side of the preview, or None for none.

            features: Which local features of its scenes are taken.

            progress: Called with the share (0..1) that was read, now and then. An exception from it ends the work.

            given_up: Tells whether nobody waits for it any more; asked now and then.

        Raises:
            MediaError: If this file cannot be hashed; its subclasses say why.
            GivenUpError: If it was given up before it was done.
        """

    @property
    def walls(self) -> Walls:
        """The walls that stand around the processes in which files are decoded."""

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call a function of the matcher where files are decoded.

        Args:
            function: Importable by name; it returns plain values, bytes, uint8 arrays.

            *args: Its arguments.

            **kwargs: Its keyword arguments.

        Raises:
            MatcherError: What the function raised, or what kept it from its end.
        """

    def close(self) -> None:
        """End its processes, if it has any. Closing twice is fine."""


class InProcess:
    """Does the same in this process, for files that are trusted: command line and tests."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        video_limits: VideoLimits | None = None,
        types: Sequence[SignalType] | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._video_limits = video_limits or VideoLimits()
        self._types = types

    def hash_image(
        self,
        source: bytes | Path,
        *,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        given_up: GivenUp | None = None,
    ) -> HashedImage:
        """Do as `MediaHasher` says, here and now; nothing stops a picture that takes long."""
        del given_up  # who asks here also waits here
        return hash_media(
            source, limits=self._limits, preview_side_px=preview_side_px, features=features, types=self._types
        )

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
        """Do as `MediaHasher` says, here and now."""
        del given_up
        return hash_video(
            path,
            limits=self._video_limits,
            pace=pace,
            preview_side_px=preview_side_px,
            progress=progress,
            features=features,
        )

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it, here and now."""
        return function(*args, **kwargs)

    @property
    def walls(self) -> Walls:
        """None: it is for files that are trusted."""
        return Walls()

    def close(self) -> None:
        """Do nothing."""
