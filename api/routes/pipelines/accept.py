"""
Taking a long video in: its file is synced to the disk and kept, the job committed, and only then 202 answered.

Invariant: what was answered 202 is done, whatever is killed; `background/jobs.py` does it.
"""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from api.arrivals.spool import IncomingFile
from api.http.repeats.idempotent import Answered, IdempotentRequest, json_response
from api.schemas.operating.jobs import JobView
from api.service import Service
from api.views.jobs import job_view
from casework.domain.actor import Actor
from casework.domain.ids import JobId, new_id
from casework.domain.work.job import Job, JobState
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.ports.trace import TRACEPARENT


async def accept(
    service: Service,
    request: IdempotentRequest,
    actor: Actor,
    kind: str,
    fields: Mapping[str, Any],
    file: IncomingFile,
) -> Response:
    """
    Keep a file for a job and answer 202.

    Args:
        service: What this process holds.

        request: A repeat under the same key answers with the same job.

        actor: Who asks.

        kind: A key of `FILE_QUESTIONS`.

        fields: What was sent beside the file, found to be valid.

        file: The video.
    """

    def work(uow: SqlUnitOfWork) -> JobView:
        job = Job(
            id=JobId(new_id("job", uow.now)),
            kind=kind,
            actor=actor,
            fields=dict(fields),
            folder_id=service.spool.id,
            file=file.keep(),
            state=JobState.WAITING,
            progress=0.0,
            created_at=uow.now,
            traceparent=TRACEPARENT.get(),
        )
        uow.jobs.add(job)
        return job_view(job)

    digests = [file.sha256]
    answered = await run_in_threadpool(request.earlier_answer, actor, fields, digests=digests)
    if answered is None:
        await run_in_threadpool(file.sync)
        answered = await run_in_threadpool(request.do_once, actor, fields, work, digests=digests, status=202)
    return file_response(answered)


def file_response(answered: Answered) -> Response:
    """Write the answer about a file; one that comes later says where to ask for it."""
    response = json_response(answered)
    if answered.status == 202:
        response.headers["Location"] = f"/v1/jobs/{json.loads(answered.body)['job']}"
        response.headers["Retry-After"] = "1"
    return response
