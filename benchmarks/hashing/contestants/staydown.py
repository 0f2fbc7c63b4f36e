"""Ours: every signal that is stored, in every variant asked by; in this process and in a worker behind walls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from api.bootstrap import open_sandbox
from benchmarks.service.deciding import settings_for
from matcher.hashing.features import Features
from matcher.sandbox.hasher import InProcess, MediaHasher

ASKED = Features.STORED | Features.ASKED


def fast(hasher: MediaHasher) -> Callable[[bytes], object]:
    """Return what takes the hashes of a picture."""
    return hasher.hash_image


def deep(hasher: MediaHasher) -> Callable[[bytes], object]:
    """Return what takes its local features, too: those that are stored and those that are asked by."""
    return lambda data: hasher.hash_image(data, features=ASKED)


def video_fast(hasher: MediaHasher) -> Callable[[Path], object]:
    """Return what takes the frames of a video."""
    return hasher.hash_video


def video_deep(hasher: MediaHasher) -> Callable[[Path], object]:
    """Return what takes its scenes, too."""
    return lambda path: hasher.hash_video(path, features=ASKED)


@contextmanager
def hashers() -> Iterator[tuple[MediaHasher, MediaHasher]]:
    """Open one that hashes in this process, and one as the service has it, with one worker of each kind."""
    with TemporaryDirectory(prefix="staydown-") as folder:
        settings = settings_for(Path(folder), "", decode_workers=1, video_workers=1)
        with open_sandbox(settings) as sandbox:
            yield InProcess(), sandbox
