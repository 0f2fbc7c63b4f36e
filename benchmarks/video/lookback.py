"""
`python -m benchmarks clip_lookback`: which earlier clips a look-back finds from the scenes that are kept of uploads.

Uploads are edited clips, hashed as registrations hash them; of each only its stored signals are left. Two kinds of
reports come later: the clip itself, banked as a reference is, and a frame of it as a photo. As in a look-back, parts of
the reference name suspects among the uploads' scenes, and each is judged from the copy's side. Frame hashes alone are
counted beside it: what a look-back found before scenes were kept.

Invariant: neither side has more than what is stored. `--every` 2 leaves out every second scene of an upload, which
shows what half of the bytes would find.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
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
from benchmarks.video.edits import VIDEO_EDITS, Clip, read_clip, write_clip
from casework.steps.finding.deep_search import UPLOAD_SUSPECTS
from index.local.part import LocalPart, NewReference
from index.local.searcher import LocalSearcher
from matcher.comparing.from_reference import compare_from_reference
from matcher.hashing.features import Features
from matcher.hashing.pictures import hash_media
from matcher.hashing.query import Query
from matcher.hashing.videos import HashedVideo, hash_video
from matcher.reading.decode import Limits
from matcher.reading.keyframes import REFERENCE
from matcher.signals.base import Signal
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.scenes import Scene, scenes_of, signal_of
from matcher.strength import Strength
from matcher.thresholds import SUSPICIOUS_VOTES

_EDITS: Final = {edit.name: edit for edit in VIDEO_EDITS}
_ALONE: Final = ("cropped to 70 %", "caption of 15 %")
_WHOLE: Final = (*_ALONE, "picture in picture, 50 %")
_CROP_AMONG: Final = "cropped to 70 %, 8 s of others before and after"
KEPT: Final = Features.STORED | Features.ASKED


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    cv2.setNumThreads(1)
    paths = sorted(options.videos.iterdir())[:: options.step]
    with progress_line() as progress, TemporaryDirectory(prefix="staydown-clips-") as folder:
        run = ClipLookbacks(paths, Path(folder), every=options.every)
        rows = []
        for name in (*_WHOLE, _CROP_AMONG):
            progress(name)
            rows.append(run.swept(name, options.seed))
        result = {
            "benchmark": "clip_lookback",
            "clips": [path.name for path in paths],
            "seed": options.seed,
            "every": options.every,
            "edits": rows,
            **run.costs(paths),
            "environment": environment(),
        }
    publish(result, options.json, show=lambda: _print(result))
    return 0


class ClipLookbacks:
    """
    Takedowns asked of earlier clips.

    Args:
        paths: Video files.

        folder: For edited files.

        every: Which scenes of an upload are kept: 1 for all.
    """

    def __init__(self, paths: Sequence[Path], folder: Path, *, every: int) -> None:
        """Bank each clip, and a frame of each as a photo."""
        self._folder, self._every = folder, every
        self._clips = {path.name: read_clip(path) for path in paths}
        self._videos = {path.name: _banked_video(path) for path in paths}
        self._photos = {name: _banked_photo(clip.frames[len(clip.frames) // 3]) for name, clip in self._clips.items()}
        self._stored: list[HashedVideo] = []
        self._compare_ms: list[float] = []
        self._search_ms: list[float] = []

    def swept(self, name: str, seed: int) -> dict[str, Any]:
        """Look for the copies of one edit among the copies of all clips."""
        uploads = {}
        for place, (clip_name, clip) in enumerate(self._clips.items()):
            others = [one for other, one in self._clips.items() if _family(other) != _family(clip_name)]
            path = self._folder / "upload.mp4"
            write_clip(_edited(name, clip, np.random.default_rng([seed, place]), others), path)
            self._stored.append(hash_video(path, features=KEPT))
            uploads[clip_name] = self._kept(self._stored[-1].signals)
        asked = {"video": self._videos, "photo": self._photos}
        found = {kind: self._found(banked, uploads) for kind, banked in asked.items()}
        return {"name": name, "n": len(uploads), "shows_others": name not in _ALONE} | found

    def costs(self, paths: Sequence[Path]) -> dict[str, Any]:
        """Return what scenes of uploads cost: bytes a clip, and processor time beside that of hashing."""
        sizes = [sum(len(s.value) for s in one.signals if s.type == SCENES) for one in self._stored]
        ms = {}
        for kind, features in (("hashes", Features.NONE), ("asked", Features.ASKED), ("asked and kept", KEPT)):
            begun = time.process_time()
            for path in paths:
                hash_video(path, features=features)
            ms[kind] = 1000 * (time.process_time() - begun) / len(paths)
        return {
            "scenes_a_clip": float(np.mean([len(one.scenes) for one in self._stored])),
            "bytes_a_clip": float(np.mean(sizes)),
            "hash_ms_a_clip": ms,
            "search_ms_p50": float(np.median(self._search_ms)),
            "compare_ms": {"p50": float(np.median(self._compare_ms)), "max": max(self._compare_ms)},
        }

    def _kept(self, signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
        """Leave out the scenes that would not be kept."""
        scenes = next((scenes_of(signal.value) for signal in signals if signal.type == SCENES), ())
        kept = scenes[:: self._every]
        ends = [*(scene.time_s for scene in kept[1:]), *(scene.until_s for scene in scenes[-1:])]
        thinned = [Scene(one.time_s, end, one.features) for one, end in zip(kept, ends, strict=True)]
        others = tuple(signal for signal in signals if signal.type != SCENES)
        return (*others, signal_of(thinned)) if thinned else others

    def _found(
        self, banked: Mapping[str, tuple[Query, tuple[Signal, ...]]], uploads: Mapping[str, tuple[Signal, ...]]
    ) -> dict[str, Any]:
        scenes = [(name, one) for name, signals in uploads.items() for one in _scenes(signals)]
        part = LocalPart.build([NewReference(n, n, scene.features) for n, (_, scene) in enumerate(scenes)])
        searcher = LocalSearcher(version=1, growing=(part,))
        own, by_hashes, others = [], [], []
        for name, (query, signals) in banked.items():
            suspects = self._suspects(searcher, query, [owner for owner, _ in scenes])
            for upload, kept in uploads.items():
                hashes = compare_from_reference(query, kept).strength
                judged = self._judged(query, signals, kept) if upload in suspects else hashes
                if upload == name:
                    own.append(judged)
                    by_hashes.append(hashes)
                elif judged in (Strength.PARTIAL, Strength.NEAR) and _family(name) != _family(upload):
                    others.append((name, upload, judged.value))
        return {
            "found": sum(one is not None and one >= Strength.PARTIAL for one in own),
            "by_hashes": sum(one is not None and one >= Strength.PARTIAL for one in by_hashes),
            "missed": [name for name, one in zip(banked, own, strict=True) if one is None or one < Strength.PARTIAL],
            "others_shown": others,
        }

    def _suspects(self, searcher: LocalSearcher, query: Query, owners: Sequence[str]) -> set[str]:
        named = set()
        for features in query.parts:
            begun = time.process_time()
            candidates = searcher.candidates(features, limit=UPLOAD_SUSPECTS)
            self._search_ms.append(1000 * (time.process_time() - begun))
            named |= {owners[one.item_id] for one in candidates if one.score >= SUSPICIOUS_VOTES}
        return named

    def _judged(self, query: Query, signals: tuple[Signal, ...], kept: tuple[Signal, ...]) -> Strength | None:
        begun = time.process_time()
        found = compare_from_reference(query, kept, stored=signals).strength
        self._compare_ms.append(1000 * (time.process_time() - begun))
        return found


def _edited(name: str, clip: Clip, rng: np.random.Generator, others: Sequence[Clip]) -> Clip:
    if name in _WHOLE:
        return _EDITS[name].apply(clip, rng, others).clip
    cropped = _EDITS["cropped to 70 %"].apply(clip, rng, others).clip
    return _EDITS["concatenated"].apply(cropped, rng, others).clip


def _banked_video(path: Path) -> tuple[Query, tuple[Signal, ...]]:
    signals = hash_video(path, pace=REFERENCE, features=Features.STORED).signals
    return Query.of_signals(signals), signals


def _banked_photo(pixels: Pixels) -> tuple[Query, tuple[Signal, ...]]:
    _, data = cv2.imencode(".png", pixels[:, :, ::-1])
    signals = hash_media(data.tobytes(), limits=Limits(), features=Features.STORED).signals
    return Query.of_signals(signals), signals


def _scenes(signals: Sequence[Signal]) -> tuple[Scene, ...]:
    return next((scenes_of(signal.value) for signal in signals if signal.type == SCENES), ())


def _family(name: str) -> str:
    """Return what clips of one person before one background have in common: they are not told apart by their parts."""
    return name.split("-")[0]


def _print(result: Mapping[str, Any]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table(title=f"{len(result['clips'])} clips; earlier copies found by a look-back")
    for column in ("edit", "video reported", "by hashes alone", "photo reported", "by hashes alone", "others shown"):
        table.add_column(column, justify="left" if column == "edit" else "right")
    for row in result["edits"]:
        figures = [str(row[kind][name]) for kind in ("video", "photo") for name in ("found", "by_hashes")]
        shown = sum(len(row[kind]["others_shown"]) for kind in ("video", "photo"))
        table.add_row(row["name"], *figures, "they are in it" if row["shows_others"] else str(shown))
    console.print(table)
    for name in ("scenes_a_clip", "bytes_a_clip", "hash_ms_a_clip", "search_ms_p50", "compare_ms"):
        console.print(f"{name}: {result[name]}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks clip_lookback", description=__doc__)
    parser.add_argument("--videos", type=Path, required=True, help="a folder of clips that are all different")
    parser.add_argument("--step", type=int, default=1, metavar="N", help="only every Nth clip")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="keep only every Nth scene of an upload")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
