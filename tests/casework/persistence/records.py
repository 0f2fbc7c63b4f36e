"""Empty records, and transactions on them without a service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine

from api.clock import SystemClock
from api.security.ring import Ring
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction

VAULT = Ring.made()


@contextmanager
def writing(engine: Engine) -> Iterator[SqlUnitOfWork]:
    """Begin a transaction."""
    with transaction(engine, clock=SystemClock(), preview_retention=timedelta(days=1), vault=VAULT) as uow:
        yield uow
