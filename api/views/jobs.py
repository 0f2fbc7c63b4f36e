"""What a job shows: how far it is, and what came of it; read with the key that sent the file."""

import json

from api.schemas.operating.jobs import JobView
from casework.domain.work.job import Job, JobState


def job_view(job: Job) -> JobView:
    """Write a job, with what came of it."""
    outcome = {} if job.outcome is None else json.loads(job.outcome)
    return JobView(
        job=job.id,
        state=job.state,
        progress=round(job.progress, 3),
        created_at=job.created_at,
        finished_at=job.finished_at,
        answer=outcome if job.state is JobState.DONE else None,
        problem=outcome if job.state is JobState.FAILED else None,
    )
