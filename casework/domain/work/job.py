"""
A request that was acknowledged before it was done, because its file takes long: what was asked, how far it is, what
came of it.

Invariant: a job ends in `done` or `failed`, whatever is killed meanwhile; its file lies in one folder until then.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from casework.domain.actor import Actor
from casework.domain.ids import JobId


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """
    One such request.

    Args:
        id: Its identifier.

        kind: What is done with the file: ``"uploads"``, ``"match"``, ``"hash"``.

        actor: Who asked.

        fields: What was sent beside the file; emptied when it is finished.

        folder_id: The folder the file lies in: several machines may share one record.

        file: Its name there.

        state: How far it is.

        progress: Share (0..1) of the file that was read.

        created_at: When it was acknowledged.

        finished_at: When it ended, or None.

        outcome: What is answered, as JSON, or None before the end.

        traceparent: The trace of the request, where traces are on.
    """

    id: JobId
    kind: str
    actor: Actor
    fields: dict[str, Any]
    folder_id: str
    file: str
    state: JobState
    progress: float
    created_at: datetime
    finished_at: datetime | None = None
    outcome: bytes | None = None
    traceparent: str | None = None

    def ended(self, state: JobState, outcome: bytes, now: datetime) -> Self:
        """Return it with its end; what was asked is forgotten."""
        return replace(self, state=state, progress=1.0, outcome=outcome, finished_at=now, fields={})
