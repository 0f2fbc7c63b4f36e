"""
`python -m benchmarks video`: which edited clips are found, where, and how fast videos are hashed.

Every clip of a folder is banked. Each edit is applied to each clip and written by a real encoder; the file is hashed at
the pace of uploads and laid beside its reference. Every unedited clip is laid beside every other, too: whatever agrees
there is a false positive. Speed is what `video_speed` measures.

Invariant: found means `partial` or stronger against the right reference; nothing is chosen after looking at results.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.copies.edits.base import Pixels
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.video.contestants.scenes import SceneBank
from benchmarks.video.contestants.vpdq import VPDQ_RULES, VpdqHash, vpdq_hash
from benchmarks.video.edits import VIDEO_EDITS, Clip, Edited, read_clip, write_clip
from benchmarks.video.speed import print_speeds, speeds
from matcher.comparing.comparison import compare
from matcher.hashing.features import Features
from matcher.hashing.pictures import hash_media
from matcher.hashing.videos import hash_video
from matcher.moments.evidence import VideoEvidence
from matcher.reading.decode import Limits
from matcher.reading.keyframes import REFERENCE
from matcher.signals.base import Signal
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.scenes import Scene
from matcher.signals.video import ROW
from matcher.strength import Strength

OURS: Final = "staydown"
FAST: Final = "staydown_fast"
"""Frame hashes alone, without local features."""

Progress = Callable[[str], None]


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    cv2.setNumThreads(1)
    with progress_line() as progress, TemporaryDirectory(prefix="staydown-video-") as folder:
        bank = Bank(sorted(options.videos.iterdir())[: options.clips], progress)
        edits = bank.ask_edits(Path(folder), options.seed, progress)
        edits += bank.ask_stills(Path(folder), progress)
        result = {
            "benchmark": "video",
            "clips": len(bank.clips),
            "seed": options.seed,
            "edits": edits,
            "mean_found": _means(edits),
            "false_positives": bank.ask_each_other(progress),
            "bytes_per_minute": bank.bytes_per_minute(),
            "speed": speeds(bank.clips.values(), Path(folder), progress) if options.speed else [],
            "environment": environment(),
        }
    publish(result, options.json, show=lambda: _print(result))
    return 0


class Bank:
    """
    Every clip, banked by every contestant.

    Args:
        paths: Video files.

        progress: Called with what is being done.
    """

    def __init__(self, paths: Sequence[Path], progress: Progress) -> None:
        self.clips: dict[str, Clip] = {}
        self._paths = {path.name: path for path in paths}
        self._signals: dict[str, tuple[Signal, ...]] = {}
        self._vpdq: dict[str, VpdqHash] = {}
        scenes: dict[str, Sequence[Scene]] = {}
        durations_s: dict[str, float] = {}
        for path in paths:
            progress(f"banking {path.name}")
            self.clips[path.name] = read_clip(path)
            hashed = hash_video(path, pace=REFERENCE, features=Features.STORED)
            self._signals[path.name] = hashed.signals
            scenes[path.name] = hashed.scenes
            durations_s[path.name] = hashed.info.duration_s
            self._vpdq[path.name] = vpdq_hash(path)
        self._scenes = SceneBank(scenes, durations_s)

    def ask_edits(self, folder: Path, seed: int, progress: Progress) -> list[dict[str, Any]]:
        """Ask for every edit of every clip."""
        rows = []
        for number, edit in enumerate(VIDEO_EDITS):
            asked = []
            for place, (name, clip) in enumerate(self.clips.items()):
                progress(f"{edit.name}: {name}")
                made = edit.apply(clip, np.random.default_rng([seed, place, number]), self._strangers(name))
                path = folder / "asked.mp4"
                write_clip(made.clip, path, crf=made.crf)
                asked.append({"clip": name} | self._ours(path, name, made) | self._peers(path, name))
            rows.append(_row(edit.name, edit.counted, asked))
        return rows

    def ask_stills(self, folder: Path, progress: Progress) -> list[dict[str, Any]]:
        """Ask for a frame of each clip as a photo, and bank a frame as a photo and ask for a video that shows it."""
        as_photo, inside = [], []
        for place, (name, clip) in enumerate(self.clips.items()):
            progress(f"stills: {name}")
            row = len(clip.frames) // 3
            still = hash_media(_png(clip.frames[row]), limits=Limits())
            found = compare(still.query, self._signals[name])
            at = row / clip.fps
            as_photo.append({"clip": name} | _judged(found.strength, found.evidence, None, (at, at)))
            stranger = list(self._strangers(name))[place % len(self._strangers(name))]
            shown, size = clip.frames[row], stranger.frames[0].shape[:2][::-1]
            frames = [
                *stranger.frames,
                *[np.asarray(cv2.resize(shown, size), np.uint8)] * round(3 * stranger.fps),
                *stranger.frames,
            ]
            path = folder / "asked.mp4"
            write_clip(Clip(frames, stranger.fps), path)
            found = compare(hash_video(path).query, still.signals)
            span = (stranger.duration_s, stranger.duration_s + 3)
            inside.append({"clip": name} | _judged(found.strength, found.evidence, span, None))
        return [_row("keyframe as photo", True, as_photo), _row("photo inside a video", True, inside)]

    def ask_each_other(self, progress: Progress) -> dict[str, Any]:
        """Lay every clip beside every other."""
        counts = {name: {s.value: 0 for s in Strength} for name in (OURS, FAST)}
        counts |= {name: {"match": 0} for name in VPDQ_RULES}
        for asked, path in self._paths.items():
            progress(f"strangers: {asked}")
            hashed = hash_video(path, features=Features.ASKED)
            deep = self._scenes.find(hashed.query.scenes)
            for known, signals in self._signals.items():
                if known == asked:
                    continue
                fast = compare(hashed.query, signals).strength
                if fast is not None:
                    counts[FAST][fast.value] += 1
                strengths = [one for one in (fast, deep[known].strength if known in deep else None) if one is not None]
                if strengths:
                    counts[OURS][max(strengths).value] += 1
                for name, rule in VPDQ_RULES.items():
                    counts[name]["match"] += rule(self._vpdq[asked], self._vpdq[known])
        return {"pairs": len(self._paths) * (len(self._paths) - 1), "by_contestant": counts}

    def bytes_per_minute(self) -> dict[str, float]:
        """Return what is stored of a minute of video, as a reference and as an upload, and its scenes by themselves."""
        minutes = sum(clip.duration_s for clip in self.clips.values()) / 60
        uploads = [hash_video(path).signals for path in self._paths.values()]
        return {
            "reference": sum(len(s.value) for kept in self._signals.values() for s in kept if s.type != SCENES)
            / minutes,
            "upload": sum(len(s.value) for kept in uploads for s in kept) / minutes,
            "frame": float(ROW.itemsize),
            "scenes": sum(self._scenes.bytes_of(name) for name in self.clips) / minutes,
        }

    def _strangers(self, name: str) -> list[Clip]:
        """Return the other clips, without those that share person and background with this one."""
        family = name.split("-")[0]
        return [clip for other, clip in self.clips.items() if other.split("-")[0] != family] or list(
            self.clips.values()
        )

    def _ours(self, path: Path, name: str, made: Edited) -> dict[str, Any]:
        hashed = hash_video(path, features=Features.ASKED)
        fast = compare(hashed.query, self._signals[name])
        by_hash = _judged(fast.strength, fast.evidence, made.query_s, made.reference_s)
        found_fast = {FAST: fast.strength is not None and fast.strength >= Strength.PARTIAL}
        deep = None
        if fast.strength is None or fast.strength < Strength.NEAR:
            deep = self._scenes.find(hashed.query.scenes).get(name)
        if deep is None or (found_fast[FAST] and by_hash["frames"] >= deep.frames):
            return by_hash | found_fast
        return _judged(deep.strength, (deep,), made.query_s, made.reference_s) | found_fast

    def _peers(self, path: Path, name: str) -> dict[str, Any]:
        asked = vpdq_hash(path)
        return {rule: bool(agrees(asked, self._vpdq[name])) for rule, agrees in VPDQ_RULES.items()}


def _judged(
    strength: Strength | None,
    evidence: Sequence[object],
    query_s: tuple[float, float] | None,
    reference_s: tuple[float, float] | None,
) -> dict[str, Any]:
    moving = next((one for one in evidence if isinstance(one, VideoEvidence)), None)
    errors = []
    for right, said in (
        (query_s, None if moving is None else moving.query_span_s),
        (reference_s, None if moving is None else moving.reference_span_s),
    ):
        if right is None or said is None:
            continue
        if right[0] == right[1]:  # a moment: how far outside of the span it lies
            errors.append(max(said[0] - right[0], right[0] - said[1], 0.0))
        else:
            errors += [abs(a - b) for a, b in zip(right, said, strict=True)]
    return {
        "strength": None if strength is None else strength.value,
        "frames": 0 if moving is None else moving.frames,
        "distance": None if moving is None else moving.distance,
        "span_error_s": max(errors) if errors else None,
    }


def _row(name: str, counted: bool, asked: list[dict[str, Any]]) -> dict[str, Any]:
    found = [one for one in asked if one["strength"] is not None and one["strength"] != Strength.WEAK.value]
    errors = [one["span_error_s"] for one in found if one["span_error_s"] is not None]
    shares = {OURS: len(found) / len(asked)} | {
        name: sum(one[name] for one in asked) / len(asked) for name in (FAST, *VPDQ_RULES) if name in asked[0]
    }
    return {
        "name": name,
        "counted": counted,
        "n": len(asked),
        "found": shares,
        "near": sum(one["strength"] in ("near", "exact") for one in asked) / len(asked),
        "span_error_s": {"median": float(np.median(errors)), "max": max(errors)} if errors else None,
        "asked": asked,
    }


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return each contestant's mean share over the edits that count and that it can be asked for."""
    names = (OURS, FAST, *VPDQ_RULES)
    return {
        name: float(np.mean([row["found"][name] for row in rows if row["counted"] and name in row["found"]]))
        for name in names
    }


