"""Requests that were acknowledged before they were done, as they are answered."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.schemas.described import WrittenProblem, one_of
from api.schemas.media import HashAnswer
from api.schemas.uploads import MatchAnswer, UploadAnswer
from casework.domain.work.job import JobState


class JobView(BaseModel):
    """How far such a request is, and what came of it."""

    job: str = Field(examples=["job_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    state: JobState
    progress: float = Field(ge=0, le=1, description="Share of the video that was read.", examples=[0.42])
    created_at: datetime
    finished_at: datetime | None
    answer: Annotated[dict[str, Any] | None, one_of(UploadAnswer, MatchAnswer, HashAnswer)] = Field(
        description="Once `done`: what a smaller video would have been answered."
    )
    problem: WrittenProblem = Field(description="Once `failed`: the problem document, with what to do.")
