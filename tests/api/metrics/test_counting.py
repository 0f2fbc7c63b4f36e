"""Counting costs next to nothing, and nothing is lost."""

import threading

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client import Histogram as PlainHistogram

from api.metrics.counting import Counter, Histogram, take_noted

KINDS = Counter("test_kinds_total", "For tests.", ("kind",))
SECONDS = Histogram("test_seconds", "For tests.", (0.1, 0.5, 2.0), ("kind",))


@pytest.fixture(autouse=True)
def nothing_noted() -> None:
    """Forget what tests before noted."""
    take_noted()


def test_counts_of_many_threads_add_up_while_they_are_taken() -> None:
    """A count that gets lost between two threads would make every rate a little wrong, and nobody would notice."""
    threads = [threading.Thread(target=lambda: [KINDS.add("a") for _ in range(5_000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken = 0.0
    while any(thread.is_alive() for thread in threads):
        taken += take_noted().get(("test_kinds_total", ("a",)), 0)
    taken += take_noted().get(("test_kinds_total", ("a",)), 0)
    assert taken == 4 * 5_000


def test_value_on_a_bound_is_in_its_bucket_as_prometheus_client_has_it() -> None:
    """Bounds are inclusive; compared with the library's own histogram."""
    registry = CollectorRegistry()
    plain = PlainHistogram("test_seconds", "For tests.", ["kind"], buckets=SECONDS.buckets, registry=registry)
    for value in (0.0, 0.1, 0.100001, 0.5, 2.0, 2.5, 1000.0):
        SECONDS.note(value, "a")
        plain.labels("a").observe(value)
    noted, up_to = take_noted(), 0.0
    for bound in ("0.1", "0.5", "2.0", "+Inf"):
        up_to += noted.get(("test_seconds_bucket", ("a", bound)), 0)
        assert up_to == registry.get_sample_value("test_seconds_bucket", {"kind": "a", "le": bound})
    assert noted["test_seconds_sum", ("a",)] == registry.get_sample_value("test_seconds_sum", {"kind": "a"})


def test_what_was_taken_is_not_taken_again() -> None:
    """Twice would be a total that grows by itself."""
    KINDS.add("a", count=3)
    assert take_noted() == {("test_kinds_total", ("a",)): 3}
    assert take_noted() == {}
