"""Protected media, as seniors keep it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class ProtectIn(BaseModel):
    """Why media is protected."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=5_000, examples=["on the front pages since this morning"])


class ProtectedOut(BaseModel):
    """Protected media."""

    id: str = Field(examples=["prt_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    reason: str
    added_by: str
    added_at: datetime
    removed_at: datetime | None


class ProtectedPage(BaseModel):
    """A page of protected media."""

    items: list[ProtectedOut]
    next: str | None
