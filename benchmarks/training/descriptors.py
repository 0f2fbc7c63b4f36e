"""
Chooses the pairs of samples that `matcher/signals/points/descriptor_pairs.py` lists:
`python -m benchmarks.training.descriptors DIR`.

For each photo an edited copy with a known homography is made; keypoints found in both at the same place and scale are
positives, keypoints of different photos negatives. A pair of samples is good where its bit agrees on positives and is
a coin toss on negatives, and adds something to those already chosen: each turn takes the orbit of pairs that most
parts the two distributions of distances, and rounds of exchanges follow. Deterministic for a folder and a seed.
"""

import sys
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.training.photos import grey_photos
from matcher.signals.points import descriptors, keypoints

BITS = 256
SEED = 20
PHOTOS = 300
PLACES = 30_000
TAIL = 2.0
"""How many standard deviations below the negatives' mean a distance must lie to count: false matches are the tail."""
ROUNDS = 3


def edited(grey: keypoints.Grey, rng: np.random.Generator) -> tuple[keypoints.Grey, npt.NDArray[np.float64]]:
    """Return a copy turned, scaled, slanted, re-lit, blurred and recompressed, and the homography that leads there."""
    height, width = grey.shape
    angle, scale = np.radians(rng.uniform(-180, 180)), np.exp(rng.uniform(-0.6, 0.5))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    side = int(scale * np.hypot(height, width)) + 2
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    turn = np.array([[cos * np.exp(rng.uniform(-0.15, 0.15)), -sin, side / 2], [sin, cos, side / 2], [0, 0, 1]])
    slant = np.eye(3)
    slant[2, :2] = rng.uniform(-0.25, 0.25, 2) / side
    matrix = turn @ slant @ centre
    out = cv2.warpPerspective(grey, matrix, (side, side), flags=cv2.INTER_AREA)
    out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 2.0)) if rng.random() < 0.5 else out
    lit = 255 * (out / 255.0) ** np.exp(rng.uniform(-0.6, 0.6)) + rng.normal(0, rng.uniform(0, 15), out.shape)
    _, data = cv2.imencode(
        ".jpg", np.clip(lit, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 90))]
    )
    written = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert written is not None, "what was just encoded can be decoded"
    return written.astype(np.uint8, copy=False), matrix


def found(grey: keypoints.Grey, quota: int) -> tuple[npt.NDArray[np.float32], ...]:
    """Return places, scales, angles and samples of a picture's keypoints."""
    levels = keypoints.pyramid(grey)
    quotas = [quota if min(level.pixels.shape) >= keypoints.MINIMUM_SIDE else 0 for level in levels]
    points = keypoints.detect(levels, quotas)
    values = [descriptors.sample(levels, i, each) for i, each in enumerate(points)]
    return (
        np.concatenate([each.xy for each in points]),
        np.concatenate([each.scale for each in points]),
        np.concatenate([each.angle for each in points]),
        np.concatenate(values),
    )


def positives(folder: Path) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return samples around the same places of originals and copies."""
    rng = np.random.default_rng(SEED)
    one, other = [], []
    for grey in islice(grey_photos(folder), PHOTOS):
        copy, matrix = edited(grey, rng)
        xy, scale, _, values = found(grey, 60)
        xy2, scale2, _, values2 = found(copy, 150)
        there = cv2.perspectiveTransform(xy[None].astype(np.float64), matrix)[0]
        beside = cv2.perspectiveTransform(xy[None] + np.array([1.0, 0.0]), matrix)[0]
        grown = scale * np.linalg.norm(beside - there, axis=1)
        gaps = np.linalg.norm(there[:, None] - xy2[None], axis=2) / np.minimum(grown[:, None], scale2[None])
        gaps += 2.5 * np.abs(np.log2(grown[:, None] / scale2[None]))
        best = gaps.argmin(1)
        good = gaps[np.arange(len(best)), best] < 2.0
        one.append(values[good])
        other.append(values2[best[good]])
    return np.concatenate(one), np.concatenate(other)


@dataclass(frozen=True, eq=False)
class Moments:
    """Means (n,) and covariances (n, n) of the bits by which n orbits differ: on positives and on negatives."""

    same: npt.NDArray[np.float64]
    same_spread: npt.NDArray[np.float64]
    strange: npt.NDArray[np.float64]
    strange_spread: npt.NDArray[np.float64]

    def best_with(self, chosen: list[int], allowed: npt.NDArray[np.bool_]) -> int:
        """Return the orbit that, added to those chosen, best parts the two distributions."""
        same, strange = (mean[chosen].sum() + mean for mean in (self.same, self.strange))
        same_variance, strange_variance = (
            spread[np.ix_(chosen, chosen)].sum() + 2 * spread[:, chosen].sum(1) + np.diag(spread)
            for spread in (self.same_spread, self.strange_spread)
        )
        score = (strange - same - TAIL * np.sqrt(strange_variance)) / np.sqrt(same_variance)
        score[chosen] = -np.inf
        return int(np.where(allowed, score, -np.inf).argmax())


def choose(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return the first pair of each chosen orbit, until there are `BITS` pairs."""
    count = one.shape[1]
    orbits: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for pair in combinations(range(count), 2):
        orbit = descriptors.orbit(*pair)
        orbits[min((min(each), max(each)) for each in orbit)] = orbit
    names, sizes = list(orbits), np.array([len(orbit) for orbit in orbits.values()])
    pairs = np.array([pair for orbit in orbits.values() for pair in orbit])
    first = one[:, pairs[:, 0]] < one[:, pairs[:, 1]]
    second = other[:, pairs[:, 0]] < other[:, pairs[:, 1]]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def differing(shift: int) -> npt.NDArray[np.int64]:
        return np.add.reduceat(first != np.roll(second, shift, axis=0), starts, axis=1, dtype=np.int64)

    same, strange = differing(0), np.concatenate([differing(len(first) // 2), differing(len(first) // 3)])
    moments = Moments(same.mean(0), np.cov(same, rowvar=False), strange.mean(0), np.cov(strange, rowvar=False))
    chosen: list[int] = []
    while (bits := int(sizes[chosen].sum())) < BITS:
        chosen.append(moments.best_with(chosen, sizes <= BITS - bits))
    for _ in range(ROUNDS):
        for place in range(len(chosen)):
            rest = chosen[:place] + chosen[place + 1 :]
            chosen[place] = moments.best_with(rest, sizes == sizes[chosen[place]])
    return [names[i] for i in chosen]


def main() -> None:
    """Print the pairs as Python."""
    one, other = positives(Path(sys.argv[1]))
    print(f"{len(one)} places found again", file=sys.stderr)
    kept = np.sort(np.random.default_rng(SEED).permutation(len(one))[:PLACES])
    one, other = one[kept], other[kept]
    print(f"PAIRS: tuple[tuple[int, int], ...] = {tuple(choose(one, other))}")


if __name__ == "__main__":
    main()
