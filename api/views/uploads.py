"""What an upload shows: its verdict, and for who posted it why, and how their appeals stand."""

from api.schemas.uploads import StatementOut, UploadAppeal, UploadView
from casework.domain.takedowns.upload import Upload
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.uploads.standing import restriction_of


def upload_view(upload: Upload, uow: UnitOfWork) -> UploadView:
    """Show an upload as it stands now."""
    restriction = restriction_of(upload, uow)
    return UploadView(
        upload=upload.id,
        upload_id=upload.platform_id,
        uploader_id=upload.uploader_id,
        url=upload.url,
        verdict=upload.verdict.value,
        case_id=upload.case_id,
        decision_id=None if restriction is None else restriction.decision_id,
        statement_of_reasons=StatementOut.of(restriction),
        appeals=[
            UploadAppeal(id=one.id, state=one.state, filed_at=one.filed_at, decided_at=one.decided_at)
            for one in uow.appeals.of_upload(upload.id)
        ],
        registered_at=upload.registered_at,
        facts=upload.facts,
    )
