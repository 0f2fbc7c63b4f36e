"""`/metrics` of a service that is used, at rest and in trouble: every metric there is moves when it should."""

import re

from api.metrics import catalogue
from tests.api.scenarios.watching.conftest import Watching
from tests.helpers.running.scrapes import total

CONSTANT = {
    "staydown_build_info",
    "staydown_disk_size_bytes",
    "process_max_fds",
    "process_start_time_seconds",
    "python_info",
    "python_gc_objects_uncollectable_total",  # grows only where a library written in C leaks
}
"""What no test can move; `tests/api/metrics/test_text.py` sees that they are shown."""


def test_every_metric_moves(used: Watching, resting: Watching, troubled: Watching) -> None:
    """A metric that never moves is worse than none: somebody watches it."""
    assert catalogue.METRICS.keys() - used.moved - resting.moved - troubled.moved == CONSTANT


def test_what_was_done_is_counted_with_its_labels(used: Watching) -> None:
    """The figures an operator reports on: what was answered, and how fast a person decided."""
    last = used.scrapes[-1]
    asked = "staydown_verdicts_total"
    assert total(last, asked, asked="upload", verdict="allow", strength="none", signal="none") == 1
    assert total(last, asked, asked="upload", verdict="block", strength="exact", signal="sha256/1") == 1
    assert total(last, "staydown_decision_seconds_count", queue="reports", outcome="uphold") == 1
    assert total(last, "staydown_decode_failures_total", kind="picture", reason="undecodable") == 1
    assert total(last, "staydown_requests_total", route="/v1/uploads", status="200") == 2
    assert total(last, "staydown_rate_limit_refusals_total", limit="wrong_secrets") == 2
    assert total(last, "staydown_destination_attempts_total", outcome="delivered") == 1
    assert total(last, "staydown_probing_alarms_total", asked="answers") == 1


def test_deadline_moves_a_case_from_due_soon_to_overdue(resting: Watching) -> None:
    """The 48 hours of a report: a page before they are over, another one after."""
    _, _, soon, over, _ = ({name: total(one, name, queue="reports") for name, _ in one} for one in resting.scrapes)
    assert (soon["staydown_due_soon_cases"], soon["staydown_overdue_cases"]) == (1, 0)
    assert (over["staydown_due_soon_cases"], over["staydown_overdue_cases"]) == (0, 1)
    assert 59 * 3600 < over["staydown_oldest_open_case_seconds"] < 61 * 3600


def test_labels_name_no_case_no_upload_and_no_key(used: Watching, resting: Watching) -> None:
    """`/metrics` needs no key, and a label with an id would make a series each."""
    for scrape in (used.scrapes[-1], resting.scrapes[-1]):
        values = {value for _, labels in scrape for name, value in labels if name != "destination"}
        assert [one for one in values if re.match(r"(case|upl|tkd|rep|key|dec|job|dlv)_\w{20}", one)] == []
