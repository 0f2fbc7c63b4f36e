"""Keys, health, readiness, metrics and figures."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.http.auth import Open, ServiceDep, allowed
from api.http.paging import After, Limit
from api.http.repeats.idempotent import IdempotentDep
from api.http.routers import Router
from api.http.watching.health import readiness_of
from api.http.watching.watched import Watched
from api.schemas.operating.operations import KeyIn, KeyOut, KeyPage, NewKeyOut, Readiness, RotateIn, Stats
from api.security.keys import KeyTerms, NewKey, create_key, revoke_key, rotate_key
from api.security.permissions import Permission
from casework.domain.actor import Actor, Role
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy import POLICY_VERSION

router = Router(tags=["operations"])

ReadingKeys = Annotated[Actor, Depends(allowed(Permission.KEY_READ))]
ManagingKeys = Annotated[Actor, Depends(allowed(Permission.KEY_MANAGE))]
ReadingStats = Annotated[Actor, Depends(allowed(Permission.STATS_READ))]


@router.get(
    "/healthz",
    summary="Is the process alive?",
    dependencies=[Depends(Open("a supervisor has no key, and it tells nothing"))],
)
async def healthz() -> dict[str, str]:
    """Answer as soon as the process can, also while every worker thread waits for something."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    response_model=Readiness,
    summary="Can it answer correctly?",
    responses={503: {"model": Readiness}},
    dependencies=[Depends(Open("a load balancer has no key; states and versions, no ids"))],
)
def readyz(service: ServiceDep) -> Response:
    """Answer 200 if the database is reachable and the index is loaded and current, else 503 saying what is not."""
    readiness = readiness_of(service)
    return JSONResponse(readiness.model_dump(mode="json"), status_code=200 if readiness.ready else 503)


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    dependencies=[Depends(Open("counts and durations, no ids of cases or uploads; a proxy keeps strangers from it"))],
)
def metrics(request: Request) -> Response:
    """Return what all processes of the data folder count, added up, and what the record says, for Prometheus."""
    watched: Watched = request.app.state.watched
    return Response(watched.text(), media_type=CONTENT_TYPE_LATEST)


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
    terms = KeyTerms(
        name=key.name,
        role=Role(key.role),
        trusted=key.trusted,
        expires_at=key.expires_at,
        requests_per_minute=key.requests_per_minute,
        principal=key.principal,
    )

    def work(uow: SqlUnitOfWork) -> NewKeyOut:
        return _shown_once(create_key(uow, terms, actor=actor))

    return request.once(actor, key.model_dump(), work, status=201, kept=_without_key)


@router.post("/v1/keys/{key_id}/rotate", response_model=NewKeyOut, status_code=201, summary="Replace a key")
def replace_key(key_id: str, rotation: RotateIn, actor: ManagingKeys, request: IdempotentDep) -> Response:
    """
    Make a key that takes another's place; this is the only time it can be read.

    Both are taken until the overlap is over. Uploads, jobs and cases of the old key are the new one's too.
    """

    def work(uow: SqlUnitOfWork) -> NewKeyOut:
        overlap = timedelta(seconds=rotation.overlap_s)
        return _shown_once(rotate_key(uow, key_id, overlap=overlap, expires_at=rotation.expires_at, actor=actor))

    return request.once(actor, rotation.model_dump(), work, status=201, kept=_without_key)


@router.get("/v1/keys", summary="List keys")
def get_keys(_: ReadingKeys, service: ServiceDep, limit: Limit = 50, after: After = None) -> KeyPage:
    """List keys by age, refused ones too; never the keys themselves."""
    with service.reading() as uow:
        found, following = uow.keys.listed(after=after, limit=limit)
    items = [
        KeyOut(
            id=one.id,
            name=one.name,
            role=one.role,
            trusted=one.trusted,
            principal=one.speaks_for,
            created_at=one.created_at,
            expires_at=one.expires_at,
            revoked_at=one.revoked_at,
            replaced_by=one.replaced_by,
            paused_at=one.paused_at,
            requests_per_minute=one.requests_per_minute,
            last_used_at=service.key_uses.latest(one.id, one.last_used_at),
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


def _shown_once(made: NewKey) -> NewKeyOut:
    kept = made.kept
    return NewKeyOut(
        id=kept.id,
        key=made.key,
        name=kept.name,
        role=kept.role,
        trusted=kept.trusted,
        principal=kept.speaks_for,
        expires_at=kept.expires_at,
    )


def _without_key(answer: NewKeyOut) -> NewKeyOut:
    """Keep no key for repeats: who could replay an answer would have the key."""
    return answer.model_copy(update={"key": None})
