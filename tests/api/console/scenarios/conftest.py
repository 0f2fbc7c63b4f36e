"""One server and one browser for all that is looked at in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.api.console.scenarios.desk import Desk, open_desk
from tests.browser import browsing


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Start Chromium, or skip."""
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def desk(chrome: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve a console; only where there is a browser to look at it."""
    with open_desk(tmp_path_factory.mktemp("desk")) as opened:
        yield opened
