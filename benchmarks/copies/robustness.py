"""
`python -m benchmarks robustness`: which edited copies are found, by which matcher, and what is found wrongly.

Each edit is applied to some photos of the bank and saved as a JPEG; every contestant sees the same files. A copy is
found if the right reference is named, at `near` or `partial` strength (what a moderator is shown); naming another is
not. Contestants without thresholds of their own get the largest that keeps to one false positive in a thousand.

Invariant: photos that are asked as negatives are in no bank, and nothing is chosen after looking at the copies.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.copies.contestants import COPY_CONTESTANTS
from benchmarks.copies.contestants.base import CopyContestant, Finding
from benchmarks.copies.edits import EDITS, Edit, Surroundings
from benchmarks.copies.known_copies import KNOWN_COPIES
from benchmarks.copies.photos import Photo, photos, save
from benchmarks.copies.robustness_report import LookAlike, plot_look_alikes, plot_robustness, print_robustness
from benchmarks.copies.traps import TRAPS
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from casework.policy.learning.share import wilson

FALSE_POSITIVE_RATE: Final = 0.001
SHOWN: Final = ("exact", "near", "partial")
STRENGTHS: Final = (*SHOWN, "weak")
TRAP_SEEDS: Final = 8
LOOK_ALIKES_DRAWN: Final = 2
STRANGERS: Final = 60

Progress = Callable[[str], None]


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    edits = [edit for edit in EDITS if not options.edits or any(part in edit.name for part in options.edits)]
    shared = photos(options.shared)
    references, strangers = photos(options.bank) + shared[::2], photos(options.negatives) + shared[1::2]
    cv2.setNumThreads(1)
    with progress_line() as progress:
        race = Race({name: COPY_CONTESTANTS[name]() for name in options.contestants}, references, progress)
        race.ask_negatives(strangers[:: options.every], progress)
        drawn = np.random.default_rng(options.seed).permutation(len(references) - len(shared[::2]))
        own = np.array([i for i in drawn if references[i].honest or not options.honest], np.int64)[: options.photos]
        until = time.monotonic() + 60 * options.minutes
        edited = race.ask_edits(edits, own.tolist(), strangers, options.seed, progress, until=until)
        look_alikes: list[LookAlike] = []
        traps = trapped(options.contestants, strangers, options.seed, look_alikes, progress) if options.traps else []
    result = {
        "benchmark": "robustness",
        "bank": len(references),
        "photos": edited,
        "seed": options.seed,
        "contestants": [
            race.figures(name) | {"traps": [t for t in traps if t["contestant"] == name]} for name in race.contestants
        ],
        "environment": environment(),
    }
    publish(result, options.json, show=lambda: print_robustness(result))
    if options.plot:
        plot_robustness(result, options.plot)
        plot_look_alikes(look_alikes, options.plot)
    return 0


class Race:
    """
    All contestants on the same bank and the same questions.

    Args:
        contestants: Empty ones, by name.

        references: The bank.

        progress: Called with what is being done.
    """

    def __init__(
        self, contestants: Mapping[str, CopyContestant], references: Sequence[Photo], progress: Progress
    ) -> None:
        """Add every reference to every contestant."""
        self.contestants = contestants
        self._references = references
        self._seconds: dict[str, list[float]] = {name: [] for name in contestants}
        self._add_seconds: dict[str, float] = {}
        self._negatives: dict[str, list[tuple[str, list[Finding]]]] = {name: [] for name in contestants}
        self._answers: dict[str, dict[str, list[tuple[int, list[Finding]]]]] = {name: {} for name in contestants}
        self._edits: list[Edit] = []
        self._united = {name: each.unites for name, each in contestants.items() if self._runs_all(each.unites)}
        for name, contestant in contestants.items():
            if name not in self._united:
                self._fill(name, contestant, progress)
        for name, parts in self._united.items():
            self._add_seconds[name] = sum(self._add_seconds[part] for part in parts)

    def ask_negatives(self, strangers: Sequence[Photo], progress: Progress) -> None:
        """Ask for pictures that are in no bank."""
        for number, photo in enumerate(strangers):
            progress(f"negatives ({number + 1} of {len(strangers)})")
            for name, found in self._asked(photo.data(), number):
                self._negatives[name].append((photo.name, found))

    def ask_edits(
        self,
        edits: Sequence[Edit],
        chosen: Sequence[int],
        strangers: Sequence[Photo],
        seed: int,
        progress: Progress,
        *,
        until: float = np.inf,
    ) -> int:
        """
        Ask for copies, photo by photo, so that a run cut short is a smaller sample of every edit.

        Args:
            edits: What is done to a photo.

            chosen: Which references are edited, in an order drawn by chance.

            strangers: Photos that surround copies.

            seed: What all random choices follow from.

            progress: Called with what is being done.

            until: When no further photo is begun, on `time.monotonic`'s clock.

        Returns:
            How many photos were edited.
        """
        around = [photo.pixels() for photo in strangers[:: max(1, len(strangers) // STRANGERS)]]
        self._edits = list(edits)
        for place, i in enumerate(chosen):
            if time.monotonic() >= until:
                return place
            progress(f"{self._references[i].name} ({place + 1} of {len(chosen)})")
            photo = self._references[i].pixels()
            for edit in edits:
                rng = np.random.default_rng([seed, EDITS.index(edit), i])
                data = save(edit.apply(photo, Surroundings(rng, around)))
                for name, found in self._asked(data, place):
                    self._answers[name].setdefault(edit.name, []).append((i, found))
        return len(chosen)

    def figures(self, name: str) -> dict[str, Any]:
        """Work out one contestant's numbers."""
        limit = self._limit(name)
        edits = [self._share(name, edit, limit) for edit in self._edits]
        families = {edit.family for edit in self._edits if not edit.hopeless}
        means = [float(np.mean([e["found"] / e["n"] for e in edits if e["family"] == family])) for family in families]
        milliseconds = 1000 * np.array(self._seconds[name])
        return {
            "name": name,
            "mean": float(np.mean(means)) if means else None,
            "threshold": limit,
            "false_positives": self._false_positives(name, limit),
            "query_p50_ms": float(np.median(milliseconds)),
            "query_p99_ms": float(np.percentile(milliseconds, 99)),
            "add_ms": 1000 * self._add_seconds[name],
            "bytes_per_reference": sum(
                self.contestants[part].bytes_per_reference() for part in self._united.get(name, (name,))
            ),
            "edits": edits,
        }

    def _runs_all(self, names: tuple[str, ...]) -> bool:
        return bool(names) and all(name in self.contestants for name in names)

    def _fill(self, name: str, contestant: CopyContestant, progress: Progress) -> None:
        progress(f"{name}: adding {len(self._references)} references")
        data = [photo.data() for photo in self._references]
        begun = time.perf_counter()
        for each in data:
            contestant.add(each)
        self._add_seconds[name] = (time.perf_counter() - begun) / max(len(self._references), 1)
        contestant.ready()

    def _asked(self, data: bytes, number: int) -> Iterator[tuple[str, list[Finding]]]:
        """Ask every contestant whose turn it is; yields name and answer."""
        answers: dict[str, list[Finding]] = {}
        for name, contestant in self.contestants.items():
            if name in self._united or number % contestant.every:
                continue
            begun = time.perf_counter()
            answers[name] = contestant.find(data)
            self._seconds[name].append(time.perf_counter() - begun)
        for name, parts in self._united.items():
            answers[name] = [finding for part in parts for finding in answers[part]]
            self._seconds[name].append(sum(self._seconds[part][-1] for part in parts))
        yield from answers.items()

    def _limit(self, name: str) -> float | None:
        """Return the largest distance that keeps to the false-positive rate; None for own thresholds."""
        if not self.contestants[name].tuned:
            return None
        nearest = sorted(min((f.distance for f in found), default=np.inf) for _, found in self._negatives[name])
        allowed = int(FALSE_POSITIVE_RATE * len(nearest))
        return float(np.nextafter(nearest[allowed], -np.inf)) if nearest else None

    def _share(self, name: str, edit: Edit, limit: float | None) -> dict[str, Any]:
        answers = self._answers[name][edit.name]
        strengths = [_strength(found, right, limit) for right, found in answers]
        counts = {strength: strengths.count(strength) for strength in STRENGTHS}
        shown = sum(counts[strength] for strength in SHOWN)
        low, high = wilson(shown, len(answers))
        missed = [
            self._references[right].name for (right, _), s in zip(answers, strengths, strict=True) if s not in SHOWN
        ]
        return {
            "name": edit.family,
            "family": edit.family,
            "strength": edit.strength,
            "found": shown,
            "n": len(answers),
            "low": low,
            "high": high,
            "by_strength": counts,
            "missed": missed,
        }

    def _false_positives(self, name: str, limit: float | None) -> dict[str, Any]:
        counts: dict[str, Any] = dict.fromkeys(STRENGTHS, 0) | {"of": len(self._negatives[name]), "shown": []}
        for asked, found in self._negatives[name]:
            wrong = [f for f in found if frozenset((asked, self._references[f.reference].name)) not in KNOWN_COPIES]
            strongest = _strongest(wrong, limit)
            if strongest is None:
                continue
            finding, strength = strongest
            counts[strength] += 1
            if strength in SHOWN:
                counts["shown"].append((asked, self._references[finding.reference].name, strength))
        return counts


