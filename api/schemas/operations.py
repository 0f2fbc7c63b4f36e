"""Keys, health and figures."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from casework.domain.actor import Role

KeyRole = Literal["pipeline", "intake", "moderator", "senior", "admin", "auditor"]


class KeyIn(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=120, examples=["photo uploads"])
    role: KeyRole
    trusted: bool = Field(False, description="Pipelines only: may see distances and evidence.")


class NewKeyOut(BaseModel):
    """A key, at the one moment it can be read."""

    id: str
    key: str
    name: str
    role: Role
    trusted: bool


class KeyOut(BaseModel):
    """What is known of a key."""

    id: str
    name: str
    role: Role
    trusted: bool
    created_at: datetime
    revoked_at: datetime | None


class KeyPage(BaseModel):
    """A page of keys."""

    items: list[KeyOut]
    next: str | None


class Readiness(BaseModel):
    """Whether the service can answer correctly now."""

    ready: bool
    checks: dict[str, str]
    index_versions: dict[str, int]


class Stats(BaseModel):
    """Counts."""

    cases: dict[str, int]
    takedowns: dict[str, int]
    uploads: int
    index: dict[str, dict[str, int]]
    policy_version: str
