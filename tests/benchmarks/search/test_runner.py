"""The runner trusts nobody: wrong, doubled and invented answers end a contestant's run."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.search import runner
from benchmarks.search.codes import random_codes
from benchmarks.search.contestants import CONTESTANTS
from benchmarks.search.runner import Samples, Workload, WrongAnswerError, check_answer, measure, sample, true_hits
from index.base import Codes, Hits

WORKLOAD = Workload(hashes=400, queries=40)


def silent(_: str) -> None:
    """Show no progress."""


def answered(*hits: tuple[int, int, int]) -> Hits:
    """Make an answer of (query, id, distance)."""
    queries, ids, distances = np.array(hits, np.int64).reshape(-1, 3).T
    return Hits(queries.astype(np.int32), ids, distances.astype(np.int32))


@pytest.fixture
def pair() -> Codes:
    """Two codes, 3 bits apart."""
    codes = np.zeros((2, 32), np.uint8)
    codes[1, 5] = 0b111
    return codes


def test_a_right_answer_passes(pair):
    """The checks below mean something only if they let the truth through."""
    check_answer(pair, pair[:1], 3, answered((0, 0, 0), (0, 1, 3)))
    check_answer(pair, pair[:1], 3, answered())


@pytest.mark.parametrize(
    ("hits", "reason"),
    [
        ([(0, 0, 0), (0, 0, 0)], "twice"),
        ([(0, 1, 2)], "a distance of 3 was returned as 2"),
        ([(0, 2, 3)], r"outside 0\.\.1"),
        ([(0, -1, 3)], r"outside 0\.\.1"),
        ([(0, 1, 3)], "beyond the radius of 2"),
    ],
)
def test_a_wrong_answer_is_refused(pair, hits, reason):
    """A fast wrong answer must never reach a table of results."""
    with pytest.raises(WrongAnswerError, match=reason):
        check_answer(pair, pair[:1], 2, answered(*hits))


def test_the_truth_is_what_is_within_the_radius(pair):
    """Recall is measured against this scan, so it must be right at the boundary."""
    assert list(true_hits(pair, pair, 3)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert list(true_hits(pair, pair, 2)) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("codes", ["random", "clustered"])
@pytest.mark.parametrize("name", CONTESTANTS)
def test_every_exact_contestant_recalls_everything(name, codes):
    """An exact contestant that misses something was set up wrongly, and the comparison with it would be unfair."""
    seen = sample(CONTESTANTS[name](), replace(WORKLOAD, codes=codes), silent)
    assert seen.truths >= WORKLOAD.queries
    assert seen.recalled == seen.truths or name == "faiss_hnsw"
    assert len(seen.hit_ms) == len(seen.miss_ms) == WORKLOAD.queries
    assert seen.batch_queries <= runner.BATCH
    assert seen.build_s > 0


def test_a_contestant_is_measured_in_its_own_process():
    """What one leaves in memory must not slow the next; the raw samples come back whole."""
    said: list[str] = []
    seen = measure("faiss_flat", WORKLOAD, said.append)
    assert isinstance(seen, Samples)
    assert (seen.name, seen.skipped, seen.recalled) == ("faiss_flat", None, seen.truths)
    assert "faiss_flat, 400 hashes: building" in said


def test_what_takes_too_long_or_does_not_fit_is_left_out_with_a_reason():
    """A missing row must say why it is missing."""
    assert "too long" in (measure("faiss_hnsw", replace(WORKLOAD, hashes=10**7), silent).skipped or "")
    assert "GB" in (measure("staydown", replace(WORKLOAD, hashes=10**12), silent).skipped or "")


def test_codes_are_the_same_for_the_same_seed():
    """Each process makes its own codes; they must be the same ones."""
    assert (random_codes(300_000, 1) == random_codes(300_000, 1)).all()
    assert (random_codes(1000, 1) != random_codes(1000, 2)).any()
