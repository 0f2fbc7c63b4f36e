"""Putting an erasure on record: once for a case or an upload, whoever asks and however often."""

from casework.domain.actor import Actor
from casework.domain.ids import CaseId, ErasureId, UploadId, new_id
from casework.domain.keeping.erasure import Erasure, ErasureState
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record


def requested_erasure(scope_id: CaseId | UploadId, actor: Actor, reason: str, uow: UnitOfWork) -> Erasure:
    """
    Return the erasure of a case's report and takedown, or of an upload; a new one if nobody asked before.

    Args:
        scope_id: Of which it is known that it may be erased.

        actor: Who asks.

        reason: Why, in words that name nobody.

        uow: The transaction.
    """
    earlier = uow.erasures.of_scope(scope_id)
    if earlier is not None:
        return earlier
    erasure = Erasure(
        id=ErasureId(new_id("era", uow.now)),
        scope_id=scope_id,
        state=ErasureState.REQUESTED,
        requested_by=actor.id,
        reason=reason,
        requested_at=uow.now,
    )
    uow.erasures.add(erasure)
    record(uow, actor, "erasure:requested", scope_id, erasure_id=erasure.id)
    return erasure
