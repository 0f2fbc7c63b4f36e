"""People at a browser, who sign in and go from case to case."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from casework.domain.actor import Role
from tests.api.console.browsers import PASSWORD
from tests.api.console.scenarios.desk import Desk

REFUSED = "the server responded with a status of 4"
CASE = re.compile(r"case_\w+")


@contextmanager
def signed_in(
    browser: Browser, desk: Desk, name: str, *, role: Role = Role.MODERATOR, refused: bool = False, **options: object
) -> Iterator[Page]:
    """
    Open a browser of somebody, who signs in; at its end nothing has complained.

    Args:
        browser: Any.

        desk: Where.

        name: Who; they are let in where they are not yet.

        role: As what.

        refused: Whether they open pages that are answered 4xx, too, of which a browser complains.

        options: Of the browser.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{desk.url}/console")
    page.get_by_label("Name").fill(desk.person(name, role))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What waits to be decided")).to_be_visible()
    yield page
    context.close()
    assert [one for one in complaints if not (refused and REFUSED in one)] == []


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
