"""How long what is on record is kept."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from casework.domain.keeping.retention import RETENTION, Dated


class Keeping(BaseModel):
    """How long what is on record is kept."""

    preview_retention_days: Annotated[float, Field(gt=0, le=3650)] = Field(
        30.0, description="How long previews are kept."
    )
    retention_withdrawn_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.WITHDRAWN].default_days, description="When a reversed takedown is erased; 0 keeps it."
    )
    retention_rejected_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.REJECTED].default_days, description="When a rejected report is erased; 0 keeps it."
    )
    retention_uploads_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.UPLOADS].default_days, description="When signals of published uploads are erased; 0 keeps them."
    )
    retention_post_texts_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.POST_TEXTS].default_days, description="When post texts are erased; 0 keeps them."
    )

    @property
    def retention(self) -> dict[Dated, timedelta]:
        """How long each kind of record is kept; those that are kept for ever are left out."""
        days = {kind: float(getattr(self, f"retention_{kind.value}_days")) for kind in RETENTION}
        return {kind: timedelta(days=each) for kind, each in days.items() if each > 0}
