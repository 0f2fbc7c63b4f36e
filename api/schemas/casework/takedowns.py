"""Takedowns: what stands, why, and taking it back."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.casework.trust import LackOut
from api.schemas.media import SignalOut
from casework.domain.takedowns.takedown import TakedownState


class ReferenceOut(BaseModel):
    """Signals of a takedown, for auditors."""

    media_id: str
    signals: list[SignalOut]


class TakedownOut(BaseModel):
    """A takedown."""

    id: str
    case_id: str
    decision_id: str
    state: TakedownState
    hash_action: str
    low_quality: bool = Field(description="Banked as exact copy and review only: a reference is of quality below 50.")
    created_at: datetime
    effective_at: datetime | None
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None
    interim_since: datetime | None = Field(
        description="Of one that began before a person had decided: since when; null for all others."
    )
    ends_at: datetime | None = Field(description="Of an interim one: when it ends by itself, should nobody decide.")
    source: str | None = Field(
        None, description="Of hashes that came from others: the list they are on. Such ones hold, and block nothing."
    )
    automation: Literal["block", "hold"] = Field(
        description="Whether the policy may block copies by itself, or a person decides on each."
    )
    lacks: list[LackOut] = Field(
        description="What is lacking before copies are blocked without a person; empty where they may be, or where "
        "this media is held in any case."
    )
    quarantined_at: datetime | None = Field(description="Since when it is in quarantine; null outside one.")
    reason: str | None = Field(description="Why it is in quarantine, in a sentence.")
    quarantine_case_id: str | None = Field(description="The case that asks a person about it; the last one.")
    linked_reports: int = Field(description="Reports of the same media that came while it stood.")
    references: int
    signals: dict[str, int] = Field(description="Live signals by type.", examples=[{"pdq/1": 1, "sha256/1": 1}])
    values: list[ReferenceOut] | None = Field(None, description="Signal values; for auditors and admins only.")


class TakedownPage(BaseModel):
    """A page of takedowns."""

    items: list[TakedownOut]
    next: str | None


class WithdrawIn(BaseModel):
    """Why a takedown is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=5_000, examples=["the person depicted withdrew the report"])


class QuarantineIn(BaseModel):
    """Somebody looked at what a takedown in quarantine matches, and lets it act by itself again."""

    model_config = ConfigDict(extra="forbid")

    lift: Literal[True]
    reason: str | None = Field(None, max_length=5_000, examples=["all of them are copies: it spreads"])