def trapped(
    names: Sequence[str], strangers: Sequence[Photo], seed: int, shown: list[LookAlike], progress: Progress
) -> list[dict[str, Any]]:
    """
    Ask each contestant with thresholds of its own for pictures that look alike and are no copies.

    Args:
        names: Contestants.

        strangers: What look-alikes are made from.

        seed: What all random choices follow from.

        shown: Gets the look-alikes that are shown to a person, or worse, for somebody to look at.

        progress: Called with what is being done.
    """
    around = [photo.pixels() for photo in strangers[:: max(1, len(strangers) // STRANGERS)]]
    rows = []
    for name in names:
        if COPY_CONTESTANTS[name].tuned:
            continue
        for number, (trap, make) in enumerate(TRAPS.items()):
            progress(f"{name}: trap {trap}")
            contestant = COPY_CONTESTANTS[name]()
            pairs = [make(Surroundings(np.random.default_rng([seed, number, i]), around)) for i in range(TRAP_SEEDS)]
            for reference, _ in pairs:
                contestant.add(save(reference))
            contestant.ready()
            # Two pairs may share a photo, and then one's question is a copy of the other's reference.
            found = [_strength(contestant.find(save(question)), n, None) for n, (_, question) in enumerate(pairs)]
            strengths = [each for each in found if each]
            taken = [pair for pair, each in zip(pairs, found, strict=True) if each in SHOWN]
            shown += [LookAlike(name, trap, *pair) for pair in taken[:LOOK_ALIKES_DRAWN]]
            rows.append(
                {"contestant": name, "name": trap, "of": len(pairs)} | {s: strengths.count(s) for s in STRENGTHS}
            )
    return rows


def _strength(found: Sequence[Finding], right: int, limit: float | None) -> str | None:
    """Return the strength at which the right reference is named; None if it is not."""
    strongest = _strongest([finding for finding in found if finding.reference == right], limit)
    return None if strongest is None else strongest[1]


def _strongest(found: Sequence[Finding], limit: float | None) -> tuple[Finding, str] | None:
    judged = [(f, f.strength or "near") for f in found if f.strength or (limit is not None and f.distance <= limit)]
    return min(judged, key=lambda pair: STRENGTHS.index(pair[1]), default=None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks robustness", description=__doc__)
    parser.add_argument("--bank", type=Path, nargs="+", required=True, help="folders of photos that are banked")
    parser.add_argument("--negatives", type=Path, nargs="+", default=[], help="folders of photos that are not")
    parser.add_argument(
        "--shared", type=Path, nargs="*", default=[], help="every second photo is banked, the others not"
    )
    parser.add_argument("--edits", nargs="*", default=[], metavar="PART", help="only edits whose name has this in it")
    parser.add_argument(
        "--contestants", nargs="+", choices=COPY_CONTESTANTS, default=list(COPY_CONTESTANTS), metavar="NAME"
    )
    parser.add_argument("--photos", type=int, default=100, help="how many of the bank are edited by each edit")
    parser.add_argument("--honest", action="store_true", help="edit only photos on which no threshold is chosen")
    parser.add_argument("--minutes", type=float, default=np.inf, help="begin no further photo after so many")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask only every N-th negative")
    parser.add_argument("--traps", action=argparse.BooleanOptionalAction, default=True, help="ask for look-alikes too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    parser.add_argument("--plot", metavar="DIR", help="write a picture a family into this folder")
    return parser
