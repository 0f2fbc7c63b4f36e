"""
One at a time: whoever changes what stands, or relies on it staying so, holds the `takedowns` counter first.

Everything else a transaction locks (cases, takedowns, uploads) it locks afterwards, so two that touch the same rows
wait for each other here and never in a circle. Between a search made now and the commit no takedown slips through.
"""

from casework.domain.media import Collection
from casework.ports.unit_of_work import UnitOfWork


def hold_what_stands(uow: UnitOfWork) -> int:
    """Keep others from changing what stands until this transaction ends; return the version it stands at."""
    return uow.index_log.version(Collection.TAKEDOWNS)
