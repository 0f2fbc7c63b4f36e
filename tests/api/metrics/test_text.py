"""What Prometheus reads: every metric of the catalogue, and one value of what several processes say."""

from api.metrics import catalogue
from api.metrics.counting import Counter, Gauge, Histogram
from api.metrics.text import text_of
from casework.persistence.machine_files.shared_totals import Published
from tests.helpers.running.scrapes import parsed, series


def test_every_metric_is_there_before_anything_happened() -> None:
    """A dashboard made on the first day shows every line; an alert on a small set of labels sees the first time."""
    text = text_of(Published({}, {}), {}).decode()
    kinds = {Counter: "counter", Histogram: "histogram", Gauge: "gauge"}
    for name, metric in catalogue.METRICS.items():
        assert f"# TYPE {name} {kinds[type(metric)]}\n" in text
    assert parsed(text)[series("staydown_rate_limit_refusals_total", limit="public")] == 0


def test_histogram_is_shown_cumulatively_with_its_count() -> None:
    """Buckets are kept apart and added up when shown: `histogram_quantile` needs them so."""
    name = catalogue.DECODE_SECONDS.name
    totals = {(f"{name}_bucket", ("video", "0.5")): 2.0, (f"{name}_bucket", ("video", "+Inf")): 1.0}
    shown = parsed(text_of(Published({**totals, (f"{name}_sum", ("video",)): 700.5}, {}), {}).decode())
    assert shown[series(f"{name}_bucket", kind="video", le="0.25")] == 0
    assert shown[series(f"{name}_bucket", kind="video", le="0.5")] == 2
    assert shown[series(f"{name}_bucket", kind="video", le="600.0")] == 2
    assert shown[series(f"{name}_bucket", kind="video", le="+Inf")] == 3
    assert shown[series(f"{name}_count", kind="video")] == 3
    assert shown[series(f"{name}_sum", kind="video")] == 700.5


def test_processes_are_one_value_as_the_catalogue_says() -> None:
    """What waits in each process waits in all; the index is as new as in the last process; the disk is one."""
    said = {
        process: {
            (catalogue.DECODE_WAITING.name, ("picture",)): waiting,
            (catalogue.INDEX_VERSION.name, ("uploads",)): version,
            (catalogue.INDEX_LAG_SECONDS.name, ()): lag_s,
        }
        for process, waiting, version, lag_s in (("a", 2.0, 812.0, 0.5), ("b", 3.0, 790.0, 7.0), ("c", 0.0, 812.0, 1.0))
    }
    shown = parsed(text_of(Published({}, said), {}).decode())
    assert shown[series("staydown_decode_waiting", kind="picture")] == 5
    assert shown[series("staydown_index_version", collection="uploads")] == 790
    assert shown[series("staydown_index_lag_seconds")] == 7
