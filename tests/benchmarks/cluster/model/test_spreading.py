"""Times are drawn as they were measured: what is usual as a share, what waited for something as so many ms."""

import numpy as np
import pytest

from benchmarks.cluster.model.spreading import Spread


def test_times_are_drawn_as_they_were_measured() -> None:
    """Of the same work, percentile by percentile."""
    rng = np.random.default_rng(1)
    measured = rng.uniform(0.9, 1.2, 5_000)
    measured[:100] += 7.0
    spread = Spread.of([measured.tolist()])
    drawn = spread.drawn(np.array([np.median(measured)]), (20_000, 1), rng)
    for share in (1, 25, 50, 75, 94):
        assert np.percentile(drawn, share) == pytest.approx(np.percentile(measured, share), rel=0.02)
    assert np.percentile(drawn, 99) == pytest.approx(np.percentile(measured, 99), rel=0.1)


def test_a_stall_is_no_longer_for_a_longer_question() -> None:
    """A page that is fetched takes 7 ms; ten times as many hashes do not make it 70."""
    measured = [1.0] * 96 + [8.0] * 4
    drawn = Spread.of([measured]).drawn(np.array([10.0]), (5_000, 1), np.random.default_rng(1))
    assert drawn.min() == pytest.approx(10.0)
    assert drawn.max() == pytest.approx(17.0)


def test_runs_are_put_together_each_over_its_own_median() -> None:
    """A slot more makes every question longer; that is no spread."""
    assert set(Spread.of([[1.0] * 10, [5.0] * 10]).ratios) == {1.0}
