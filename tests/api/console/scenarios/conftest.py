"""One server for all that is looked at in a real browser."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from api.console.cases import done
from casework.handlers.deciding import undo
from tests.api.console.scenarios.desk import Desk, open_desk


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """
    Serve a console; only where there is a browser to look at it.

    Decisions may be undone for a minute: how long that is is tested where a clock is set, and a machine may be busy.
    """
    with pytest.MonkeyPatch.context() as patched, open_desk(tmp_path_factory.mktemp("desk")) as opened:
        for module in (undo, done):
            patched.setattr(module, "UNDO_FOR", timedelta(minutes=1))
        yield opened
