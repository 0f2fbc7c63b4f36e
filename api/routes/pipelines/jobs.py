"""`/v1/jobs`: how far a long video is, for the key that sent it."""

from typing import Annotated

from fastapi import Depends

from api.http.auth import ServiceDep, allowed
from api.http.routers import Router
from api.schemas.operating.jobs import JobView
from api.security.permissions import Permission
from api.views.jobs import job_view
from casework.domain.actor import Actor
from casework.domain.errors import NotFoundError

router = Router(prefix="/v1/jobs", tags=["pipelines"])

Asking = Annotated[Actor, Depends(allowed(Permission.MATCH_ASK))]


@router.get("/{job}", summary="Ask how far a long video is")
def read(job: str, actor: Asking, service: ServiceDep) -> JobView:
    """Tell how far it is and, at the end, the answer; for the key that sent it alone."""
    with service.reading() as uow:
        found = uow.jobs.get(job)
    if found.actor.id != actor.id:
        message = f"there is no job {job!r}"
        raise NotFoundError(message)
    return job_view(found)
