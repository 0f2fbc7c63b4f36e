"""
`python -m benchmarks calibrate` fits the weights and thresholds of local features that `matcher/thresholds.py` holds.

Copies are made by every edit from some photos of the bank; everything else that is asked, and every wrong candidate, is
a stranger. Every second photo, copy or stranger, is for fitting; the others tell what to expect. Strangers of a folder
that is also in the bank (photos of one series) count threefold in the fit: they are few and are what goes wrong.

Invariant: repeatable for the same folders and seed. It writes what it measured, and changes no file of the program.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.copies.contestants.staydown import CANDIDATES
from benchmarks.copies.edits import EDITS, Surroundings
from benchmarks.copies.known_copies import KNOWN_COPIES
from benchmarks.copies.photos import Photo, photos, read, save
from benchmarks.environment import environment
from benchmarks.report import progress_line, write_json
from index.changes import Add
from index.local.kind import LocalCollection, LocalKind
from matcher import thresholds
from matcher.local.evidence import lay
from matcher.local.score import MEASUREMENTS, measurements
from matcher.local.views import Form, View, view
from matcher.signals import local
from matcher.signals.local import LocalFeatures, extract_query, extract_reference

SERIES_WEIGHT: Final = 3.0
PARTIAL_RATE: Final = 0.001
WEAK_RATE: Final = 0.01
PARTIAL_MARGIN: Final = 2.5
"""How far above the score that `PARTIAL_RATE` of the strangers reach `partial` begins, in logits: strangers grow rarer
by about e with each, and a bank may be many times as large."""

NEAR_MARGIN: Final = 5.0
"""How far above the highest stranger of the fitting half `near` begins, in logits."""

LOOK_AT: Final = 40

_SHRINK = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """
    The best alignment of one question with one reference.

    Args:
        question: Which picture was asked.

        reference: Which was held against it.

        half: 0 for fitting, 1 for reporting.

        copy: Whether the reference is what the question was made from.

        series: Whether question and reference, strangers, come from one folder.

        values: float64, shape (7,).
    """

    question: str
    reference: str
    half: int
    copy: bool
    series: bool
    values: npt.NDArray[np.float64]


class Bank:
    """References of a run, searched as the program does."""

    def __init__(self, references: Sequence[Photo], folder: Path) -> None:
        """Extract and index them all."""
        self.photos = references
        values = [extract_reference(photo.pixels()).to_bytes() for photo in references]
        self._features = [LocalFeatures.from_bytes(value) for value in values]
        self._index = LocalCollection.open(folder, LocalKind())
        self._index.apply([Add(number, number, local.NAME, value) for number, value in enumerate(values, start=1)])

    def measured(self, data: bytes) -> list[tuple[int, npt.NDArray[np.float64]]]:
        """Return number and measurements of every candidate that aligns, but for what is weak whatever it scores."""
        query, views = extract_query(read(data)), dict[Form, View]()
        found = []
        for candidate in self._index.searcher().candidates(query, limit=CANDIDATES):
            seen = views.setdefault(candidate.form, view(query, candidate.form))
            reference = self._features[candidate.item_id - 1]
            laid = lay(query, seen, reference, candidate.pairs)
            if laid is not None and laid[1].inner_agreement >= thresholds.LOCAL_INNER_AGREEMENT:
                found.append((candidate.item_id - 1, measurements(*laid)))
        return found


def main(argv: Sequence[str]) -> int:
    """Measure, fit, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    strangers = photos(options.negatives)
    series = photos(options.shared)
    references = photos(options.bank) + series[::2]
    with TemporaryDirectory() as folder, progress_line() as progress:
        progress("extracting references")
        bank = Bank(references, Path(folder))
        samples = [*_copies(bank, options, strangers, progress), *_strangers(bank, strangers + series[1::2], progress)]
    result = calibrated(samples)
    result |= {"benchmark": "calibrate", "seed": options.seed, "photos": options.photos, "environment": environment()}
    if options.raw:
        result["raw"] = [
            [s.question, s.reference, s.half, s.copy, s.series, [round(float(value), 4) for value in s.values]]
            for s in samples
        ]
    write_json(result, options.json or "-")
    return 0


def calibrated(samples: Sequence[Sample]) -> dict[str, object]:
    """Fit on one half, choose thresholds there, and report both halves."""
    halves = [[sample for sample in samples if sample.half == half] for half in (0, 1)]
    weights = fitted(halves[0])
    best = [_best_by_question(half, weights) for half in halves]
    wrong = np.sort([score for score, copy in best[0].values() if not copy])[::-1]
    points = {
        "LOCAL_WEAK": _threshold(wrong, WEAK_RATE),
        "LOCAL_PARTIAL": _threshold(wrong, PARTIAL_RATE) + PARTIAL_MARGIN,
        "LOCAL_NEAR": float(wrong[0]) + NEAR_MARGIN,
    }
    report = [{name: _rates(half, limit) for name, limit in points.items()} for half in best]
    return {
        "measurements": MEASUREMENTS,
        "LOCAL_WEIGHTS": [round(float(weight), 3) for weight in weights],
        **{name: round(limit, 2) for name, limit in points.items()},
        "fitting": report[0],
        "reporting": report[1],
        "partial_by_edit": _by_edit(halves[1], weights, points["LOCAL_PARTIAL"]),
        "highest_strangers": _highest_strangers(samples, weights),
    }


