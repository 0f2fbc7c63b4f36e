"""CONTESTANTS: the tables of who hashes. A new one is a function in a file here and a row."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.hashing.contestants import others, staydown
from matcher.sandbox.hasher import MediaHasher


def pictures(here: MediaHasher, worker: MediaHasher) -> dict[str, Callable[[bytes], object]]:
    """Return who hashes pictures, by name; ours first."""
    return {
        "staydown": staydown.fast(here),
        "staydown_worker": staydown.fast(worker),
        "staydown_deep": staydown.deep(here),
        "staydown_deep_worker": staydown.deep(worker),
        "imagehash": others.imagehash_phash,
        "pdqhash": others.pdqhash_full,
        "threatexchange": others.threatexchange,
    }


def videos(here: MediaHasher, worker: MediaHasher) -> dict[str, Callable[[Path], object]]:
    """Return who hashes videos, by name; ours first."""
    return {
        "staydown": staydown.video_fast(here),
        "staydown_worker": staydown.video_fast(worker),
        "staydown_deep": staydown.video_deep(here),
        "vpdq": others.vpdq,
    }


OF_PICTURES: Final = (
    "staydown",
    "staydown_worker",
    "staydown_deep",
    "staydown_deep_worker",
    "imagehash",
    "pdqhash",
    "threatexchange",
)
OF_VIDEOS: Final = ("staydown", "staydown_worker", "staydown_deep", "vpdq")
