"""Messages between who reported and who decides."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.words import FACTS_DESCRIBED
from casework.domain.cases.report import MOST_OTHER_URLS, Report
from casework.domain.ids import TakedownId
from casework.domain.media import SubmittedMedia
from casework.handlers.reports.converse import Answer

Address = Annotated[str, Field(min_length=1, max_length=2_000)]


class MessageIn(BaseModel):
    """What is written to the reporter."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=10_000, examples=["Thank you; we look at it today."])


class StatementChange(BaseModel):
    """What the reporter declares in addition."""

    model_config = ConfigDict(extra="forbid")

    non_consent: bool | None = Field(None, strict=True)
    good_faith: bool | None = Field(None, strict=True)
    signature: str | None = Field(None, min_length=1, max_length=500)
    explanation: str | None = Field(None, min_length=1, max_length=10_000)


class ReporterChange(BaseModel):
    """What the reporter adds about themselves; what they are to the person depicted stays as it was reported."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=500)
    contact: str | None = Field(None, min_length=1, max_length=500)
    authority_evidence: str | None = Field(None, min_length=1, max_length=5_000)
    uploader_id: str | None = Field(None, min_length=1, max_length=255)


class ContentChange(BaseModel):
    """What the reporter adds about the post, where it was not said before."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = Field(None, min_length=1, max_length=2_000)
    upload_id: str | None = Field(None, min_length=1, max_length=255)
    uploader_id: str | None = Field(None, min_length=1, max_length=255)
    post_text: str | None = Field(None, min_length=1, max_length=20_000)
    other_urls: list[Address] | None = Field(
        None, max_length=MOST_OTHER_URLS, description="Further addresses of the same; they are added to those known."
    )


class AnswerIn(BaseModel):
    """What a reporter says, and what they add: words, facts, or what the notice still lacks."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "It is me in the picture.", "statement": {"signature": "A. Person"}}],
        },
    )

    text: str | None = Field(None, min_length=1, max_length=10_000)
    facts: dict[str, object] = Field(
        {}, description="Facts a reporter can know; a reviewer's are refused.", json_schema_extra=FACTS_DESCRIBED
    )
    statement: StatementChange = StatementChange()
    reporter: ReporterChange = ReporterChange()
    content: ContentChange = ContentChange()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said and nothing is added."""
        return self == AnswerIn()

    def to_command(
        self, report: Report, media: tuple[SubmittedMedia, ...], linked_takedown_id: TakedownId | None
    ) -> Answer:
        """Hand it inwards, with whose report it is and what was hashed."""
        return Answer(
            report=report,
            text=self.text,
            facts=self.facts,
            statement=_given(self.statement),
            reporter=_given(self.reporter),
            content=_given(self.content),
            media=media,
            linked_takedown_id=linked_takedown_id,
        )


class MessageOut(BaseModel):
    """One message."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    sender: Literal["reporter", "moderator"] = Field(alias="from")
    name: str | None = Field(description="Of the moderator, for colleagues; null on a receipt and for the reporter.")
    text: str | None = Field(description="Null where something was only added, or the words were erased.")
    at: datetime
    asks: bool = Field(description="Whether it asks the reporter for information.")
    added: list[str] = Field(description="What came with it.", examples=[["media", "signature", "fact:nudity"]])


def _given(change: BaseModel) -> dict[str, Any]:
    return change.model_dump(exclude_none=True)
