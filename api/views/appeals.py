"""What an appeal shows."""

from api.schemas.casework.appeals import AppealOut
from casework.domain.actor import Actor
from casework.domain.cases.appeal import Appeal


def appeal_out(appeal: Appeal, reader: Actor | None = None) -> AppealOut:
    """
    Show an appeal.

    Args:
        appeal: The appeal.

        reader: Who reads it: a pipeline is not told who decided, nor what they noted for colleagues.
    """
    outside = reader is not None and reader.sees_only_own
    return AppealOut(
        id=appeal.id,
        decision_id=appeal.decision_id,
        case_id=appeal.case_id,
        upload=appeal.upload_id,
        by=appeal.by,
        grounds=appeal.grounds,
        state=appeal.state.value,
        filed_at=appeal.filed_at,
        decided_by=None if outside else appeal.decided_by,
        decided_at=appeal.decided_at,
        note=None if outside else appeal.note,
    )
