"""Cases in lists and groups."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.schemas.casework.cases import CaseSummary
from api.schemas.words import StrengthWord
from casework.domain.cases.report import Relation
from casework.domain.takedowns.evidence_kind import EvidenceKind


class EvidenceKindOut(BaseModel):
    """One kind of evidence, without what differs from copy to copy."""

    strength: StrengthWord = Field(description="How sure the match is.", examples=["near"])
    signals: list[str] = Field(description="Types of the signals that agree.", examples=[["pdq/1", "phash/1"]])
    transformation: str = Field(description="What was done, without amounts.", examples=["mirrored, cropped"])

    @classmethod
    def of_key(cls, key: str) -> "EvidenceKindOut":
        """Write the kind that has this key."""
        kind = EvidenceKind.from_key(key)
        return cls(strength=kind.strength.value, signals=list(kind.signals), transformation=kind.transformation)


class CaseRow(CaseSummary):
    """A case in a list, with what tells it from the others."""

    hash_action: str = Field(description="What the recommendation does with the media.", examples=["hold_match_only"])
    conduct: str = Field(description="What the post does.", examples=["shared_media"])
    relation: Relation | None = Field(description="Who reported it is to the person depicted; null of a match.")
    takedown_id: str | None = Field(description="What was matched, or is in quarantine.")
    linked_takedown_id: str | None = Field(description="The takedown that held the media when it was reported.")
    upload: str | None = Field(description="The upload that matched, by our id.")
    upload_id: str | None = Field(description="The same, or the post a report names, by the platform's id.")
    uploader_id: str | None = Field(description="Who posted it.")
    strength: StrengthWord | None = Field(description="How sure the match is.")
    evidence: EvidenceKindOut | None = Field(description="What kind of evidence the match rests on.")
    explanation: str | None = Field(description="What the match shows, in a line.", examples=["mirrored, re-encoded"])


class CasePage(BaseModel):
    """A page of cases."""

    items: list[CaseRow]
    next: str | None


class SampleOut(BaseModel):
    """One case of a group, to be looked at before the group is decided."""

    case_id: str
    upload_id: str | None = Field(description="The platform's id of the upload.")
    uploader_id: str | None
    deadline: datetime
    explanation: str | None = Field(examples=["mirrored, re-encoded"])
    media: str = Field(description="Address of its preview, while that is kept; looking is on record.")
    looked_at: bool = Field(description="Whether you have looked at it: seen its preview, or claimed it.")


class CaseGroupOut(BaseModel):
    """Open cases that can be decided at once."""

    group: str = Field(
        description="Its key, for `POST /v1/cases/decisions`.",
        examples=["tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G near pdq/1+phash/1 mirrored"],
    )
    takedown_id: str
    evidence: EvidenceKindOut | None = Field(description="Null of groups by takedown.")
    cases: int
    oldest_deadline: datetime
    sample: list[SampleOut] = Field(
        description="Cases from the first due to the last: as many as are to be looked at before more than "
        "`STAYDOWN_SAMPLE_ABOVE` are decided at once."
    )


class CaseGroupPage(BaseModel):
    """A page of groups."""

    items: list[CaseGroupOut]
    next: str | None
