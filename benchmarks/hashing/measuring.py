"""
The process that measures hashing: told what to do on standard input, it writes a row a line to standard output.

It is started with one thread for every library, as the service's workers are.
"""

import argparse
import gc
import json
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2

from benchmarks.hashing.contestants import pictures, videos
from benchmarks.hashing.contestants.staydown import hashers
from benchmarks.hashing.files import SIZES, as_file, clip, enlarged, originals
from benchmarks.hashing.timing import Timed, time_all
from matcher.sandbox.hasher import MediaHasher


def rows_of(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure what the options of `hashing` say; yields a row a file kind and contestant."""
    cv2.setNumThreads(1)
    with hashers() as (here, worker):
        gc.freeze()  # what is loaded is no garbage: to look through it took a seventh of a second before each memory
        yield from _of_pictures(options, here, worker)
        yield from _of_videos(options, here, worker)


def _of_pictures(options: argparse.Namespace, here: MediaHasher, worker: MediaHasher) -> Iterator[dict[str, Any]]:
    contestants = {name: each for name, each in pictures(here, worker).items() if name in options.contestants}
    photos = originals(options.photos, count=options.files, seed=options.seed)
    for megapixels in options.megapixels:
        large = [enlarged(photo, SIZES[megapixels], options.seed) for photo in photos]
        for kind in options.formats:
            files = [as_file(picture, kind) for picture in large]
            timed = time_all(contestants, files, rounds=options.rounds)
            sizes = [len(file) for file in files]
            yield from _rows(f"{kind} {megapixels} MP", timed, sizes, format=kind, megapixels=float(megapixels))


def _of_videos(options: argparse.Namespace, here: MediaHasher, worker: MediaHasher) -> Iterator[dict[str, Any]]:
    contestants = {name: each for name, each in videos(here, worker).items() if name in options.contestants}
    for seconds in options.seconds:
        with TemporaryDirectory(prefix="staydown-clip-") as folder:
            path = Path(folder) / "clip.mp4"
            path.write_bytes(clip(options.clips, seconds=seconds, seed=options.seed))
            timed = time_all(contestants, [path], rounds=options.rounds)
            yield from _rows(f"video {seconds:g} s", timed, [path.stat().st_size], format="MP4", seconds=seconds)


def _rows(name: str, timed: Mapping[str, Timed], sizes: Sequence[int], **what: str | float) -> Iterator[dict[str, Any]]:
    for who, one in timed.items():
        yield {
            "name": name,
            "contestant": who,
            **what,
            "file_bytes": sum(sizes) / len(sizes),
            **one.figures(),
            "memory_bytes": one.memory_bytes,
            "failure": one.failure,
            "wall_ms": one.wall_ms,
            "processor_ms_each": one.processor_ms,
        }


if __name__ == "__main__":
    told: argparse.Namespace = pickle.load(sys.stdin.buffer)  # noqa: S301 – from the process that started this one
    for row in rows_of(told):
        print(json.dumps(row), flush=True)
