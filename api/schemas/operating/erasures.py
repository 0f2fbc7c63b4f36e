"""Erasures: what is asked for, how far it is, what is gone."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from casework.domain.actor import Actor
from casework.domain.keeping.erasure import Erasure, ErasureState
from casework.handlers.erasing.erase import RequestErasure


class ErasureIn(BaseModel):
    """What is to be erased, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"takedown_id": "tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G", "reason": "the person depicted asked"}]
        },
    )

    takedown_id: str | None = Field(None, description="The takedown, its report and the copies of it.")
    report_id: str | None = Field(None, description="The same, by its report; also of a report that was rejected.")
    upload: str | None = Field(None, description="One upload, by the id it was given at registration.")
    reason: str = Field(min_length=1, max_length=1_000, description="This stays: name nobody in it.")
    withdraw: bool = Field(False, description="Withdraw a takedown that stands first; otherwise that is refused.")

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if len([one for one in (self.takedown_id, self.report_id, self.upload) if one is not None]) != 1:
            message = "give exactly one of takedown_id, report_id and upload"
            raise ValueError(message)
        return self

    def to_command(self, actor: Actor) -> RequestErasure:
        """Hand it inwards, with who asks."""
        return RequestErasure(
            actor=actor,
            reason=self.reason,
            takedown_id=self.takedown_id,
            report_id=self.report_id,
            upload_id=self.upload,
            withdraw=self.withdraw,
        )


class ErasureAccepted(BaseModel):
    """An erasure is on record and will be carried out, whatever is killed meanwhile."""

    erasure_id: str = Field(examples=["era_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])


class RemovedOut(BaseModel):
    """What is gone."""

    previews: int
    identities: int = Field(description="Records that no longer say who somebody is.")
    texts: int = Field(description="Post texts, addresses, notes, grounds and reasons.")
    signals: int = Field(description="Each counted once, however often it was stored.")
    index_files: int = Field(description="Files of the index that held one of them and were written again.")
    stored_files: int = Field(
        description="Objects deleted from the store in which the machines of a cluster keep such files."
    )


class ErasureOut(BaseModel):
    """How far an erasure is."""

    erasure_id: str
    state: ErasureState
    removed: RemovedOut
    kept_for: list[str] = Field(
        description="Takedowns that stand or await approval and need the same media; its signals stay."
    )
    requested_by: str
    reason: str
    requested_at: datetime
    completed_at: datetime | None

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureOut":
        """Write an erasure."""
        removed = erasure.removed
        return cls(
            erasure_id=erasure.id,
            state=erasure.state,
            removed=RemovedOut(
                previews=removed.previews,
                identities=removed.identities,
                texts=removed.texts,
                signals=removed.signals,
                index_files=removed.index_files,
                stored_files=removed.stored_files,
            ),
            kept_for=list(erasure.kept_for),
            requested_by=erasure.requested_by,
            reason=erasure.reason,
            requested_at=erasure.requested_at,
            completed_at=erasure.completed_at,
        )
