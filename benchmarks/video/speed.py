"""
`python -m benchmarks video_speed`: how fast uploaded videos are hashed, and in how much memory.

Natural clips are joined, encoded again by x264 in two sizes, with three distances of keyframes, by two of its presets,
and hashed at the pace of uploads. Speed is CPU time on one thread: a multiple of real time. What lies between keyframes
must be decoded to be seen, and `medium`, x264's default, makes that more expensive than `veryfast`, which services use.

Invariant: each file is hashed by a process of its own to measure its memory; time is taken of warm runs.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console

from benchmarks.copies.edits.base import Pixels
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.video.edits import Clip, read_clip, write_clip
from matcher.hashing.videos import hash_video

SIZES: Final = (("480p", 854, 480), ("1080p", 1920, 1080))
PRESETS: Final = ("veryfast", "medium")
KEYFRAMES_S: Final = (1, 2, 8)
RUNS: Final = 3
CLIP_S: Final = 6.0
FRAMES: Final = 1000
FPS: Final = 30

Progress = Callable[[str], None]


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    cv2.setNumThreads(1)
    with progress_line() as progress, TemporaryDirectory(prefix="staydown-video-") as folder:
        clips = []
        for path in sorted(options.videos.iterdir()):
            progress(f"reading {path.name}")
            clips.append(read_clip(path))
        rows = speeds(clips, Path(folder), progress)
    result = {"benchmark": "video_speed", "speed": rows, "environment": environment()}
    publish(result, options.json, show=lambda: print_speeds(Console(width=None if sys.stdout.isatty() else 160), rows))
    return 0


def speeds(clips: Iterable[Clip], folder: Path, progress: Progress) -> list[dict[str, Any]]:
    """
    Hash the clips joined: a row for each size, preset and distance of keyframes.

    Args:
        clips: The longest come first: short ones are mostly cuts, where an encoder writes keyframes.

        folder: For the files.

        progress: Called with what is being done.
    """
    pieces = sorted(clips, key=lambda clip: -clip.duration_s)
    rows = []
    for name, width, height in SIZES:
        frames = _joined(pieces, (width, height))
        for preset, keyframe_s in product(PRESETS, KEYFRAMES_S):
            progress(f"speed: {name}, x264 {preset}, a keyframe every {keyframe_s} s")
            path = folder / "speed.mp4"
            write_clip(Clip(frames, FPS), path, keyframes_every=FPS * keyframe_s, preset=preset)
            memory_bytes = _memory_of(path)
            runs, duration_s = [], hash_video(path).info.duration_s
            for _ in range(RUNS):
                begun = time.process_time()
                hash_video(path)
                runs.append(duration_s / (time.process_time() - begun))
            rows.append(
                {
                    "size": name,
                    "preset": preset,
                    "keyframe_s": keyframe_s,
                    "times_real_time": runs,
                    "bytes_per_s": path.stat().st_size / duration_s,
                    "memory_bytes": memory_bytes,
                }
            )
    return rows


def print_speeds(console: Console, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a line for each row of `speeds`."""
    for row in rows:
        runs, memory = row["times_real_time"], row["memory_bytes"] / 2**20
        file = f"{row['size']}, x264 {row['preset']}, keyframe every {row['keyframe_s']} s"
        speed = f"{median(runs):.0f} × real time ({min(runs):.0f} to {max(runs):.0f})"
        console.print(f"{file}: {speed}, {memory:.0f} MiB")


def _joined(clips: Iterable[Clip], size: tuple[int, int]) -> list[Pixels]:
    frames: list[Pixels] = []
    for clip in clips:
        count = round(min(clip.duration_s, CLIP_S) * clip.fps)
        frames += [np.asarray(cv2.resize(frame, size), np.uint8) for frame in clip.frames[:count]]
        if len(frames) > FRAMES:
            break
    return frames


def _memory_of(path: Path) -> int:
    """Return the most memory a process of its own holds while it hashes a file."""
    # Not `ru_maxrss`: Linux hands the parent's over to the child, and the parent holds whole films.
    program = (
        "import sys, pathlib\nfrom matcher.hashing.videos import hash_video\n"
        "hash_video(pathlib.Path(sys.argv[1]))\nprint(pathlib.Path('/proc/self/status').read_text())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    peak = next(line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks video_speed", description=__doc__)
    parser.add_argument("--videos", type=Path, required=True, help="a folder of clips")
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
