"""`/v1/policy/replay`: which past decisions and open cases would come out otherwise under another policy."""

from typing import Annotated, Final

from fastapi import Depends

from api.http.auth import ServiceDep, allowed
from api.http.routers import Router
from api.schemas.policy import ReplayIn, ReplayOut
from api.security.permissions import Permission
from api.views.replay import replay_out
from api.views.replaying import alone, within
from casework.domain.actor import Actor
from casework.handlers.replay import Place, replay
from casework.policy.replay.change import read_change

router = Router(prefix="/v1/policy", tags=["policy"])

Replaying = Annotated[Actor, Depends(allowed(Permission.POLICY_REPLAY))]

BUDGET_S: Final = 20.0
"""Seconds after which a request is answered with how far it came."""


@router.post("/replay", summary="Try a policy on past cases", response_model_by_alias=True)
def try_policy(asked: ReplayIn, _: Replaying, service: ServiceDep) -> ReplayOut:
    """
    Say what open cases, past decisions and matches would come to under another table, other thresholds,
    or with less asked for before something acts by itself.

    Nothing is changed, and what people decided is taken as it is. A large record takes several requests: while
    `complete` is false pass `next` as `after`, and add the counts up. Evidence is on record with every match, so a
    stricter threshold shows what it would take away; what only a looser one would find is not on record.
    """
    change = read_change(table=asked.table, thresholds=asked.thresholds, trust=asked.trust)
    start = Place.read(asked.after)
    with alone(), service.reading() as uow:
        found = replay(change, uow, since=asked.since, start=start, examples=asked.examples, go_on=within(BUDGET_S))
    return replay_out(change, found)
