"""What an appeal shows."""

from api.schemas.cases import AppealOut
from casework.domain.cases.appeal import Appeal


def appeal_out(appeal: Appeal) -> AppealOut:
    """Show an appeal."""
    return AppealOut(
        id=appeal.id,
        decision_id=appeal.decision_id,
        case_id=appeal.case_id,
        by=appeal.by,
        grounds=appeal.grounds,
        state=appeal.state.value,
        filed_at=appeal.filed_at,
        decided_by=appeal.decided_by,
        decided_at=appeal.decided_at,
        note=appeal.note,
    )
