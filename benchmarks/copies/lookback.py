"""
`python -m benchmarks local_lookback`: which earlier uploads a look-back finds from stored features alone.

A takedown's reference is known by its stored `local/1`: 256 keypoints and a thumbnail. Turned into a question it is
asked of the stored `local/1` of uploads, copies made by each edit among strangers; every candidate is then judged as an
upload is: the upload's stored value is the query, laid back onto the reference. No picture is decoded again.

Invariant: neither side has more than what is stored. A candidate's votes and whether it was a copy are kept together,
so that the least number of votes worth an examination can be read from the result.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.copies.edits import EDITS, Edit, Surroundings
from benchmarks.copies.known_copies import KNOWN_COPIES
from benchmarks.copies.photos import Photo, photos, read, save
from benchmarks.copies.robustness import STRANGERS, Progress
from benchmarks.environment import environment
from benchmarks.report import progress_line, write_json
from casework.policy.learning.share import wilson
from index.local.part import LocalPart, NewReference
from index.local.searcher import LocalSearcher
from matcher.local.evidence import compare_local
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_reference
from matcher.strength import Strength

FLOORS: Final = (1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
LIMIT: Final = 5_000
SHOWN: Final = (Strength.PARTIAL, Strength.NEAR)


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    references, strangers = photos(options.bank), photos(options.negatives)
    own = sorted(np.random.default_rng(options.seed).permutation(len(references))[: options.photos].tolist())
    with progress_line() as progress:
        run = Lookbacks([references[i] for i in own], strangers, progress)
        rows = [run.swept(edit, options.seed, progress) for edit in EDITS]
        progress("all edits at once")
        crowded = run.crowded()
        progress("judging strangers")
        others = run.strangers()
    result = {
        "benchmark": "local_lookback",
        "seed": options.seed,
        "photos": options.photos,
        "uploads_of_strangers": len(strangers),
        "edits": rows,
        **summary(rows),
        "crowded": crowded,
        "strangers": others,
        "environment": environment(),
    }
    write_json(result, options.json or "-")
    return 0


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the share found by family and by the votes asked for, as `robustness` averages them."""
    families = dict.fromkeys(row["family"] for row in rows if not row["hopeless"])

    def mean(floor: float) -> float:
        shares = [
            np.mean([sum(v >= floor for v in row["votes_of_shown"]) / row["n"] for row in rows if row["family"] == f])
            for f in families
        ]
        return float(np.mean(shares))

    found = {f: [row["found"] / row["n"] for row in rows if row["family"] == f] for f in families}
    return {
        "families": {family: float(np.mean(shares)) for family, shares in found.items()},
        "mean_by_floor": {str(floor): mean(floor) for floor in FLOORS},
    }


