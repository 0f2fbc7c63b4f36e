"""Appeals against decisions, by reporters and for those who posted something, and deciding them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from casework.domain.cases.appeal import AppealBy, AppealOutcome


class ReceiptIn(BaseModel):
    """A receipt, as proof of who filed a report."""

    model_config = ConfigDict(extra="forbid")

    number: str
    secret: str


class AppealIn(BaseModel):
    """Somebody asks for a decision to be looked at again."""

    model_config = ConfigDict(extra="forbid")

    decision_id: str | None = None
    receipt: ReceiptIn | None = Field(None, description="Instead of `decision_id`, for reporters.")
    upload: str | None = Field(
        None,
        description="Instead of `decision_id`, for who posted it: our id of the upload, `upl_…`. A pipeline appeals "
        "for its user by this alone, about uploads of its own key and of the operator.",
        examples=["upl_1KZ6Q0W7T4M8X2N5B9C3D7F1G"],
    )
    by: AppealBy
    grounds: str = Field(min_length=1, max_length=10_000)


class ReceiptAppealIn(BaseModel):
    """Why the decision about a report should be looked at again."""

    model_config = ConfigDict(extra="forbid")

    grounds: str = Field(min_length=1, max_length=10_000)


class AppealOut(BaseModel):
    """An appeal."""

    id: str
    decision_id: str = Field(description="That it is against; what restricts an upload may be another one by now.")
    case_id: str
    upload: str | None = Field(description="The upload it is about, where it was filed for who posted it.")
    by: AppealBy
    grounds: str
    state: Literal["open", "overturned", "stands"]
    filed_at: datetime
    decided_by: str | None = Field(description="Null for pipelines.")
    decided_at: datetime | None
    note: str | None = Field(description="For colleagues; null for pipelines.")


class AppealPage(BaseModel):
    """A page of appeals."""

    items: list[AppealOut]
    next: str | None


class AppealDecisionIn(BaseModel):
    """What the reviewer of an appeal decides."""

    model_config = ConfigDict(extra="forbid")

    outcome: AppealOutcome
    note: str | None = Field(None, max_length=5_000)
