"""
One at a time: a transaction that changes which takedowns stand, or relies on them, locks the `takedowns` counter
first.

Everything else a transaction locks (cases, takedowns, uploads) it locks afterwards, so two that touch the same rows
wait for each other here and never in a circle. Between a search made now and the commit no takedown slips through.
"""

from casework.domain.media import Collection
from casework.ports.unit_of_work import UnitOfWork


def lock_takedowns(uow: UnitOfWork) -> int:
    """Keep others from changing which takedowns stand until this transaction ends; return the collection's version."""
    return uow.index_log.version(Collection.TAKEDOWNS)
