"""A service whose receipts may be shown as often as tests do, which all come from one address."""

import os
from collections.abc import Iterator

import pytest

from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.records.empty_records import record_url


@pytest.fixture(scope="module", params=[os.environ.get("STAYDOWN_TEST_DATABASE", "sqlite")])
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open one service for the tests of a module; they keep apart by using other pictures."""
    folder = tmp_path_factory.mktemp("staydown")
    with (
        record_url(request.param, request) as url,
        running(settings_in(folder, database_url=url, receipts_per_minute=10_000)) as service,
    ):
        yield service
