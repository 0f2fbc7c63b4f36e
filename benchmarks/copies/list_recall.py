"""
`python -m benchmarks list_recall`: how much of what is near is in the lists that are probed, by their number.

The 4,096 lists that come with the program cost more the larger a bank is. More of them would be shorter; but a
descriptor and its copy are then more often in different ones. Here photos are edited, each descriptor of the edited
picture is paired with the nearest one of its photo, and it is counted which pairs meet: in the lists of today, and in
finer ones, whose centroids are drawn from descriptors of other photos (better ones may be trained, so shares are
lower bounds). Finer lists are chosen among all, or in two levels: those beneath the lists of today that are probed.

Invariant: nothing of the bank is among the photos that centroids are drawn from.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from benchmarks.copies.edits import EDITS, Surroundings
from benchmarks.copies.photos import Photo, photos, save
from benchmarks.environment import environment
from benchmarks.report import load_average, progress_line, publish
from index.local.quantiser import BITS, MAX_PROBES, Lists, centroids, lists_to_probe, nearest_list, quantiser
from matcher.reading.decode import Limits, decode
from matcher.signals import local
from matcher.signals.local import extract_query, extract_reference
from matcher.signals.points.descriptors import Descriptors, inverted, mirrored
from matcher.thresholds import NEAR_DESCRIPTOR_BITS

PROBES: Final = (2, MAX_PROBES, 16, 32)
BITS_APART: Final = {"found_close": 30, "found_near": NEAR_DESCRIPTOR_BITS}
_EDITS: Final = ("recompression, JPEG 15", "crop, 50", "phone, light", "rotation, 10", "caption, 15")


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """
    Descriptors of edited pictures, and of their photos the nearest to each.

    Args:
        asked: uint8, shape (n, 32).

        near: uint8, shape (n, 32).

        bits: int32, shape (n,). How far they are apart, at most `NEAR_DESCRIPTOR_BITS`.

        bank: uint8, shape (m, 32). Every descriptor of every photo.
    """

    asked: Descriptors
    near: Descriptors
    bits: npt.NDArray[np.int32]
    bank: Descriptors


class Cells:
    """
    Lists, by their centroids.

    Args:
        name: What results call them.

        finer: uint8, shape (n, 32). None are those of today.

        two_levels: Whether they are chosen beneath the lists of today that are probed, not among all.
    """

    def __init__(self, name: str, finer: Descriptors | None = None, *, two_levels: bool = False) -> None:
        self.name = name
        self.count = len(centroids()) if finer is None else len(finer)
        self._index: Any = None
        if finer is not None and two_levels:
            self._index = faiss.IndexBinaryIVF(quantiser(), BITS, len(centroids()))
            self._index.is_trained, self._index.nprobe = True, MAX_PROBES
            self._index.add(finer)
        elif finer is not None:
            self._index = faiss.IndexBinaryFlat(BITS)
            self._index.add(finer)

    def kept_in(self, descriptors: Descriptors) -> Lists:
        """Return the list each descriptor is kept in, shape (n,); -1 if none lies beneath those of today near it."""
        return nearest_list(descriptors) if self._index is None else self._nearest(descriptors, 1)[:, 0]

    def probed(self, descriptors: Descriptors, probes: int) -> Lists:
        """Return the lists that are probed for each, nearest first, shape (n, probes); -1 where there are fewer."""
        if self._index is None and probes <= MAX_PROBES:
            return lists_to_probe(descriptors, rows=0)[1][:, :probes]
        return self._nearest(descriptors, probes)

    def _nearest(self, descriptors: Descriptors, count: int) -> Lists:
        index = quantiser() if self._index is None else self._index
        return np.asarray(index.search(np.ascontiguousarray(descriptors), count)[1], np.int64)


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    load = load_average()
    with progress_line() as progress:
        pairs = gather(photos(options.bank)[:: options.every], options.edits, seed=options.seed, progress=progress)
        pool = pool_of(
            photos(options.centroids_from), max(options.lists, default=0), seed=options.seed, progress=progress
        )
        rows = []
        for cells in _all_cells(pool, options.lists):
            progress(f"{cells.count:,} lists, {cells.name}")
            rows += shares(cells, pairs)
    result = {
        "benchmark": "list_recall", "seed": options.seed, "edits": options.edits, "pairs": len(pairs.asked),
        "descriptors": len(pairs.bank), "rows": rows, "load_average_before": load, "environment": environment(),
    }  # fmt: skip
    publish(result, options.json, show=lambda: _print(result))
    return 0


def gather(bank: Sequence[Photo], edits: Sequence[str], *, seed: int, progress: Callable[[str], None]) -> Pairs:
    """Edit each photo, and pair what is found in the edited picture with what is stored of the photo."""
    chosen = [edit for edit in EDITS if any(part in edit.name for part in edits)]
    asked, near, bits, stored = [], [], [], []
    for number, photo in enumerate(bank):
        progress(f"{photo.name} ({number + 1} of {len(bank)})")
        pixels = photo.pixels()
        reference = extract_reference(pixels).descriptors
        stored.append(reference)
        for place, edit in enumerate(chosen):
            around = Surroundings(np.random.default_rng([seed, place, number]), [bank[number - 1].pixels()])
            picture = decode(save(edit.apply(pixels, around)), limits=Limits(), working_side_px=local.QUERY_SIDE_PX)
            query = extract_query(picture.pixels).descriptors
            apart, row = _nearest_of(query, reference)
            close = apart <= NEAR_DESCRIPTOR_BITS
            asked.append(query[close])
            near.append(reference[row[close]])
            bits.append(apart[close])
    return Pairs(np.concatenate(asked), np.concatenate(near), np.concatenate(bits), np.concatenate(stored))


def pool_of(others: Sequence[Photo], count: int, *, seed: int, progress: Callable[[str], None]) -> Descriptors:
    """
    Draw descriptors of other photos, as they are, mirrored and inverted: queries ask for all of these.

    Returns:
        uint8, shape (count, 32), or fewer if the photos have no more; in random order.
    """
    gathered = [np.empty((0, BITS // 8), np.uint8)]
    for number, photo in enumerate(others if count else ()):
        progress(f"{photo.name} ({number + 1} of {len(others)})")
        found = extract_reference(photo.pixels()).descriptors
        gathered += [found, mirrored(found), inverted(found)]
        if sum(map(len, gathered)) > 4 * count:
            break
    pool = np.unique(np.concatenate(gathered), axis=0)
    return pool[np.random.default_rng(seed).permutation(len(pool))[:count]]


def shares(cells: Cells, pairs: Pairs) -> list[dict[str, Any]]:
    """
    Count which pairs meet.

    Returns:
        For each number of probes ``lists``, ``chosen``, ``probes``; ``found_close`` and ``found_near``, the share of
        pairs at most 30 bits apart, and of all that are near, that meet; ``compared``, the share of the bank that a
        descriptor is compared with.
    """
    own, kept = cells.kept_in(pairs.near), cells.kept_in(pairs.bank)
    sizes = np.bincount(kept[kept >= 0], minlength=cells.count)
    rows = []
    for probes in PROBES:
        if probes > MAX_PROBES and cells.count == len(centroids()):
            continue
        probed = cells.probed(pairs.asked, probes)
        met = (probed == own[:, None]).any(axis=1) & (own >= 0)
        compared = np.where(probed >= 0, sizes[probed], 0).sum(axis=1).mean() / len(pairs.bank)
        found = {name: float(met[pairs.bits <= most].mean()) for name, most in BITS_APART.items()}
        rows.append(
            {"lists": cells.count, "chosen": cells.name, "probes": probes, **found, "compared": float(compared)}
        )
    return rows


def _all_cells(pool: Descriptors, counts: Sequence[int]) -> Iterator[Cells]:
    yield Cells("as today")
    for count in counts:
        if count > len(pool):
            message = f"{count} lists are more than the {len(pool)} descriptors of these photos; name more photos"
            raise ValueError(message)
        yield Cells("among all", pool[:count])
        yield Cells("in two levels", pool[:count], two_levels=True)


def _nearest_of(asked: Descriptors, stored: Descriptors) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    flat = faiss.IndexBinaryFlat(BITS)
    flat.add(np.ascontiguousarray(stored))
    bits, rows = flat.search(np.ascontiguousarray(asked), 1)
    return bits[:, 0], rows[:, 0]


def _print(result: dict[str, Any]) -> None:
    table = Table(title=f"{result['pairs']:,} pairs, {result['descriptors']:,} descriptors")
    for name in ("lists", "chosen", "probes", "met within 30 bits", "of all near", "of the bank compared"):
        table.add_column(name, justify="right")
    for row in result["rows"]:
        found = [f"{row[name]:.1%}" for name in BITS_APART]
        table.add_row(
            f"{row['lists']:,}", row["chosen"], str(row["probes"]), *found, f"1 in {1 / row['compared']:,.0f}"
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks list_recall", description=__doc__)
    parser.add_argument("--bank", type=Path, nargs="+", required=True, help="folders of photos that are edited")
    parser.add_argument("--every", type=int, default=5, help="take every so manieth of them")
    parser.add_argument("--centroids-from", type=Path, nargs="+", required=True, help="folders of other photos")
    parser.add_argument("--lists", type=int, nargs="*", default=[4_096, 32_768, 262_144], help="how many finer ones")
    parser.add_argument("--edits", nargs="+", default=list(_EDITS), help="parts of names of edits")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