def _by_edit(
    samples: Sequence[Sample], weights: npt.NDArray[np.float64], limit: float
) -> dict[str, dict[str, float | int]]:
    """Return for each edit how many copies reach a score, of how many that align at all, and the least score."""
    scores: dict[str, list[float]] = {}
    for sample in samples:
        if sample.copy:
            edit = sample.question.partition(", ")[2]
            scores.setdefault(edit, []).append(float(sample.values @ weights[:-1] + weights[-1]))
    return {
        edit: {"found": sum(score >= limit for score in each), "aligned": len(each), "least": round(min(each), 2)}
        for edit, each in scores.items()
    }


def _highest_strangers(samples: Sequence[Sample], weights: npt.NDArray[np.float64]) -> list[tuple[str, str, float]]:
    """Return what to look at: question, reference and score of the strangers nearest to a match."""
    strangers = [sample for sample in samples if not sample.copy]
    scores = np.array([sample.values @ weights[:-1] + weights[-1] for sample in strangers])
    order = np.argsort(-scores, kind="stable")[:LOOK_AT]
    return [(strangers[i].question, strangers[i].reference, round(float(scores[i]), 2)) for i in order]


def fitted(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Fit a logistic regression by Newton's method, copies and strangers weighing alike; weights, then the constant."""
    values = np.stack([sample.values for sample in samples])
    copies = np.array([sample.copy for sample in samples])
    worth = np.where([sample.series for sample in samples], SERIES_WEIGHT, 1.0)
    worth /= 2 * np.where(copies, worth[copies].sum(), worth[~copies].sum())
    middle, spread = values.mean(0), values.std(0)
    rows = np.concatenate([(values - middle) / spread, np.ones((len(values), 1))], axis=1)
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (worth * (chance - copies)) + _SHRINK * weights
        curve = (rows * (worth * chance * (1 - chance))[:, None]).T @ rows + _SHRINK * np.eye(len(weights))
        weights -= np.linalg.solve(curve, slope)
    raw = weights[:-1] / spread
    return np.append(raw, weights[-1] - raw @ middle)


def _copies(
    bank: Bank, options: argparse.Namespace, strangers: Sequence[Photo], progress: Callable[[str], None]
) -> list[Sample]:
    own = [i for i, photo in enumerate(bank.photos) if photo.path.parent in options.bank and not photo.honest]
    chosen = [own[i] for i in np.linspace(0, len(own) - 1, options.photos).astype(int)]
    around = [photo.pixels() for photo in strangers[:: max(1, len(strangers) // 40)]]
    samples = []
    for number, edit in enumerate(EDITS):
        progress(f"{edit.name} ({number + 1} of {len(EDITS)})")
        for place, i in enumerate(chosen):
            rng = np.random.default_rng([options.seed, number, i])
            data = save(edit.apply(bank.photos[i].pixels(), Surroundings(rng, around)))
            question = f"{bank.photos[i].name}, {edit.name}"
            samples += _samples(bank, data, question, place % 2, right=i)
    return samples


def _strangers(bank: Bank, strangers: Sequence[Photo], progress: Callable[[str], None]) -> list[Sample]:
    samples = []
    for number, photo in enumerate(strangers):
        progress(f"strangers ({number + 1} of {len(strangers)})")
        samples += _samples(bank, photo.data(), photo.name, number % 2, right=None)
    return samples


def _samples(bank: Bank, data: bytes, question: str, half: int, *, right: int | None) -> list[Sample]:
    asked = question.split(",")[0]
    found: list[Sample] = []
    for number, values in bank.measured(data):
        name = bank.photos[number].name
        if number != right and frozenset((asked, name)) in KNOWN_COPIES:
            continue
        series = number != right and name.split("/")[0] == asked.split("/")[0]
        found.append(Sample(question, name, half, number == right, series, values))
    copies = [sample for sample in found if sample.copy]
    # A right reference found in the wrong form as well is neither a copy nor a stranger.
    surest = max(copies, key=lambda sample: sample.values[0], default=None)
    return [sample for sample in found if not sample.copy or sample is surest]


def _best_by_question(samples: Sequence[Sample], weights: npt.NDArray[np.float64]) -> dict[str, tuple[float, bool]]:
    """Return the highest score of each question, apart for copies and strangers."""
    best: dict[str, tuple[float, bool]] = {}
    for sample in samples:
        key = sample.question if sample.copy else f"{sample.question} (wrong)"
        score = float(sample.values @ weights[:-1] + weights[-1])
        if key not in best or score > best[key][0]:
            best[key] = (score, sample.copy)
    return best


def _threshold(wrong: npt.NDArray[np.float64], rate: float) -> float:
    """Return a score that at most `rate` of the strangers reach, halfway to the highest that does not."""
    allowed = int(rate * len(wrong))
    return float((wrong[allowed] + wrong[max(allowed - 1, 0)]) / 2) if allowed else float(wrong[0]) + 0.1


def _rates(best: dict[str, tuple[float, bool]], limit: float) -> dict[str, float | int]:
    copies = np.array([score for score, copy in best.values() if copy])
    wrong = np.array([score for score, copy in best.values() if not copy])
    return {
        "copies_found": float((copies >= limit).mean()),
        "copies_aligned": len(copies),
        "strangers": int((wrong >= limit).sum()),
        "of": len(wrong),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks calibrate", description=__doc__)
    parser.add_argument("--bank", type=Path, nargs="+", required=True, help="folders of photos that are banked")
    parser.add_argument("--negatives", type=Path, nargs="+", required=True, help="folders of photos that are not")
    parser.add_argument(
        "--shared", type=Path, nargs="*", default=[], help="every second photo is banked, the others not"
    )
    parser.add_argument("--photos", type=int, default=40, help="how many of the bank are edited")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--raw", action="store_true", help="write every measurement into the result, a megabyte")
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
