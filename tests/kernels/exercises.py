"""
EXERCISES: hostile input for every compiled kernel. A new kernel takes a function here, or `test_bounds.py` fails.

Each function raises where a kernel does; `python -m tests.kernels.exercises` runs all of them, and some pictures the
whole way, and prints a report: for a process started with Numba's bounds checks on.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module

import numpy as np

from index.hashes.tables.build import fill_tables, row_order
from index.hashes.tables.few import find_few
from index.hashes.tables.lanes import LANES
from index.hashes.tables.plan import CHUNKS, FLIP_ENDS, FLIPS, caps_for
from index.hashes.tables.probe import find_near
from index.hashes.tables.tables import ChunkTables
from index.local.choosing import FAR, Chosen, choose
from index.local.quantiser import MAX_PROBES, _columns, _nearest
from matcher.compiled import compiled
from matcher.local.agreement import Cells, Places, best_pair, best_pairs, look_up, most_alike, ones
from matcher.local.alignment import align, near_pairs
from matcher.local.transforms import _doubted, _equations, _moments
from matcher.local.views import CELL_PX, Form, view
from matcher.near_codes import near_codes
from matcher.reading.averaging import average_areas, shares
from matcher.signals.local import QueryFeatures, extract_points, extract_query, extract_reference
from matcher.signals.points.descriptors import _PAIRS, SAMPLES, _compare, _sample
from matcher.signals.points.keypoints import _angles, _maxima, _spread, pyramid
from tests.helpers.media.patterns import patterns
from tests.helpers.media.textures import texture
from tests.kernels.fence import fenced
from tests.kernels.whole_way import go_the_whole_way

Exercise = Callable[[np.random.Generator], None]

EXERCISES: dict[str, Exercise] = {}
"""By kernel (``"matcher.near_codes._bits"``); one function may serve several, and those that these call."""

SHAPES = (
    *((side, side) for side in (1, 2, 3, 4, 7, 13, 14, 15, 16, 17, 31, 32, 33, 47, 64, 70)),
    *((1, 70), (70, 1), (2, 64), (31, 70), (32, 70), (40, 3000), (3000, 40), (120, 160)),
)
"""Height and width."""

ODD_NUMBERS = np.array([0, -0.0, 1, -1, 1e-30, 1e9, -1e9, 2.0**62, -(2.0**63), 1e30, np.inf, -np.inf, np.nan])


def exercises(*kernels: str) -> Callable[[Exercise], Exercise]:
    """Enter a function for some kernels."""

    def entered(function: Exercise) -> Exercise:
        EXERCISES.update(dict.fromkeys(kernels, function))
        return function

    return entered


@exercises(
    "matcher.signals.points.keypoints._maxima",
    "matcher.signals.points.keypoints._responses",
    "matcher.signals.points.keypoints._spread",
    "matcher.signals.points.keypoints._angles",
)
def keypoints(rng: np.random.Generator) -> None:
    """Every pattern at every shape as it is, unsoftened: more maxima than a level of a pyramid ever has."""
    for height, width in SHAPES:
        for name, grey in patterns(height, width, rng):
            for margin in (1, 7):
                places, strengths = _maxima(grey, 0.0, margin)
                if name == "dotted, 2 px" and margin == 7 and min(height, width) > 14:
                    assert len(places) >= (height - 14) // 2 * ((width - 14) // 2), "every fourth pixel is a maximum"
                assert np.isfinite(places).all()
                assert (places >= margin - 0.5).all()
                assert (places <= np.array([width, height]) - margin - 0.5).all()
                strongest = places[np.argsort(-strengths)]
                for quota in (0, 1, 10**6):
                    assert len(_spread(strongest, width, height, quota, 8)) == min(quota, len(places))
            corners = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [-0.5, height - 0.5], [width, height]], np.float32)
            assert len(_angles(grey, corners, 9)) == 4


@exercises("matcher.reading.averaging.shares", "matcher.reading.averaging._average")
def averaging(rng: np.random.Generator) -> None:
    """Every shape to every smaller one that keeps its proportions, and to one pixel; white must not become black."""
    for height, width in (*SHAPES, (1, 20_000), (20_000, 1), (5, 16_384)):
        white = np.full((height, width, 3), 255, np.uint8)
        for longest in {1, 2, 3, 31, max(height, width) - 1, max(height, width), 512}:
            shrink = longest / max(height, width)
            if 0 < shrink <= 1:
                size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
                assert (average_areas(white, size) == 255).all()
                noise = rng.integers(0, 256, white.shape, dtype=np.uint8)
                assert average_areas(noise, size).shape == (size[1], size[0], 3)
    for length in range(1, 200):
        for reduced in range(1, length + 1):
            across = shares(length, reduced)
            assert (across.first + across.pixels <= length).all()
            assert np.allclose(across.share.sum(axis=1), 1, atol=0.01)


@exercises("matcher.signals.points.descriptors._sample", "matcher.signals.points.descriptors._compare")
def descriptors(rng: np.random.Generator) -> None:
    """Places at and beyond the edges, on the smallest levels that have any, on the longest, and through a pyramid."""
    for shape in ((2, 2), (2, 3), (32, 32), (33, 33), (32, 3000), (2, 16384), (16384, 2)):
        near = rng.integers(0, 256, shape, dtype=np.uint8)
        edges = np.array([-1e9, -0.5, 0, 0.5, *(np.array(shape)[:, None] + [-1.5, -1.001, -1, 0, 1e9]).ravel()])
        places = np.stack(np.meshgrid(edges, edges), axis=-1).reshape(-1, 2).astype(np.float32)
        angles = rng.uniform(-np.pi, np.pi, len(places)).astype(np.float32)
        values = _sample(near, near[: max(2, shape[0] // 2)], np.float32(0.5), places, angles, SAMPLES)
        assert values.min() >= 0
        assert values.max() <= 255
        assert _compare(values, _PAIRS).shape == (len(places), 256)
    for side in range(1, 71):
        for _, grey in patterns(side, 70, rng):
            for level in pyramid(grey):
                assert min(level.pixels.shape) >= 1
            points, bits = extract_points(grey, 50)
            assert len(points) == len(bits)


@exercises("matcher.local.agreement.best_pair", "matcher.local.agreement.best_pairs")
def voting(rng: np.random.Generator) -> None:
    """No pairs, one, equal ones, and numbers that are none."""
    for count in (0, 1, 2, 30):
        for places in hostile_places(rng, count):
            best, total = best_pair(places, hostile_place(rng, count), np.ones(count, np.float32))
            assert 0 <= best <= max(count - 1, 0)
            assert total == total or count
            starts = np.sort(rng.integers(0, count + 1, 5))
            starts[0], starts[-1] = 0, count
            assert len(best_pairs(starts, places, places, np.ones(count, np.float32))) == 4


@exercises("matcher.local.agreement.look_up", "matcher.local.agreement.most_alike", "matcher.local.agreement.ones")
def looking_up(rng: np.random.Generator) -> None:
    """Keypoints nowhere, matrices that are none, sides that have nothing, and codes that are all the same."""
    for width, height in ((1, 1), (24, 24), (800, 31), (640, 640)):
        across, down = width // CELL_PX + 1, height // CELL_PX + 1
        for count in (0, 1, 300):
            cell = rng.integers(0, across * down, count)
            starts = np.zeros(across * down + 1, np.int32)
            np.cumsum(np.bincount(cell, minlength=across * down), out=starts[1:])
            cells = Cells(starts, np.argsort(cell, kind="stable").astype(np.int32), across, CELL_PX)
            ours, theirs = hostile_place(rng, count), hostile_place(rng, 20)
            for matrix in hostile_matrices(rng):
                for tolerance, slack in ((6.0, 0.4), (1e30, 1e30), (np.nan, 0.0)):
                    rows, bits = look_up(
                        ours, words(rng, count), cells, theirs, words(rng, 20), matrix, np.zeros(2), tolerance, slack
                    )
                    assert rows.max() < max(count, 1)
                    assert bits.max() <= 85
    for count in (1, 2, 1400):
        same = np.full((4, count), np.uint64(2**64 - 1))
        assert (most_alike(np.zeros((3, 4), np.uint64), same)[1] == 256).all()
        assert (most_alike(np.zeros((0, 4), np.uint64), same)[0] == 0).all()
    assert [ones(np.uint64(value)) for value in (0, 1, 2**63, 2**64 - 1)] == [0, 1, 1, 64]


@exercises(
    "matcher.local.transforms._doubted", "matcher.local.transforms._moments", "matcher.local.transforms._equations"
)
def fitting(rng: np.random.Generator) -> None:
    """No points, one, all in one place, and none that is a number; then real ones, through an alignment."""
    for count in (0, 1, 2, 50):
        for p in (np.zeros((count, 2)), rng.choice(ODD_NUMBERS, (count, 2))):
            weights = np.ones(count)
            for matrix in hostile_matrices(rng):
                assert len(_doubted(p, p[::-1].copy(), weights, matrix)) == count
            _moments(p, p, weights)
            _equations(p, p, weights)
    picture = texture(3, width=320, height=240)
    asked, known = extract_query(picture), extract_reference(picture)
    seen = view(asked, Form.AS_IS)
    assert align(seen, known, near_pairs(seen, known)) is not None
    scale = len(known.keypoints)
    odd = QueryFeatures.of_stored(known)
    odd.keypoints.xy[:] = rng.uniform(0, 1024, (scale, 2))
    seen = view(odd, Form.MIRRORED)
    align(seen, known, near_pairs(seen, known))


@exercises("matcher.near_codes._bits", "matcher.near_codes._count", "matcher.near_codes._collect")
def near(rng: np.random.Generator) -> None:
    """All pairs equal, none near, lists that are empty, and every limit that could cut them short."""
    codes = rng.integers(0, 256, (40, 32), dtype=np.uint8)
    for queries in (codes[:0], codes, np.zeros_like(codes)):
        for references in (codes[:0], codes, np.zeros_like(codes), np.full_like(codes, 255)):
            for radius in (0, 31, 256):
                for most in (0, 1, 39, 1600, 10**6):
                    assert len(near_codes(queries, references, radius=radius, most=most)[0]) <= most


@exercises("index.local.quantiser._nearest")
def quantising(rng: np.random.Generator) -> None:
    """No descriptors, equal ones, the two that are farthest apart, and few centroids."""
    for queries in (words(rng, 0), words(rng, 3), np.zeros((2, 4), np.uint64), np.full((2, 4), np.uint64(2**64 - 1))):
        for columns in (_columns(), np.zeros((4, 16), np.uint64)):
            for count in (1, 2, MAX_PROBES):
                distances, lists = _nearest(queries, columns, count)
                assert lists.min(initial=0) >= 0
                assert lists.max(initial=0) < columns.shape[1]
                assert distances.max(initial=0) <= 256


@exercises(
    "index.hashes.tables.build.fill_tables",
    "index.hashes.tables.probe.find_near",
    "index.hashes.tables.probe._check",
    "index.hashes.tables.probe._emit",
    "index.hashes.tables.probe._found_earlier",
    "index.hashes.tables.probe._differing",
)
def chunk_tables(rng: np.random.Generator) -> None:
    """Codes that fill one bucket, repeat, or stand at the ends of the tables, in memory that ends where they end."""
    random = rng.integers(0, 256, (LANES + 1, 32), dtype=np.uint8)
    alike = np.repeat(random[:1], 300, axis=0)
    alike[:, 31] = rng.integers(0, 256, 300)
    for codes in (random[:1], random[: LANES - 1], random[:LANES], random, alike, np.repeat(random[:2], 100, axis=0)):
        for low in (codes, np.zeros_like(codes), np.full_like(codes, 255)):
            search_fenced(np.concatenate([codes, low[:1]]), np.concatenate([codes[:3], low[:1], ~codes[-1:]]))


@exercises("index.hashes.tables.few.find_few")
def few_codes(rng: np.random.Generator) -> None:
    """None, one, and all of them within the radius of all: as many hits as there is room for."""
    codes = rng.integers(0, 256, (LANES + 1, 32), dtype=np.uint8)
    for known, asked in ((0, 1), (1, 0), (1, 1), (LANES + 1, 3)):
        for radius in (0, 31, 256):
            flat, queries = fenced(codes[:known]).reshape(-1), fenced(codes[:asked]).reshape(-1)
            flat.flags.writeable = queries.flags.writeable = False  # as mapped files are
            found = (fenced(np.empty(known * asked, kind)) for kind in (np.int32, np.int64, np.int32))
            assert find_few(flat, queries, radius, *found) <= known * asked


def search_fenced(codes: np.ndarray, queries: np.ndarray) -> None:
    """Build tables and search them, each array by itself before a fence, with and without room for the answer."""
    order, repeats = row_order(codes)
    codes = fenced(codes[order])
    tables = ChunkTables.allocate(len(codes), len(codes) - len(repeats))
    offsets, nexts, rows = (fenced(array) for array in (tables.offsets, tables.nexts, tables.rows))
    fill_tables(codes.reshape(-1), tables.distinct, tables.stride, offsets, nexts, rows)
    flat, asked, repeats = codes.reshape(-1), fenced(queries).reshape(-1), fenced(repeats)
    for array in (offsets, nexts, rows, flat, asked, repeats):
        array.flags.writeable = False  # as mapped files are
    chunks = fenced(queries.view(">u2").astype(np.uint16).reshape(-1))
    assert nexts.size == CHUNKS * tables.stride >= CHUNKS * (tables.distinct + LANES)
    for asked_queries in (len(queries), 0):
        for radius in (0, 15, 31, 63):
            for limit in (0, 10**6):
                for room in (0, 1, 10_000):
                    found = (fenced(np.empty(room, kind)) for kind in (np.int32, np.int64, np.int32))
                    hits = find_near(
                        offsets, nexts, repeats, rows, flat, asked[: 32 * asked_queries],
                        chunks[: CHUNKS * asked_queries], caps_for(radius), FLIPS, FLIP_ENDS, radius, limit,
                        fenced(np.zeros(asked_queries, np.int64)), *found,
                    )  # fmt: skip
                    assert hits >= 0


def hostile_places(rng: np.random.Generator, count: int) -> Iterator[Places]:
    """Yield keypoints all in one place, far apart, and at numbers that are none."""
    zeros = np.zeros(count, np.float32)
    yield Places(np.zeros((count, 2), np.float32), zeros, zeros)
    yield Places(rng.uniform(0, 1024, (count, 2)).astype(np.float32), zeros + 16, zeros)
    yield hostile_place(rng, count)


def hostile_place(rng: np.random.Generator, count: int) -> Places:
    """Draw keypoints among `ODD_NUMBERS` and ordinary ones."""
    with np.errstate(over="ignore"):
        xy, octave, angle = (
            np.where(rng.random(shape) < 0.5, rng.choice(ODD_NUMBERS, shape), rng.uniform(0, 640, shape)).astype("f4")
            for shape in ((count, 2), count, count)
        )
    return Places(xy, octave, angle)


@exercises("index.local.choosing.choose")
def choose_rows(rng: np.random.Generator) -> None:
    """Any number of near rows, equally far or not, of references without rows, in order and not, all removed."""
    for rows, references in ((1, 1), (7, 3), (300, 40)):
        cuts = np.sort(rng.integers(0, rows + 1, references - 1))
        first_rows = np.concatenate([[0], cuts]).astype(np.int64)
        starts = np.array([0, rows, rows, 2 * rows])
        for far in (np.zeros(rows, np.float32), rng.integers(0, FAR, rows).astype(np.float32)):  # as FAISS says it
            for items in (np.arange(1, references + 1), rng.permutation(references) + 1):
                for gone in (False, True):
                    for count in (1, 3, rows + 5):
                        chosen = Chosen.none(3, count)
                        for number in range(2):
                            near = np.tile(rng.permutation(rows), 2)
                            choose(
                                starts, np.tile(far, 2), near, number, first_rows, items, np.full(references, gone),
                                *chosen,
                            )  # fmt: skip
                        assert (chosen.rows < rows).all()
                        assert gone == (chosen.rows < 0).all()
                        assert (chosen.rows[1] < 0).all()
                        assert (np.diff(chosen.bits, axis=1) >= 0).all()


def hostile_matrices(rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield maps that fold, explode, send everything to infinity, or are none."""
    yield np.eye(3)
    yield np.diag([1e18, -1e18, 1.0])
    yield np.array([[1.0, 0, 0], [0, 1, 0], [1e-300, 0, 1e-300]])
    yield np.full((3, 3), np.nan)
    for _ in range(10):
        yield rng.choice(ODD_NUMBERS, (3, 3))


