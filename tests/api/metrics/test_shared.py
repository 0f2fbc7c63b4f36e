"""The part of one process in what all of them count."""

from pathlib import Path

from api.metrics.counting import Counter, take_noted
from api.metrics.shared import SharedMetrics
from casework.persistence.machine_files.shared_totals import SharedTotals

THINGS = Counter("test_things_total", "For tests.")
SERIES = ("test_things_total", ())
LEVEL = {("test_level", ()): 1.0}


def test_what_two_processes_counted_is_read_from_either(tmp_path: Path) -> None:
    """A load balancer sends the scrape wherever it likes."""
    one, two = (SharedMetrics(SharedTotals(tmp_path / "metrics.db")) for _ in range(2))
    take_noted()
    THINGS.add(count=2)
    one.publish(LEVEL)
    THINGS.add(count=3)
    two.publish(LEVEL)
    for either in (one, two):
        found = either.read(LEVEL)
        assert (found.totals[SERIES], list(found.levels)) == (5, [LEVEL, LEVEL])
    one.close()
    assert list(two.read(LEVEL).levels) == [LEVEL]
    two.close()


def test_what_cannot_be_shared_is_kept_until_it_can(tmp_path: Path) -> None:
    """A disk that is full for an hour costs no count: this process answers for itself, and tells the others later."""
    folder = tmp_path / "later"
    metrics = SharedMetrics(SharedTotals(folder / "metrics.db"))
    take_noted()
    THINGS.add()
    for _ in range(2):
        found = metrics.read(LEVEL)
        assert (found.totals[SERIES], list(found.levels)) == (1, [LEVEL])
    folder.mkdir()
    THINGS.add()
    metrics.close()
    totals = SharedTotals(folder / "metrics.db")
    assert totals.read().totals[SERIES] == 2
    totals.close()
