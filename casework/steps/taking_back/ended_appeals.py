"""Appeals about an upload that was let go before anybody decided them: they got what they asked for, and are closed."""

from typing import Final

from casework.domain.actor import SERVICE
from casework.domain.cases.appeal import AppealOutcome, AppealState
from casework.domain.events import EventType
from casework.domain.takedowns.upload import Upload
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce, record

ENDED_BEFORE: Final = "What restricted the upload ended before the appeal was decided."


def end_appeals(upload: Upload, uow: UnitOfWork) -> None:
    """
    Close the open appeals for who posted an upload; the platform hears of each.

    Args:
        upload: Let go.

        uow: The transaction.
    """
    for appeal in uow.appeals.of_upload(upload.id):
        if appeal.state is not AppealState.OPEN:
            continue
        uow.appeals.update(appeal.decide(AppealOutcome.OVERTURN, by=SERVICE.id, note=ENDED_BEFORE, now=uow.now))
        announce(
            uow,
            EventType.APPEAL_DECIDED,
            None,
            about=upload,
            appeal_id=appeal.id,
            decision_id=appeal.decision_id,
            case_id=appeal.case_id,
            by=appeal.by.value,
            outcome=AppealOutcome.OVERTURN.value,
            upload=upload.id,
            upload_id=upload.platform_id,
            report_id=None,
        )
        record(uow, SERVICE, "appeal:decided", appeal.case_id, appeal_id=appeal.id, outcome="overturn")
