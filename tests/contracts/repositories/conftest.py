"""A record to test: the fake that handlers are tested with, or SQL; what holds of one holds of the other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.security.ring import Ring
from casework.persistence.connection.database import open_database
from casework.persistence.unit_of_work import transaction
from casework.ports.unit_of_work import UnitOfWork
from tests.fakes import FakeClock, FakeUnitOfWork
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

RECORDS = ["fake", *KINDS]


@pytest.fixture(params=RECORDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UnitOfWork]:
    """Open one transaction over an empty record; nothing of it is kept."""
    if request.param == "fake":
        yield FakeUnitOfWork()
        return
    with empty_record(request.param, request, tmp_path) as url:
        engine = open_database(url)
        try:
            with transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=1), vault=Ring.made()) as uow:
                yield uow
        finally:
            engine.dispose()
