"""A group of twelve in a real browser: seen as drawings, and decided by keys alone."""

from playwright.sync_api import Browser, expect

from tests.api.console.scenarios.desk import Desk
from tests.api.console.scenarios.people import signed_in
from tests.helpers.media.pictures import photo_bytes


def of_twelve(desk: Desk) -> tuple[str, list[str]]:
    """Take a picture down and register twelve copies of it; return the takedown and their cases."""
    takedown = desk.staydown.take_down(photo_bytes(90), nudity=False)["takedown_id"]
    uploads = [  # by a few people: those of many would bring the takedown into quarantine
        desk.staydown.upload(f"of-twelve-{n}", photo_bytes(90, quality=31 + n), uploader_id=f"poster-{n % 5}")
        for n in range(12)
    ]
    return takedown, [one["case_id"] for one in uploads]


def test_twelve_copies_are_decided_by_keys_and_each_is_answered(desk: Desk, browser: Browser) -> None:
    """All but one that its own post keeps apart; the rest by two keys, as the policy recommends."""
    takedown, cases = of_twelve(desk)
    desk.staydown.find_out(cases[7], newsworthy_event=True)
    with signed_in(browser, desk, "of twelve") as page:
        page.get_by_role("link", name="Groups").click()
        page.get_by_role("row").filter(has_text=takedown).get_by_role("link").click()
        expect(page.locator("#chosen")).to_have_text("11 of 12 are chosen.")
        tiles = page.locator(".tile:not(.removed)")
        expect(tiles.first.locator("input")).to_have_value(cases[7])
        drawn = tiles.first.locator("img")
        expect(drawn).to_have_js_property("complete", True)
        assert drawn.evaluate("image => image.naturalWidth") > 100
        page.keyboard.press("u")
        expect(page.locator("#say-why")).to_contain_text("The policy recommends otherwise")
        page.keyboard.press("n")
        expect(page.locator("#chosen")).to_have_text("0 of 12 are chosen.")
        for key in ("l", "j", "c", "u"):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name="11 cases decided: a copy")).to_be_visible()
        expect(page.locator("details table tbody tr")).to_have_count(11)
        page.keyboard.press("z")
        expect(page.locator(".tile:not(.removed)")).to_have_count(12)
        for key in ("c", "u"):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name="11 cases decided: a copy")).to_be_visible()
        page.get_by_role("link", name="What is left of the group").click()
        expect(page.locator(".tile:not(.removed)")).to_have_count(1)
    asked = f"/v1/cases?takedown_id={takedown}&state=decided&limit=200"
    assert {one["id"] for one in desk.staydown.get(asked)["items"]} == set(cases) - {cases[7]}


def test_group_is_decided_without_javascript(desk: Desk, browser: Browser) -> None:
    """Boxes and buttons; the answers are a page."""
    first, second = desk.copies(91, 2)
    takedown = desk.staydown.get(f"/v1/cases/{first}")["lineage"]["takedown_id"]
    with signed_in(browser, desk, "plain of two", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/console/group?group={takedown}")
        page.locator(f'input[value="{second}"]').uncheck()
        page.get_by_role("button", name="No copies").click()
        expect(page.get_by_role("heading", name="1 case decided: not a copy")).to_be_visible()
    assert desk.staydown.get(f"/v1/cases/{first}")["state"] == "decided"
    assert desk.staydown.get(f"/v1/cases/{second}")["state"] == "open"
