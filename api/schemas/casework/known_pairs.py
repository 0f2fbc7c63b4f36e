"""Pairs whose answer is known, as seniors plant them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.casework.people import PersonOut


class KnownPairIn(BaseModel):
    """What is known of two pictures."""

    model_config = ConfigDict(extra="forbid")

    is_copy: bool = Field(description="Whether the second picture is a copy of the first.")


class KnownCaseIn(BaseModel):
    """A decided case about a copy: what stands decided of it is known."""

    model_config = ConfigDict(extra="forbid")

    case_id: str = Field(max_length=40, description="A case about a copy that people decided.")


class AgreedOut(BaseModel):
    """What people said of a pair in the last year; who could not tell is left out."""

    answers: int
    right: int = Field(description="Those that say what is known.")


class KnownPairOut(BaseModel):
    """A pair of pictures whose answer is known."""

    id: str = Field(examples=["pair_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    is_copy: bool
    case_id: str | None = Field(description="The case whose pictures they are; null for two that were sent.")
    shown: bool = Field(
        description="Whether people are asked about it: its pictures are kept, and what is known stands."
    )
    agreed: AgreedOut
    added_by: PersonOut
    added_at: datetime
    removed_at: datetime | None


class KnownPairPage(BaseModel):
    """A page of known pairs."""

    items: list[KnownPairOut]
    next: str | None
