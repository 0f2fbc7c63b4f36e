"""How far the times of questions lie apart, and times drawn so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_QUANTILES: Final = 201
_USUAL: Final = 95


@dataclass(frozen=True, slots=True)
class Spread:
    """
    How far questions are from the median of their run, at even shares of all questions, ascending.

    The slowest twentieth waited for something: a page, a core. That is so many ms, whatever the question was. The
    others had more or less to do than the median, which is a share of it.

    Args:
        ratios: Time over the median, but no more than 95 of 100 questions have.

        stalls_ms: What the slowest took beyond that; 0 for the others.
    """

    ratios: tuple[float, ...] = (1.0,)
    stalls_ms: tuple[float, ...] = (0.0,)

    @classmethod
    def of(cls, runs: Sequence[Sequence[float]]) -> Self:
        """Put the questions of several runs together, each over the median of its own."""
        medians = np.concatenate([np.full(len(samples), np.median(samples)) for samples in runs])
        ratios = np.concatenate([np.array(samples) for samples in runs]) / medians
        usual = float(np.percentile(ratios, _USUAL))
        at = np.linspace(0, 1, _QUANTILES)
        beyond = np.where(ratios > usual, (ratios - usual) * medians, 0.0)
        return cls(tuple(np.quantile(np.minimum(ratios, usual), at).tolist()), tuple(np.quantile(beyond, at).tolist()))

    def drawn(self, work: Numbers, shape: tuple[int, int], rng: np.random.Generator) -> Numbers:
        """Draw times of questions whose median is `work`: ms, float64, of that shape."""
        at = rng.random(shape)
        ratios = np.interp(at, np.linspace(0, 1, len(self.ratios)), self.ratios)
        return np.asarray(work * ratios + np.interp(at, np.linspace(0, 1, len(self.stalls_ms)), self.stalls_ms))
