"""
`python -m benchmarks attacks`: which copies are found of somebody who has the code and does not want them to be.

Each attack changes photos of the bank as far as a bound on what is seen lets it, and posts a JPEG. Our contestants are
asked for it: hashes, local features, and both together. A copy is found if the right reference is named at a strength
that is shown to a person.

Invariant: attacks know the code and the original, and nothing of what else is banked; nothing is tuned to their seeds.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.copies.attacks import ATTACKS
from benchmarks.copies.attacks.visible import psnr, ssim
from benchmarks.copies.contestants.base import CopyContestant
from benchmarks.copies.contestants.staydown import StaydownFast, StaydownLocal
from benchmarks.copies.photos import Photo, photos, read
from benchmarks.copies.robustness import SHOWN
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from casework.policy.learning.share import wilson

BOUNDS: Final = (0.95, 0.9, 0.8)

Progress = Callable[[str], None]


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    cv2.setNumThreads(1)
    own, beside = photos(options.bank), photos(options.beside)
    references = own + beside
    with progress_line() as progress:
        progress(f"adding {len(references)} references")
        contestants = (StaydownFast(), StaydownLocal())
        for contestant in contestants:
            _fill(contestant, references)
        drawn = np.random.default_rng(options.seed).permutation(len(own))
        chosen = [int(i) for i in drawn if own[i].honest or not options.honest][: options.photos]
        names = [name for name in ATTACKS if not options.attacks or any(part in name for part in options.attacks)]
        rows = list(_asked(contestants, references, chosen, names, options, progress))
    result = {
        "benchmark": "attacks",
        "bank": len(references),
        "photos": len(chosen),
        "seed": options.seed,
        "rows": rows,
        "environment": environment(),
    }
    publish(result, options.json, show=lambda: _print(result))
    return 0


def _fill(contestant: CopyContestant, references: Sequence[Photo]) -> None:
    for photo in references:
        contestant.add(photo.data())
    contestant.ready()


def _asked(
    contestants: Sequence[CopyContestant],
    references: Sequence[Photo],
    chosen: Sequence[int],
    names: Sequence[str],
    options: argparse.Namespace,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    """Yield a row for each attack and bound."""
    for name in names:
        for bound in options.bounds:
            progress(f"{name}, SSIM {bound:g}")
            found: list[tuple[bool, ...]] = []
            seen: list[tuple[float, float]] = []
            for i in chosen:
                photo = references[i].pixels()
                rng = np.random.default_rng([options.seed, list(ATTACKS).index(name), round(1000 * bound), i])
                posted = ATTACKS[name](photo, bound, rng)
                shown = read(posted)
                seen.append((ssim(photo, shown), min(99.0, psnr(photo, shown))))
                found.append(tuple(_names(contestant, posted, i) for contestant in contestants))
            counts = np.array(found).sum(axis=0).tolist()
            either = sum(map(any, found))
            low, high = wilson(either, len(found))
            similar, decibels = np.mean(seen, axis=0)
            yield {
                "attack": name,
                "bound": bound,
                "n": len(found),
                "found": either,
                "low": low,
                "high": high,
                **{contestant.name: count for contestant, count in zip(contestants, counts, strict=True)},
                "ssim": float(similar),
                "psnr_db": float(decibels),
                "missed": [references[i].name for i, one in zip(chosen, found, strict=True) if not any(one)],
            }


def _names(contestant: CopyContestant, posted: bytes, right: int) -> bool:
    return any(finding.reference == right and finding.strength in SHOWN for finding in contestant.find(posted))


def _print(result: Mapping[str, Any]) -> None:
    table = Table(title=f"copies found of attackers; {result['bank']:,} references, {result['photos']} photos a row")
    for column in ("attack", "SSIM at least", "found", "by hashes", "by local features", "SSIM", "PSNR, dB"):
        table.add_column(column, justify="left" if column == "attack" else "right")
    for row in result["rows"]:
        shares = [f"{100 * row[name] / row['n']:.0f} %" for name in ("found", StaydownFast.name, StaydownLocal.name)]
        table.add_row(row["attack"], f"{row['bound']:g}", *shares, f"{row['ssim']:.3f}", f"{row['psnr_db']:.1f}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks attacks", description=__doc__)
    parser.add_argument("--bank", type=Path, nargs="+", required=True, help="folders of photos that are banked")
    parser.add_argument("--beside", type=Path, nargs="*", default=[], help="folders banked beside them")
    parser.add_argument("--attacks", nargs="*", default=[], metavar="PART", help="only attacks with this in their name")
    parser.add_argument("--bounds", type=float, nargs="+", default=list(BOUNDS), help="least SSIM of what is posted")
    parser.add_argument("--photos", type=int, default=20, help="how many of the bank are attacked in each row")
    parser.add_argument("--honest", action="store_true", help="attack only photos on which no threshold is chosen")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
