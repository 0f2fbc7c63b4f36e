"""Prometheus' text format, of totals and levels; the library `prometheus_client` writes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.metrics.catalogue import METRICS
from api.metrics.counting import Counter, Gauge, Histogram, Levels, Series
from casework.persistence.machine_files.shared_totals import Published

_ACROSS: Mapping[str, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}


def text_of(published: Published, record: Levels, *, own: Sequence[Metric] = ()) -> bytes:
    """
    Write what `/metrics` answers.

    Args:
        published: By all processes.

        record: What the database says; empty where it does not answer.

        own: Families that are ready to be shown.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(published, record, own))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, published: Published, record: Levels, own: Sequence[Metric]) -> None:
        self._published = published
        self._record = record
        self._own = own

    def collect(self) -> Iterator[Metric]:
        totals, levels = _by_name(self._published.totals), across_processes(self._published.levels)
        said = _by_name({**levels, **self._record})
        for metric in METRICS.values():
            match metric:
                case Counter():
                    yield _counter(metric, totals.get(metric.name, {}))
                case Histogram():
                    yield _histogram(
                        metric, totals.get(f"{metric.name}_bucket", {}), totals.get(f"{metric.name}_sum", {})
                    )
                case Gauge():
                    yield _gauge(metric, said.get(metric.name, {}))
        yield from self._own


def across_processes(levels: Sequence[Levels]) -> dict[Series, float]:
    """Make one value of what each process said, as the catalogue says of each gauge."""
    said: dict[Series, list[float]] = {}
    for of_one in levels:
        for series, value in of_one.items():
            said.setdefault(series, []).append(value)
    found: dict[Series, float] = {}
    for (name, labels), values in said.items():
        metric = METRICS.get(name)
        if isinstance(metric, Gauge) and metric.across in _ACROSS:
            found[name, labels] = _ACROSS[metric.across](values)
    return found


def _by_name(values: Mapping[Series, float]) -> dict[str, dict[tuple[str, ...], float]]:
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for (name, labels), value in values.items():
        found.setdefault(name, {})[labels] = value
    return found


def _counter(metric: Counter, values: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    known = metric.known if metric.labels else [()]
    for labels, value in {**dict.fromkeys(map(tuple, known), 0.0), **values}.items():
        family.add_metric(labels, value)
    return family


def _histogram(
    metric: Histogram, buckets: Mapping[tuple[str, ...], float], sums: Mapping[tuple[str, ...], float]
) -> Metric:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    bounds = [repr(float(bound)) for bound in metric.buckets] + ["+Inf"]
    for labels, total in sums.items():
        up_to = accumulate(buckets.get((*labels, bound), 0.0) for bound in bounds)
        family.add_metric(labels, list(zip(bounds, up_to, strict=True)), total)
    return family


def _gauge(metric: Gauge, values: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    shown = {**dict.fromkeys(map(tuple, metric.known), 0.0), **values} if values else values
    for labels, value in shown.items():
        family.add_metric(labels, value)
    return family
