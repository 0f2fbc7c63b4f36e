"""
Taking a long video in: its file is synced to the disk and kept, the job committed, and only then 202 answered.

Invariant: what was answered 202 is done, whatever is killed; `background/jobs.py` does it.
"""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from api.http.idempotent import Exchange
from api.schemas.jobs import JobView
from api.service import Service
from api.spool import IncomingFile
from api.views.jobs import job_view
from casework.domain.actor import Actor
from casework.domain.ids import JobId, new_id
from casework.domain.job import Job, JobState
from casework.persistence.unit_of_work import SqlUnitOfWork


def is_long(service: Service, file: IncomingFile) -> bool:
    """Tell whether a file is answered later."""
    return file.is_video and file.size_bytes > service.settings.async_above_bytes


async def accept(
    service: Service,
    exchange: Exchange,
    actor: Actor,
    kind: str,
    fields: Mapping[str, Any],
    file: IncomingFile,
) -> Response:
    """
    Keep a file for a job and answer 202.

    Args:
        service: The process's.

        exchange: Of the request; a repeat under the same key answers with the same job.

        actor: Who asks.

        kind: A key of `MEDIA_WORK`.

        fields: What was sent beside the file, found to be valid.

        file: The video.
    """
    await run_in_threadpool(file.sync)

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
        )
        uow.jobs.add(job)
        return job_view(job, service.cipher)

    response = await run_in_threadpool(exchange.once, actor, fields, work, digests=[file.sha256], status=202)
    if response.status_code == 202:  # not so for a repeat of what was answered at once
        response.headers["Location"] = f"/v1/jobs/{json.loads(bytes(response.body))['job']}"
        response.headers["Retry-After"] = "1"
    return response
