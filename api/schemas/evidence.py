"""
Evidence, as the API's reference describes it: three shapes, told apart by what they have.

Answers are written from what the matcher recorded (`as_record`), not from these; a test holds that both have the same
fields.
"""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.words import SignalTypeWord, StrengthWord

_SHARE = "0..1."


class HashEvidenceOut(BaseModel):
    """Two hashes, and how far they are apart."""

    model_config = ConfigDict(extra="forbid")

    signal: SignalTypeWord = Field(description="The type of both.")
    distance: int = Field(ge=0, description="Bits in which they differ.")
    threshold: int = Field(ge=0, description="Largest distance that counts, inclusive.")
    quality: int | None = Field(description="The lower of both, 0..100; null where one is not known.")
    query_quality: int | None = Field(description="0..100; null where it is not known.")
    reference_quality: int | None = Field(description="0..100; null where it is not known.")
    transformation: str = Field(description="How the reference was turned, or not.", examples=["mirrored"])


class LocalEvidenceOut(BaseModel):
    """The reference found as a part of the picture."""

    model_config = ConfigDict(extra="forbid")

    signal: SignalTypeWord = Field(description="The type of the keypoints.")
    strength: StrengthWord | None = Field(description="What it is worth by itself; null for too little.")
    inliers: int = Field(ge=0, description="Keypoints that agree on where it lies.")
    agreement: float = Field(description=f"Share of the blocks compared that agree, {_SHARE}")
    coverage: float = Field(description=f"Share of the reference that is seen, {_SHARE}")
    changed: float = Field(description=f"Share of it that one patch takes in which the pixels are others, {_SHARE}")
    share_of_query: float = Field(description=f"Share of the query that is the reference, {_SHARE}")
    region: list[list[float]] = Field(
        description="Its outline in the query, clockwise from its upper left corner, each coordinate 0..1; it may "
        "reach outside."
    )
    transform: list[list[float]] = Field(
        description="2 × 3: from the reference to the query at the reference's middle, both measured 0..1."
    )
    score: float = Field(description="Logit that this is a copy.")
    transformation: str = Field(description="What was done.", examples=["mirrored, cropped to 52 %"])


class VideoEvidenceOut(BaseModel):
    """A stretch of a video that both have."""

    model_config = ConfigDict(extra="forbid")

    signal: SignalTypeWord = Field(description="By which frames were compared.")
    query_span_s: list[float] | None = Field(description="Its beginning and end in the query; null for a picture.")
    reference_span_s: list[float] | None = Field(description="The same in the reference.")
    frames: int = Field(ge=0, description="Frames that agree, in order.")
    distance: int | None = Field(description="Median of the bits in which they differ; null for scenes.")
    threshold: int | None = Field(description="Largest distance that counts, inclusive; null for scenes.")
    second_opinion: float | None = Field(description=f"Share of them on which pHash agrees, {_SHARE}")
    query_share: float | None = Field(description=f"Share of the query that such stretches cover, {_SHARE}")
    reference_share: float | None = Field(description=f"Share of the reference, {_SHARE}")
    speed: float | None = Field(description="Seconds of the reference in a second of the query.")
    query_quality: int | None = Field(description="Lowest quality of the agreeing frames, 0..100.")
    reference_quality: int | None = Field(description="The same of the reference.")
    transformation: str = Field(description="How the reference was turned, or not.", examples=["as is"])
    stretches: int = Field(ge=0, description="How many such stretches there are.")
    quality: int | None = Field(description="The lower of both, 0..100.")


EVIDENCE: Final = (HashEvidenceOut, LocalEvidenceOut, VideoEvidenceOut)

EVIDENCE_DESCRIBED: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "array", "items": {"anyOf": [one.model_json_schema() for one in EVIDENCE]}},
        {"type": "null"},
    ]
}
"""The schema of a match's evidence."""
