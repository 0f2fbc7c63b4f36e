"""What a takedown shows: its state, its signals by type and count, and their values to auditors alone."""

from collections import Counter

from api.schemas.casework.takedowns import ReferenceOut, TakedownOut
from api.schemas.casework.trust import LackOut
from api.schemas.media import SignalOut
from casework.domain.takedowns.takedown import Takedown
from casework.ports.unit_of_work import UnitOfWork


def takedown_out(takedown: Takedown, uow: UnitOfWork, *, with_values: bool) -> TakedownOut:
    """Show a takedown."""
    items = uow.index_log.of_owner(takedown.id)
    references = uow.takedowns.references(takedown.id)
    values = None
    if with_values:
        media = uow.media.many(references)
        values = [
            ReferenceOut(media_id=one.id, signals=[SignalOut.of(signal) for signal in one.signals])
            for one in media.values()
        ]
    return TakedownOut(
        id=takedown.id,
        case_id=takedown.case_id,
        decision_id=takedown.decision_id,
        state=takedown.state,
        hash_action=takedown.hash_action.value,
        low_quality=takedown.low_quality,
        created_at=takedown.created_at,
        effective_at=takedown.effective_at,
        reversed_at=takedown.reversed_at,
        reversed_by=takedown.reversed_by,
        reversal_reason=takedown.reversal_reason,
        interim_since=takedown.interim_since,
        ends_at=takedown.interim_until if takedown.is_interim else None,
        source=takedown.source,
        automation="block" if takedown.acts_by_itself else "hold",
        lacks=LackOut.all_of(takedown.trust_lacks),
        quarantined_at=takedown.quarantined_at,
        reason=takedown.quarantine_reason,
        quarantine_case_id=takedown.quarantine_case_id,
        linked_reports=uow.cases.linked_to(takedown.id),
        references=len(references),
        signals=dict(Counter(item.signal.type for item in items)),
        values=values,
    )