class Lookbacks:
    """
    Takedowns asked of uploads.

    Args:
        references: What was taken down.

        strangers: Uploads that are no copies.

        progress: Called with what is being done.
    """

    def __init__(self, references: Sequence[Photo], strangers: Sequence[Photo], progress: Progress) -> None:
        """Store the features of both."""
        self._photos, self._strangers = references, strangers
        progress(f"{len(strangers)} uploads of strangers")
        self._others = [stored(photo.pixels()) for photo in strangers]
        self._references = [stored(photo.pixels()) for photo in references]
        first = len(references) + 1
        self._part = LocalPart.build([NewReference(n, n, each) for n, each in enumerate(self._others, start=first)])
        self._around = [photo.pixels() for photo in strangers[:: max(1, len(strangers) // STRANGERS)]]
        self._votes: dict[tuple[int, int], float] = {}
        self._seconds: list[float] = []
        self._copies: list[tuple[LocalPart, list[bool]]] = []

    def swept(self, edit: Edit, seed: int, progress: Progress) -> dict[str, Any]:
        """Look for the copies of one edit among the strangers."""
        progress(edit.name)
        copies = []
        for n, photo in enumerate(self._photos):
            rng = np.random.default_rng([seed, EDITS.index(edit), n])
            copies.append(stored(read(save(edit.apply(photo.pixels(), Surroundings(rng, self._around))))))
        part = LocalPart.build([NewReference(n, n, each) for n, each in enumerate(copies, start=1)])
        shown = [judged(copy, reference) in SHOWN for copy, reference in zip(copies, self._references, strict=True)]
        self._copies.append((part, shown))
        searcher = LocalSearcher(version=1, growing=(self._part, part))
        votes = []
        for n, reference in enumerate(self._references):
            begun = time.perf_counter()
            found = _votes(searcher, reference)
            self._seconds.append(time.perf_counter() - begun)
            votes.append(round(found.get(n + 1, 0.0), 2))
            own = len(self._references)
            self._votes |= {(n, item - own - 1): each for item, each in found.items() if item > own}
        low, high = wilson(sum(_both(votes, shown)), len(copies))
        return {
            "name": edit.name,
            "family": edit.family,
            "strength": edit.strength,
            "hopeless": edit.hopeless,
            "n": len(copies),
            "found": sum(_both(votes, shown)),
            "low": low,
            "high": high,
            "shown_if_a_candidate": sum(shown),
            "votes_of_shown": [each for each, good in zip(votes, shown, strict=True) if good],
        }

    def crowded(self) -> dict[str, Any]:
        """Look for the copies of all edits at once: good copies must not take every vote from poor ones."""
        own = len(self._references)
        parts = []
        for place, (part, _) in enumerate(self._copies):
            rows = part.without(np.empty(0, np.int64))
            rows[0]["item_id"] = rows[0]["item_id"] + (place + 1) * 1_000_000
            parts.append(LocalPart.of_rows(*rows))
        searcher = LocalSearcher(version=1, growing=(self._part, LocalPart.merged(parts, np.empty(0, np.int64))))
        candidates = found = 0
        for n, reference in enumerate(self._references):
            votes = _votes(searcher, reference)
            here = [votes.get((place + 1) * 1_000_000 + n + 1, 0.0) > 0 for place in range(len(parts))]
            candidates += sum(here)
            found += sum(seen and self._copies[place][1][n] for place, seen in enumerate(here))
        return {"uploads_of_each": len(parts), "candidates": candidates, "found": found, "of": own * len(parts)}

    def strangers(self) -> dict[str, Any]:
        """Judge every stranger that was a candidate, and count by the votes asked for."""
        votes = np.array(list(self._votes.values()))
        shown = []
        for n, other in self._votes:
            names = (self._photos[n].name, self._strangers[other].name)
            strength = judged(self._others[other], self._references[n])
            if strength in SHOWN and frozenset(names) not in KNOWN_COPIES:
                shown.append((*names, str(strength)))
        return {
            "pairs": len(self._references) * len(self._others),
            "shown": shown,
            "candidates_a_takedown_by_floor": {
                str(floor): float((votes >= floor).sum() / len(self._references)) for floor in FLOORS
            },
            "search_p50_ms": float(1000 * np.median(self._seconds)),
        }


def stored(pixels: np.ndarray) -> LocalFeatures:
    """Return a picture's features as the record gives them back."""
    return LocalFeatures.from_bytes(extract_reference(pixels).to_bytes())


def judged(upload: LocalFeatures, reference: LocalFeatures) -> Strength | None:
    """Return the strength at which a stored upload is a copy of a reference."""
    found = compare_local(QueryFeatures.of_stored(upload), reference)
    return None if found is None else found.evidence.strength


def _both(votes: Sequence[float], shown: Sequence[bool]) -> list[bool]:
    return [each > 0 and good for each, good in zip(votes, shown, strict=True)]


def _votes(searcher: LocalSearcher, reference: LocalFeatures) -> dict[int, float]:
    votes: dict[int, float] = {}
    for candidate in searcher.candidates(QueryFeatures.of_stored(reference), limit=LIMIT):
        votes[candidate.item_id] = max(candidate.score, votes.get(candidate.item_id, 0.0))
    return votes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks local_lookback", description=__doc__)
    parser.add_argument("--bank", type=Path, nargs="+", required=True, help="folders of photos that are taken down")
    parser.add_argument("--negatives", type=Path, nargs="+", required=True, help="folders of uploads of strangers")
    parser.add_argument("--photos", type=int, default=100, help="how many of the bank are taken down")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
