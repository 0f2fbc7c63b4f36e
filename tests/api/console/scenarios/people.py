"""People at a browser, who sign in and go from case to case."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.api.console.browsers import PASSWORD
from tests.api.console.scenarios.desk import Desk

CASE = re.compile(r"case_\w+")


@contextmanager
def signed_in(browser: Browser, desk: Desk, name: str, **options: object) -> Iterator[Page]:
    """Open a browser of somebody, who signs in; at its end nothing has complained."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{desk.url}/console")
    page.get_by_label("Name").fill(desk.person(name))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What waits to be decided")).to_be_visible()
    yield page
    context.close()
    assert complaints == []


def shown(page: Page) -> str:
    """Return which case is shown, once one is."""
    main = page.locator("main[data-case]")
    expect(main).to_have_attribute("data-case", CASE)
    return str(main.get_attribute("data-case"))


def press_and_go_on(page: Page, key: str) -> str:
    """Press a key that leads to another case; return which."""
    before = shown(page)
    page.keyboard.press(key)
    expect(page.locator("main[data-case]")).not_to_have_attribute("data-case", before)
    return shown(page)
