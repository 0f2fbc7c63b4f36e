"""
`python -m benchmarks local_scale`: how long a deep query takes as the bank of local features grows.

The first references are real photos; the bank is filled up with references synthesised from them: each descriptor with
a seeded tenth to quarter of its bits flipped, keypoints moved about, in the list its original lies in. Queries are the
photos as two-megapixel JPEG files, so that every one has its copy in the bank; what is timed is everything from bytes
to evidence, on one core. On a busy machine read the processor time, which others do not lengthen as much.

Invariant: the real references are in the bank at every size, and whether they are still found is told with the times.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import faiss
import numpy as np
import numpy.typing as npt

from benchmarks.copies.photos import photos, save
from benchmarks.environment import environment
from benchmarks.report import progress_line, write_json
from index.local.part import REFERENCE, LocalPart, NewReference
from index.local.quantiser import Lists
from index.local.votes import find_candidates
from matcher.local.evidence import examine
from matcher.local.views import Form, View, view
from matcher.reading.decode import Limits, decode
from matcher.signals import local
from matcher.signals.local import LocalFeatures, extract_query, extract_reference
from matcher.signals.points.descriptors import Descriptors

CANDIDATES = 8
QUERY_PIXELS = 2_000_000
Rows = tuple[npt.NDArray[np.void], npt.NDArray[np.void], Descriptors, Lists]
"""References, points, descriptors and the lists these are in, as `LocalPart.without` returns them."""

STEPS = ("decode", "extract", "search", "verify")


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    chosen = photos(options.bank)[:1000]
    with progress_line() as progress:
        progress("extracting")
        features = [LocalFeatures.from_bytes(extract_reference(photo.pixels()).to_bytes()) for photo in chosen]
        real = LocalPart.build([NewReference(n, n, each) for n, each in enumerate(features, start=1)])
        queries = [large(photo.pixels()) for photo in chosen[:: max(1, len(chosen) // options.queries)]]
        rows = []
        for references in options.references:
            progress(f"{references:,} references")
            parts = (real, *filling(real, references - len(real), options.seed))
            rows.append(
                _measured(parts, features, queries, max(1, len(chosen) // options.queries)) | {"references": references}
            )
            del parts
    result = {"benchmark": "local_scale", "seed": options.seed, "rows": rows, "environment": environment()}
    write_json(result, options.json or "-")
    return 0


def _measured(
    parts: tuple[LocalPart, ...], features: Sequence[LocalFeatures], queries: Sequence[bytes], stride: int
) -> dict[str, object]:
    _timed(parts, features, queries[0])
    seconds, right = [], 0
    for number, data in enumerate(queries):
        steps, found = _timed(parts, features, data)
        seconds.append(steps)
        right += number * stride + 1 in found
    milliseconds = 1000 * np.array(seconds)
    return {
        "query_p50_ms": float(np.median(milliseconds[:, :-1].sum(axis=1))),
        "query_min_ms": float(milliseconds[:, :-1].sum(axis=1).min()),
        "processor_p50_ms": float(np.median(milliseconds[:, -1])),
        **{f"{step}_p50_ms": float(np.median(milliseconds[:, i])) for i, step in enumerate(STEPS)},
        "found": right,
        "of": len(queries),
    }


def _timed(
    parts: tuple[LocalPart, ...], features: Sequence[LocalFeatures], data: bytes
) -> tuple[list[float], set[int]]:
    marks, busy = [time.perf_counter()], time.process_time()
    image = decode(data, limits=Limits(), working_side_px=local.QUERY_SIDE_PX)
    marks.append(time.perf_counter())
    query = extract_query(image.pixels)
    marks.append(time.perf_counter())
    candidates = find_candidates(parts, np.empty(0, np.int64), query, limit=CANDIDATES)
    marks.append(time.perf_counter())
    views: dict[Form, View] = {}
    found = set()
    for candidate in candidates:
        seen = views.setdefault(candidate.form, view(query, candidate.form))
        reference = features[(candidate.item_id - 1) % len(features)]
        evidence = examine(query, seen, reference, candidate.pairs)
        if evidence is not None and evidence.agrees:
            found.add(candidate.item_id)
    marks.append(time.perf_counter())
    return [*np.diff(marks).tolist(), time.process_time() - busy], found


def filling(real: LocalPart, references: int, seed: int) -> list[LocalPart]:
    """Return parts of synthesised references, at most 20,000 each, with item ids after the real ones."""
    rng = np.random.default_rng(seed)
    rows = real.without(np.empty(0, np.int64))
    parts = []
    made = len(real)
    while made < len(real) + references:
        rounds = min(20, -(-(len(real) + references - made) // len(real)))
        table, points, descriptors, lists = synthesised(rows, rounds, rng)
        table["item_id"] = np.arange(made + 1, made + 1 + len(table))
        parts.append(LocalPart.of_rows(table, points, descriptors, lists))
        made += len(table)
    return parts


def synthesised(rows: Rows, rounds: int, rng: np.random.Generator) -> Rows:
    """
    Synthesise references from real ones, each as often.

    Args:
        rows: What `LocalPart.without` returns of the real ones.

        rounds: How often.

        rng: Decides what is flipped and moved.

    Returns:
        The same arrays; items are those of the real ones, and descriptors stay in their lists.
    """
    table, points, descriptors, lists = rows
    bits, moved = np.tile(descriptors, (rounds, 1)), np.tile(points, rounds)
    for _ in range(2):
        masks = rng.integers(0, 256, (3, *bits.shape), dtype=np.uint8)
        bits ^= masks[0] & masks[1] & masks[2]
    moved["x"], moved["y"] = rng.permutation(moved["x"]), rng.permutation(moved["y"])
    return np.tile(table, rounds).astype(REFERENCE), moved, bits, np.tile(lists, rounds)


def large(pixels: np.ndarray) -> bytes:
    """Return a photo as a JPEG file of about two megapixels."""
    factor = float(np.sqrt(QUERY_PIXELS / (pixels.shape[0] * pixels.shape[1])))
    return save(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).astype(np.uint8))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks local_scale", description=__doc__)
    parser.add_argument(
        "--bank", type=Path, nargs="+", required=True, help="folders of photos; the first 1,000 are taken"
    )
    parser.add_argument("--references", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
