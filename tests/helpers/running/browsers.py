"""A real browser without a window, for tests about pages; where none is installed they are skipped and say so."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""What systems call it; Debian's package is called as the first is."""

PATIENCE_MS = 60_000
"""How long what is expected of a page may take: on a busy machine the five seconds of the library are short."""


def find_browser() -> Path | None:
    """Return the first browser on the path, or None."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(one) for one in found if one is not None), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """
    Start a browser, once for the tests of a file.

    Its library keeps an event loop running in this thread as long as it is there: no other test could run one.
    """
    executable = find_browser()
    if executable is None:
        pytest.skip(f"no browser is installed (none of {', '.join(NAMES)}; Debian: {NAMES[0]})")
    with sync_playwright() as playwright:
        # Its own walls need rights that a container seldom gives; these pages are ours.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        expect.set_options(timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            browser.close()
