"""The statistics of a desk: counted from what people did, and nothing that is nobody's business."""

import re

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.api.console.browsers import Browser, Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg
from tests.helpers.running.waiting import eventually


@pytest.fixture(scope="module")
def answered(staydown: Staydown) -> Staydown:
    """Have four copies answered by a moderator who looked at one of them, one of which is no copy."""
    staydown.take_down(jpeg(scene(71)), nudity=False)
    headers = staydown.headers(Role.MODERATOR)
    for number, outcome in enumerate(("uphold", "uphold", "uphold", "reject")):
        copy = jpeg(edited(scene(71), caption=f"seen {number}"))
        case_id = staydown.upload(f"post-{number}", copy)["case_id"]
        if number == 0:
            staydown.look(case_id)
        body = {"outcome": outcome, "override_reason": "as it is"}
        decided = staydown.http.post(f"/v1/cases/{case_id}/decision", headers=headers, json=body)
        assert decided.status_code == 200, decided.text
    return staydown


def counted(browser: Browser, address: str = "/console/statistics") -> str:
    """Open the page once everything is counted."""
    return eventually(lambda: browser.get(address), lambda page: "Counted" in page)


def test_page_counts_what_was_decided_looked_at_and_answered(answered: Staydown, console: Console) -> None:
    """Five decisions of people, two of them after a look; three of four matches are copies."""
    page = counted(console.browser(Role.MODERATOR))
    assert "5 of 5 cases" in page
    assert "2 of 5 decisions" in page
    assert "0 of 0 appeals" in page
    rows = re.findall(r">(?:exact|near|partial)</th><td[^>]*>(\d+) / (\d+)</td>", page)
    assert (sum(int(one) for one, _ in rows), sum(int(all_) for _, all_ in rows)) == (3, 4)
    assert page.count("<svg") >= 3
    assert " style=" not in page
    assert "What would change at" not in page


def test_another_threshold_is_tried_and_changes_nothing(answered: Staydown, console: Console) -> None:
    """By who may replay the policy."""
    senior = console.browser(Role.SENIOR)
    page = counted(senior)
    assert "What would change at" in page
    tried = senior.get("/console/statistics/thresholds?signal=local%2F1&value=99")
    assert re.search(r"\d+ of 4 matches", tried)
    assert "Trying changes nothing." in tried
    wrong = senior.get("/console/statistics/thresholds?signal=pdq%2F1&value=many", status=422)
    assert 'role="alert"' in wrong
    assert "thresholds.pdq/1" in wrong or "must be a whole number" in wrong
    refused = console.browser(Role.MODERATOR).http.get("/console/statistics/thresholds?signal=pdq%2F1&value=3")
    assert refused.status_code == 403


def test_figures_are_counted_once_for_all_who_look(answered: Staydown, console: Console) -> None:
    """A page that many open costs no more than one."""
    first = re.findall(r"Counted [^<]+", counted(console.browser(Role.MODERATOR), "/console/statistics?days=7"))
    again = re.findall(r"Counted [^<]+", console.browser(Role.SENIOR).get("/console/statistics?days=7"))
    assert first == again
