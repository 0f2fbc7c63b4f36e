"""A day's work in a real browser: seven cases by seven keys, and every list without JavaScript."""

from playwright.sync_api import Browser, expect

from tests.api.console.scenarios.desk import Desk
from tests.api.console.scenarios.people import press_and_go_on, shown, signed_in

SEVEN = 7


def test_seven_cases_are_decided_by_seven_keys(desk: Desk, browser: Browser) -> None:
    """One key a case, whichever way it goes; no photo is seen, and the list is empty at the end."""
    cases = desk.copies(51, SEVEN, nudity=True)
    takedown = desk.staydown.get(f"/v1/cases/{cases[0]}")["lineage"]["takedown_id"]
    keys = ["r" if number % 5 == 4 else "u" for number in range(SEVEN)]
    decided = {}
    with signed_in(browser, desk, "of seven") as page:
        page.goto(f"{desk.url}/console?takedown_id={takedown}")
        page.keyboard.press("Enter")
        for key in keys[:-1]:
            decided[shown(page)] = key
            press_and_go_on(page, key)
        decided[shown(page)] = keys[-1]
        page.keyboard.press(keys[-1])
        expect(page.get_by_role("heading", name="What waits to be decided")).to_be_visible()
        expect(page.get_by_text("No case is like this.")).to_be_visible()
    assert list(decided) == cases
    outcomes = {"u": "uphold", "r": "reject"}
    for case_id, key in decided.items():
        case = desk.staydown.get(f"/v1/cases/{case_id}")
        assert [(one["outcome"], one["state"]) for one in case["decisions"]] == [(outcomes[key], "effective")]
        assert "case:media:viewed" not in {one["action"] for one in case["history"]}


def test_lists_and_counts_work_without_javascript(desk: Desk, browser: Browser) -> None:
    """Filters are a form, what a case would hit is a link, what waits for a second person a list."""
    (case_id,) = desk.copies(52)
    with signed_in(browser, desk, "plain of lists", java_script_enabled=False) as page:
        page.get_by_label("Find").fill(case_id)
        page.get_by_role("button", name="Show", exact=True).click()
        rows = page.locator(".cases tbody tr")
        expect(rows).to_have_count(1)
        rows.get_by_role("link").click()
        assert shown(page) == case_id
        page.get_by_role("link", name="Count what it would hit").click()
        expect(page.get_by_text("Upheld, it would hit no earlier upload.")).to_be_visible()
        page.get_by_role("link", name="Approvals").click()
        expect(page.get_by_text("No decision waits for a second person.")).to_be_visible()
        page.get_by_role("link", name="Groups").click()
        page.get_by_role("link", name="By kind of evidence").click()
        expect(page.get_by_role("heading", name="Copies that are alike")).to_be_visible()
        page.goto(f"{desk.url}/console?text={case_id}&strength=exact")
        page.get_by_role("link", name="Show all").first.click()
        expect(rows.first).to_be_visible()
