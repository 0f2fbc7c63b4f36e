"""Keys, health, readiness, metrics and figures."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.http.auth import ServiceDep, allowed
from api.http.health import readiness_of
from api.http.idempotent import IdempotentDep
from api.http.paging import After, Limit
from api.schemas.operations import KeyIn, KeyOut, KeyPage, NewKeyOut, Readiness, Stats
from api.security.keys import create_key, revoke_key
from api.security.permissions import Permission
from casework.domain.actor import Actor, Role
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy import POLICY_VERSION

router = APIRouter(tags=["operations"])

ManagingKeys = Annotated[Actor, Depends(allowed(Permission.KEY_MANAGE))]
ReadingStats = Annotated[Actor, Depends(allowed(Permission.STATS_READ))]


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> dict[str, str]:
    """Answer as soon as the process can, also while every worker thread waits for something."""
    return {"status": "alive"}


@router.get(
    "/readyz", response_model=Readiness, summary="Can it answer correctly?", responses={503: {"model": Readiness}}
)
def readyz(service: ServiceDep) -> Response:
    """Answer 200 if the database is reachable and the index is loaded and current, else 503 saying what is not."""
    readiness = readiness_of(service)
    return JSONResponse(readiness.model_dump(mode="json"), status_code=200 if readiness.ready else 503)


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
def metrics() -> Response:
    """Return the process's counters in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/stats", summary="Counts")
def stats(_: ReadingStats, service: ServiceDep) -> Stats:
    """Count cases and takedowns by state, uploads, and what the index holds."""
    service.replica.catch_up()
    with service.reading() as uow:
        return Stats(
            cases=dict(uow.figures.cases_by_state()),
            takedowns=dict(uow.figures.takedowns_by_state()),
            uploads=uow.figures.uploads(),
            index={
                collection.value: {"version": index.version, **index.stats().items}
                for collection, index in service.indexes.items()
            },
            policy_version=POLICY_VERSION,
        )


@router.post("/v1/keys", response_model=NewKeyOut, status_code=201, summary="Make a key")
def make_key(key: KeyIn, actor: ManagingKeys, request: IdempotentDep) -> Response:
    """Make a key; this is the only time it can be read."""

    def work(uow: SqlUnitOfWork) -> NewKeyOut:
        made = create_key(uow, name=key.name, role=Role(key.role), trusted=key.trusted, actor=actor)
        return NewKeyOut(id=made.id, key=made.key, name=made.name, role=made.role, trusted=made.trusted)

    return request.once(actor, key.model_dump(), work, status=201)


@router.get("/v1/keys", summary="List keys")
def get_keys(_: ManagingKeys, service: ServiceDep, limit: Limit = 50, after: After = None) -> KeyPage:
    """List keys by age, revoked ones too; never the keys themselves."""
    with service.reading() as uow:
        found, following = uow.keys.listed(after=after, limit=limit)
    items = [
        KeyOut(
            id=one.id,
            name=one.name,
            role=one.role,
            trusted=one.trusted,
            created_at=one.created_at,
            revoked_at=one.revoked_at,
        )
        for one in found
    ]
    return KeyPage(items=items, next=following)


@router.delete("/v1/keys/{key_id}", status_code=204, summary="Revoke a key")
def delete_key(key_id: str, actor: ManagingKeys, request: IdempotentDep) -> Response:
    """Refuse a key from now on."""

    def work(uow: SqlUnitOfWork) -> None:
        revoke_key(uow, key_id, actor=actor)

    return request.once(actor, {}, work, status=204)
