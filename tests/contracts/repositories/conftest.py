"""A record to test: the fake that handlers are tested with, or SQL; what holds of one holds of the other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.security.ring import Ring
from casework.persistence.connection.database import migrate, open_database, url_of_file
from casework.persistence.unit_of_work import transaction
from casework.ports.unit_of_work import UnitOfWork
from tests.databases import KINDS, database_url
from tests.fakes import FakeClock, FakeUnitOfWork

RECORDS = ["fake", *KINDS]


@pytest.fixture(params=RECORDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UnitOfWork]:
    """Open one transaction over an empty record; nothing of it is kept."""
    if request.param == "fake":
        yield FakeUnitOfWork()
        return
    with database_url(request.param, request) as url:
        engine = open_database(url or url_of_file(tmp_path / "record.db"))
        try:
            vault = Ring.made()
            migrate(engine, vault)
            with transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=1), vault=vault) as uow:
                yield uow
        finally:
            engine.dispose()
