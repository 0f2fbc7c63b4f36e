"""Empty records, and transactions on them without a service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine

from api.clock import SystemClock
from api.security.ring import Ring
from casework.persistence.connection.database import migrate, open_database
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction

VAULT = Ring.made()


def prepared(address: str) -> str:
    """Bring the schema of a record up to date."""
    engine = open_database(address)
    migrate(engine, VAULT)
    engine.dispose()
    return address


@contextmanager
def writing(engine: Engine) -> Iterator[SqlUnitOfWork]:
    """Begin a transaction."""
    with transaction(engine, clock=SystemClock(), preview_retention=timedelta(days=1), vault=VAULT) as uow:
        yield uow
