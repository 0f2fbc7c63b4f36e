"""Memory, processor time, descriptors and garbage collection of this process, as `prometheus_client` reads them."""

from prometheus_client import REGISTRY

from api.metrics.catalogue import METRICS
from api.metrics.counting import Counter, Gauge, Series


class Platform:
    """Reads the figures of this process; counters are added to the totals as they grow."""

    def __init__(self) -> None:
        self._before: dict[Series, float] = {}

    def look(self) -> dict[Series, float]:
        """Count what was used since the last look, and return the levels."""
        levels: dict[Series, float] = {}
        for family in REGISTRY.collect():
            for sample in family.samples:
                metric = METRICS.get(sample.name)
                if metric is None:
                    continue
                labels = tuple(str(sample.labels[name]) for name in metric.labels)
                if isinstance(metric, Gauge):
                    levels[metric.name, labels] = sample.value
                elif isinstance(metric, Counter):
                    more = sample.value - self._before.get((metric.name, labels), 0.0)
                    self._before[metric.name, labels] = sample.value
                    if more > 0:
                        metric.add(*labels, count=more)
        return levels
