"""Destinations, the ledger, the feed."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from casework.delivery import DESTINATIONS
from casework.delivery.target import TargetField
from casework.domain.events import EventField, EventType
from casework.domain.takedowns.propagation import DeliveryState, DestinationState
from casework.domain.takedowns.takedown import TakedownState

if TYPE_CHECKING:
    DestinationKindName = str
else:
    DestinationKindName = Literal[tuple(DESTINATIONS)]
Scalar = str | int | float | bool | None


class _InNamed(BaseModel):
    name: str = Field(min_length=1, max_length=120)
    kind: DestinationKindName


class _OutNamed(BaseModel):
    id: str = Field(examples=["dst_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    name: str
    kind: DestinationKindName


# Each kind of destination says which field names its target: a new kind in the table brings its own.
if TYPE_CHECKING:
    _InWithTarget = _InNamed
    _OutWithTarget = _OutNamed
else:
    _TARGETS: dict[str, list[TargetField]] = {}
    for row in DESTINATIONS.values():
        _TARGETS.setdefault(row.target_field.name, []).append(row.target_field)
    _InWithTarget = create_model(
        "_InWithTarget",
        __base__=_InNamed,
        **{
            name: (
                str | None,
                Field(
                    None,
                    max_length=max(one.max_length for one in targets),
                    description=" ".join(one.description for one in targets),
                ),
            )
            for name, targets in _TARGETS.items()
        },
    )
    _OutWithTarget = create_model("_OutWithTarget", __base__=_OutNamed, **dict.fromkeys(_TARGETS, (str | None, ...)))


class DestinationIn(_InWithTarget):
    """A system downstream, to be sent events."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "photo service",
                    "kind": "webhook",
                    "url": "https://photos.example.org/staydown",
                    "events": ["takedown.created"],
                }
            ]
        },
    )

    secret: str | None = Field(
        None,
        max_length=300,
        description=" ".join(said for row in DESTINATIONS.values() for said in (row.signing, row.credentials) if said),
    )
    events: list[EventType] = Field(
        default_factory=lambda: list(EventType),
        min_length=1,
        description="The events it is sent; all if left out. One that is sent takedowns is sent their reversals, too.",
    )


class DestinationOut(_OutWithTarget):
    """A destination."""

    events: list[EventType]
    state: DestinationState
    created_at: datetime
    failures: int = Field(description="Attempts in a row that failed.")
    retry_at: datetime | None = Field(description="Until when it is left alone after a failure.")
    last_error: str | None


class NewDestinationOut(DestinationOut):
    """A destination, at the one moment its secret can be read."""

    secret: str | None


class DestinationPage(BaseModel):
    """A page of destinations."""

    items: list[DestinationOut]
    next: str | None


class DeliveryOut(BaseModel):
    """One line of the ledger."""

    id: str = Field(examples=["dlv_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    event_id: str = Field(description="The `webhook-id` it is sent under, at every attempt.")
    type: EventType
    takedown_id: str | None
    destination_id: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = Field(description="While it waits for an attempt.")
    first_attempt_at: datetime | None
    last_attempt_at: datetime | None
    delivered_at: datetime | None
    receipt: dict[str, Scalar]
    error: str | None


class DeliveryPage(BaseModel):
    """A page of the ledger."""

    items: list[DeliveryOut]
    next: str | None


class EventOut(BaseModel):
    """Something that happened, as webhooks carry it."""

    id: str
    type: EventType
    timestamp: datetime
    data: dict[str, EventField] = Field(
        description="By name. `upload.matched` carries `statement_of_reasons`, as answers about uploads do."
    )


class EventPage(BaseModel):
    """A page of the feed."""

    items: list[EventOut]
    next: str | None = Field(description="Pass as `after` for the rest; null at the end.")
    cursor: str = Field(description="Pass as `after` later, for what will have happened by then.", examples=["8731"])


class ClockOut(BaseModel):
    """The 48 hours."""

    received_at: datetime | None
    deadline: datetime | None
    decided_at: datetime | None = Field(description="When a person decided; null while it is interim.")
    effective_at: datetime | None
    first_delivery_at: datetime | None = Field(description="When the first destination confirmed the takedown.")
    last_delivery_at: datetime | None = Field(description="When the last one did, so far.")
    late: int = Field(description="Deliveries of the takedown after the deadline, or still missing after it.")


class LedgerDestination(BaseModel):
    """How a takedown stands with one destination."""

    destination_id: str
    name: str
    kind: DestinationKindName
    state: DestinationState
    informed_at: datetime | None = Field(description="When it confirmed the takedown.")
    late: bool
    deliveries: dict[DeliveryState, int]


class PropagationOut(BaseModel):
    """A takedown's ledger: a summary for each destination, and its lines by age, paged."""

    takedown_id: str
    state: TakedownState
    clock: ClockOut
    destinations: list[LedgerDestination]
    items: list[DeliveryOut]
    next: str | None


class LookbackState(StrEnum):
    """Where a look-back stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    RELEASING = "releasing"
    RELEASED = "released"
    REJUDGING = "rejudging"
    REJUDGED = "rejudged"


class LookbackHit(BaseModel):
    """An earlier upload that a look-back found."""

    upload: str
    upload_id: str
    uploader_id: str | None
    case_id: str | None
    strength: Literal["exact", "near", "partial", "weak"]
    explanation: str
    verdict: Literal["allow", "hold", "block"] = Field(description="Of the upload, as it stands now.")


class LookbackSweep(BaseModel):
    """One sweep: for the takedown itself, for a copy that was confirmed, or on the way back, for a reversal of many."""

    id: str
    decision_id: str
    state: LookbackState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    candidates: int = Field(description="Uploads the index found near a reference, or uploads to be reinstated.")
    checked: int
    hits: int = Field(description="Copies that were not known as such.")
    cases: int = Field(description="Cases opened for them; the others joined one.")


class LookbackOut(BaseModel):
    """What looking back brought, and how far it is."""

    takedown_id: str
    state: LookbackState | None = Field(description="Of its sweeps together; null if its media is not banked.")
    candidates: int
    checked: int
    hits: int
    cases: int
    sweeps: list[LookbackSweep]
    items: list[LookbackHit]
    next: str | None
