"""Keys, health and figures."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from casework.domain.actor import Role

KeyRole = Literal["pipeline", "intake", "moderator", "senior", "admin", "auditor"]


class KeyIn(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=120, examples=["photo uploads"])
    role: KeyRole
    trusted: bool = Field(False, description="Pipelines only: may see distances and evidence.")
    expires_at: AwareDatetime | None = Field(None, description="From when on it is refused; null for never.")
    requests_per_minute: int | None = Field(
        None, ge=1, le=10_000_000, description="Null for as many as `STAYDOWN_KEY_REQUESTS_PER_MINUTE` says."
    )
    principal: str | None = Field(
        None,
        max_length=40,
        description="Id of another key of the same person or program: what either does, both did, and own.",
    )


class RotateIn(BaseModel):
    """How a key is to be replaced."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: int = Field(86_400, ge=0, le=7_776_000, description="For how long the old key is taken too.")
    expires_at: AwareDatetime | None = Field(
        None, description="When the new key ends; null for as long after now as the old one was made to last."
    )


class NewKeyOut(BaseModel):
    """A key, at the one moment it can be read."""

    id: str
    key: str | None = Field(description="Null in a repeat under the same `Idempotency-Key`: it is shown once.")
    name: str
    role: Role
    trusted: bool
    principal: str = Field(description="What it does is recorded under this id; a rotation leaves it the same.")
    expires_at: datetime | None


class KeyOut(BaseModel):
    """What is known of a key."""

    id: str
    name: str
    role: Role
    trusted: bool
    principal: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None
    paused_at: datetime | None = Field(
        description="Since when its questions are refused: it asked many around one reference. Another key asks again."
    )
    requests_per_minute: int | None
    last_used_at: datetime | None = Field(description="To a minute; null if it never was.")


class KeyPage(BaseModel):
    """A page of keys."""

    items: list[KeyOut]
    next: str | None


class SandboxState(BaseModel):
    """The walls around the processes that decode strangers' files: those that stand, and those this machine lacks."""

    layers: list[str]
    missing: list[str]


class Readiness(BaseModel):
    """Whether the service can answer correctly now."""

    ready: bool
    checks: dict[str, str]
    index_versions: dict[str, int]
    sandbox: SandboxState


class Stats(BaseModel):
    """Counts."""

    cases: dict[str, int]
    takedowns: dict[str, int]
    uploads: int
    index: dict[str, dict[str, int]]
    policy_version: str
