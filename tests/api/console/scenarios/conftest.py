"""One server for all that is looked at in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.api.console.scenarios.desk import Desk, open_desk


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve a console; only where there is a browser to look at it."""
    with open_desk(tmp_path_factory.mktemp("desk")) as opened:
        yield opened