def _png(pixels: Pixels) -> bytes:
    encoded, data = cv2.imencode(".png", pixels[:, :, ::-1])
    if not encoded:
        message = f"a frame of {pixels.shape} cannot be written as PNG"
        raise ValueError(message)
    return data.tobytes()


def _print(result: Mapping[str, Any]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table(title=f"{result['clips']} clips; share found")
    for column in ("edit", OURS, "of it near", FAST, *VPDQ_RULES, "span error, median s", "max s"):
        table.add_column(column, justify="left" if column == "edit" else "right")
    for row in result["edits"]:
        errors = row["span_error_s"] or {}
        peers = [f"{row['found'][rule]:.0%}" if rule in row["found"] else "" for rule in (FAST, *VPDQ_RULES)]
        seconds = [f"{errors[key]:.2f}" if errors else "" for key in ("median", "max")]
        name = row["name"] if row["counted"] else f"{row['name']} (not counted)"
        table.add_row(name, f"{row['found'][OURS]:.0%}", f"{row['near']:.0%}", *peers, *seconds)
    console.print(table)
    console.print("mean:", ", ".join(f"{name} {share:.1%}" for name, share in result["mean_found"].items()))
    console.print(f"false positives of {result['false_positives']['pairs']} pairs of different clips:")
    for name, counts in result["false_positives"]["by_contestant"].items():
        console.print(f"  {name}: {', '.join(f'{count} {what}' for what, count in counts.items())}")
    print_speeds(console, result["speed"])
    console.print("bytes a minute:", result["bytes_per_minute"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks video", description=__doc__)
    parser.add_argument("--videos", type=Path, required=True, help="a folder of clips that are all different")
    parser.add_argument("--clips", type=int, metavar="N", help="only the first N")
    parser.add_argument("--speed", action=argparse.BooleanOptionalAction, default=True, help="measure hashing speed")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
