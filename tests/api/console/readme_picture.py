"""
Make the picture of a case that the README shows: a drawn scene, a real server, a real browser.

    python -m tests.api.console.readme_picture            writes docs/console.png
    python -m tests.api.console.readme_picture OTHER.png

Needs Chromium, as the tests in `scenarios/` do. Nothing of it is a photo, and nobody of the names exists.
"""

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.api.console.scenarios.desk import Desk, open_desk
from tests.api.console.scenarios.people import signed_in
from tests.helpers.running.browsers import find_browser

PICTURE: Final = Path(__file__).parents[3] / "docs" / "console.png"
_SIZE: Final = {"width": 1280, "height": 820}
_COLOURS: Final = 255
"""Of a page with few colours nobody misses more, and the file is a third of the size."""


def photographed(desk: Desk, browser: Browser) -> bytes:
    """Open a case as a moderator does, and return a PNG of the page once all of it is there."""
    case_id, *_ = desk.copies(31, 4)
    with signed_in(browser, desk, "alex") as page:
        page.set_viewport_size(_SIZE)
        page.goto(f"{desk.url}/console/cases/{case_id}")
        expect(page.locator("#holder")).to_have_text("held by you")
        for drawn in page.locator(".side.original img, .side.copy img").all():
            expect(drawn).to_have_js_property("complete", True)
        return page.screenshot()


def main(file: Path = PICTURE) -> None:
    """Write the picture."""
    with TemporaryDirectory() as folder, open_desk(Path(folder)) as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        shot = photographed(desk, browser)
        browser.close()
    with Image.open(io.BytesIO(shot)) as page:
        page.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:2]))