def words(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw descriptors as the compiled loops take them."""
    return rng.integers(0, 2**64, (count, 4), dtype=np.uint64)


def checks_bounds() -> bool:
    """Tell whether a kernel that reads past its array is stopped."""

    @compiled
    def past_the_end(array: np.ndarray) -> float:
        return float(array[len(array)])

    try:
        past_the_end(np.zeros(4)[:2])
    except IndexError:
        return True
    return False


def whole_way(_: np.random.Generator) -> None:
    """Pictures made of dots, through all of it."""
    go_the_whole_way()


def report() -> dict[str, object]:
    """Run every exercise once and say what came of each kernel: ``"compiled"``, ``"never ran"``, or an error."""
    begun, failed = time.perf_counter(), {}
    for function in dict.fromkeys((*EXERCISES.values(), whole_way)):
        try:
            with np.errstate(all="ignore"):
                function(np.random.default_rng(1))
        except Exception:  # an error is for the report; what kills the process is for whoever started it
            failed[function] = traceback.format_exc()
    kernels = {}
    for name, function in EXERCISES.items():
        module, _, attribute = name.rpartition(".")
        ran = bool(getattr(import_module(module), attribute).signatures)
        kernels[name] = failed.get(function, "compiled" if ran else "never ran")
    return {
        "checks_bounds": checks_bounds(),
        "kernels": kernels,
        "whole_way": failed.get(whole_way, "found"),
        "seconds": time.perf_counter() - begun,
    }


if __name__ == "__main__":
    json.dump(report(), sys.stdout)
