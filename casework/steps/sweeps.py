"""Whose a look-back is: a worker that was too slow must not write over what its successor did."""

from casework.domain.errors import LeaseLostError
from casework.domain.takedowns.sweep import Lookback
from casework.ports.unit_of_work import UnitOfWork


def require_lease(lookback: Lookback, uow: UnitOfWork) -> Lookback:
    """
    Lock and read a look-back that this worker has claimed.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    current = uow.lookbacks.get(lookback.id, lock=True)
    if current.lease_id != lookback.lease_id:
        message = f"look-back {lookback.id} was taken over by another worker"
        raise LeaseLostError(message)
    return current
