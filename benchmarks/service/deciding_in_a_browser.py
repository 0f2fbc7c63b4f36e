"""
How long a moderator waits between one copy and the next in a real browser: part of `many_cases`.

By keys alone, as a moderator works: the case is looked at for a second, the context is said to be assessed (`c`), and
`u` upholds. The browser's own clock says, from that key on, when the decision was answered, when the page of the next
case was painted, and when its drawings were there.
"""

import shutil
from typing import Final

import numpy as np
from playwright.sync_api import Page, sync_playwright

from api.security.people.accounts import add_person
from api.service import Service
from casework.domain.actor import Actor, Role

_BROWSERS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_NAME: Final = "moderator"
_PASSWORD = "four quiet words here"  # noqa: S105  # of a record that is thrown away
_LOOKED_AT_MS: Final = 1_000
_ASKED_EVERY_MS: Final = 50

_TIMES: Final = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const [painted] = performance.getEntriesByName("first-contentful-paint");
    const drawings = performance.getEntriesByType("resource").filter((one) => one.name.includes("/drawings/"));
    if (!painted || !page.loadEventEnd) return null;
    return {
        acknowledged: page.redirectEnd,
        painted: painted.startTime,
        drawn: Math.max(painted.startTime, ...drawings.map((one) => one.responseEnd)),
    };
}"""


def add_moderator(service: Service, actor: Actor) -> None:
    """Let the one who decides sign in."""
    with service.writing() as uow:
        add_person(uow, _NAME, role=Role.MODERATOR, password=_PASSWORD, actor=actor)


def browser_on_the_path() -> str | None:
    """Return the first browser that is installed, or None."""
    return next((found for name in _BROWSERS if (found := shutil.which(name)) is not None), None)


def time_decisions(address: str, takedown_id: str, *, count: int) -> dict[str, list[float]]:
    """
    Uphold copies one after the other.

    Args:
        address: Of the server.

        takedown_id: Whose copies wait; one more than are decided.

        count: How many are decided. The first is not counted: the browser has not read the scripts yet.

    Returns:
        Milliseconds from the key to each moment, of each decision; empty where no browser is installed.
    """
    executable = browser_on_the_path()
    if executable is None:
        return {}
    took_ms: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        _sign_in(page, address)
        page.goto(f"{address}/console?takedown_id={takedown_id}")
        page.keyboard.press("Enter")
        page.wait_for_selector("main[data-case] .buttons")
        for _ in range(count):
            for moment, after_ms in _decide(page).items():
                took_ms.setdefault(moment, []).append(after_ms)
        browser.close()
    return {f"{moment}, in a browser": times[1:] for moment, times in took_ms.items()}


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/console")
    page.get_by_label("Name").fill(_NAME)
    page.get_by_label("Password").fill(_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#start")


def _decide(page: Page) -> dict[str, float]:
    """Look at the case that is shown, uphold it, and return when what was there of the next."""
    before = page.get_attribute("main", "data-case")
    page.wait_for_timeout(_LOOKED_AT_MS)
    page.keyboard.press("c")
    page.wait_for_selector('#advice:not([data-needs-reason*="uphold"])')
    page.keyboard.press("u")
    page.wait_for_selector(f'main[data-case]:not([data-case="{before}"])')
    while (times := page.evaluate(_TIMES)) is None:
        page.wait_for_timeout(_ASKED_EVERY_MS)
    return {name: float(np.round(after_ms, 1)) for name, after_ms in times.items()}
