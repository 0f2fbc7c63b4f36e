"""Alert rules and the dashboard ask for what `/metrics` of a running service answers, label for label."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from api.metrics import catalogue
from tests.api.scenarios.watching.conftest import Watching

OPS = Path(__file__).parents[4] / "ops"
ALERTS = OPS / "prometheus" / "alerts.yml"
DASHBOARD = OPS / "grafana" / "staydown.json"

SCRAPED_BY_PROMETHEUS = {"instance", "job"}
"""Labels that Prometheus adds to whatever it scrapes."""

NEEDED = {
    "StaydownCaseDueSoon",
    "StaydownCaseOverdue",
    "StaydownIndexLag",
    "StaydownDeadLetters",
    "StaydownDecodeFailures",
    "StaydownQueueRefusals",
    "StaydownQuarantine",
    "StaydownWallsMissing",
    "StaydownDatabaseAway",
    "StaydownDiskAlmostFull",
}

_SELECTOR = re.compile(r"\b((?:staydown|process|python)_\w+)(?:\{(.*?)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")


def alerts() -> list[dict]:
    """Return every rule of the file."""
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def queries() -> Iterator[str]:
    """Yield every query of the alerts, the dashboard and its variables."""
    for rule in alerts():
        yield rule["expr"]
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield re.fullmatch(r"label_values\((.*), \w+\)", variable["query"])[1]


@pytest.fixture(scope="module")
def labels(used: Watching, resting: Watching, troubled: Watching) -> dict[str, dict[str, set[str]]]:
    """Return, of each name that was scraped, its labels and the values they had."""
    found: dict[str, dict[str, set[str]]] = {}
    for watching in (used, resting, troubled):
        for scrape in watching.scrapes:
            for name, its in scrape:
                of_name = found.setdefault(name, {})
                for label, value in its:
                    of_name.setdefault(label, set()).add(value)
    return found


@pytest.mark.parametrize("query", sorted(set(queries())))
def test_query_names_metrics_and_labels_that_are_there(query: str, labels: dict[str, dict[str, set[str]]]) -> None:
    """A query for what is not there never fails and never fires."""
    selectors = _SELECTOR.findall(query)
    assert selectors
    there = set(SCRAPED_BY_PROMETHEUS)
    for name, matchers in selectors:
        assert name in labels
        there |= labels[name].keys()
        for label, sign, value in _MATCHER.findall(matchers):
            assert label in labels[name].keys() | SCRAPED_BY_PROMETHEUS
            values = labels[name].get(label)
            if values is None or name.startswith("staydown_requests"):
                continue
            pattern = value if sign in ("=~", "!~") else re.escape(value)
            assert any(re.fullmatch(pattern, one) for one in values) or label == "reason", (label, value, values)
    grouped = {label.strip() for group in _GROUPING.findall(query) for label in group.split(",")}
    assert grouped <= there


def test_what_an_operator_must_be_told_has_an_alert_with_a_remedy() -> None:
    """Woken at night, one reads what to do."""
    named = {rule["alert"]: rule for rule in alerts()}
    assert named.keys() >= NEEDED
    for rule in named.values():
        assert rule["annotations"].keys() == {"summary", "remedy"}
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_dashboard_shows_nearly_everything_there_is() -> None:
    """What is neither shown nor alerted on is looked at by nobody."""
    asked = {name for query in queries() for name, _ in _SELECTOR.findall(query)}
    bases = {re.sub(r"_(bucket|count|sum)$", "", name) if name not in catalogue.METRICS else name for name in asked}
    ours = {name for name in catalogue.METRICS if name.startswith("staydown_")}
    left_to_explore = {
        "staydown_cases",
        "staydown_takedowns",
        "staydown_destination_attempts_total",
        "staydown_jobs_ended_total",
        "staydown_index_version",
        "staydown_index_lag_changes",
    }
    assert ours - bases == left_to_explore


def test_rules_are_what_prometheus_takes() -> None:
    """Its own checker reads the file, where it is installed (Debian's package `prometheus`)."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    checked = subprocess.run([promtool, "check", "rules", ALERTS], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
