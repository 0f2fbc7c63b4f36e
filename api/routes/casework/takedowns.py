"""`/v1/takedowns`: what stands, and taking it back."""

from typing import Annotated

from fastapi import Depends, Query, Response

from api.http.auth import ServiceDep, allowed
from api.http.incoming.why import Why
from api.http.paging import After, Limit, position_after
from api.http.repeats.idempotent import IdempotentDep
from api.http.routers import Router
from api.schemas.casework.takedowns import QuarantineIn, TakedownOut, TakedownPage, WithdrawIn
from api.schemas.propagation import LookbackOut, PropagationOut
from api.security.permissions import PERMISSIONS_OF, Permission
from api.views.lookback import lookback_out
from api.views.propagation import propagation_out
from api.views.takedowns import takedown_out
from casework.domain.actor import Actor
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.deciding.look import record_values_view
from casework.handlers.standing.quarantine import LiftQuarantine, lift_quarantine
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(prefix="/v1/takedowns", tags=["takedowns"])

Reading = Annotated[Actor, Depends(allowed(Permission.TAKEDOWN_READ))]
Quarantining = Annotated[Actor, Depends(allowed(Permission.TAKEDOWN_QUARANTINE))]
Withdrawing = Annotated[Actor, Depends(allowed(Permission.TAKEDOWN_WITHDRAW))]


@router.get("", summary="List takedowns")
def list_takedowns(
    _: Reading,
    service: ServiceDep,
    state: Annotated[TakedownState | None, Query(description="All states if left out.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> TakedownPage:
    """List takedowns by age."""
    states = list(TakedownState) if state is None else [state]
    with service.reading() as uow:
        takedowns, following = uow.takedowns.state_page(states=states, after=after, limit=limit)
        return TakedownPage(items=[takedown_out(one, uow, with_values=False) for one in takedowns], next=following)


@router.get("/{takedown_id}", summary="Read a takedown")
def read_takedown(takedown_id: str, actor: Reading, service: ServiceDep, why: Why = None) -> TakedownOut:
    """Read a takedown: signals by type and count; for auditors and admins their values, which the audit log tells."""
    if Permission.SIGNAL_VALUES_READ not in PERMISSIONS_OF[actor.role]:
        with service.reading() as uow:
            return takedown_out(uow.takedowns.get(takedown_id), uow, with_values=False)
    with service.writing() as uow:
        takedown = uow.takedowns.get(takedown_id)
        record_values_view(takedown, actor, uow, why=why)
        return takedown_out(takedown, uow, with_values=True)


@router.get("/{takedown_id}/propagation", summary="Read a takedown's ledger")
def read_propagation(
    takedown_id: str, _: Reading, service: ServiceDep, limit: Limit = 50, after: After = None
) -> PropagationOut:
    """Read which destinations got a takedown and its reversal, when, with what receipt, and how the 48 hours stand."""
    with service.reading() as uow:
        return propagation_out(uow.takedowns.get(takedown_id), uow, after=after, limit=limit)


@router.get("/{takedown_id}/lookback", summary="Read what looking back found")
def read_lookback(
    takedown_id: str, _: Reading, service: ServiceDep, limit: Limit = 50, after: After = None
) -> LookbackOut:
    """Read which earlier uploads are copies, what became of each, and how far the search is."""
    with service.reading() as uow:
        return lookback_out(uow.takedowns.get(takedown_id), uow, after=position_after(after), limit=limit)


@router.post("/{takedown_id}/withdraw", response_model=TakedownOut, summary="Take a takedown back")
def withdraw(takedown_id: str, withdrawal: WithdrawIn, actor: Withdrawing, request: IdempotentDep) -> Response:
    """
    Withdraw a takedown: once this is answered nothing of it matches any more, in any process.

    Uploads that were held or blocked because of it alone are released: up to 50 at once, of more all within seconds by
    a worker; `GET /v1/takedowns/{id}/lookback` shows how far it is.
    """
    command = WithdrawTakedown(takedown_id=takedown_id, actor=actor, reason=withdrawal.reason)

    def work(uow: SqlUnitOfWork) -> TakedownOut:
        return takedown_out(withdraw_takedown(command, uow), uow, with_values=False)

    return request.once(actor, withdrawal.model_dump(), work)


@router.post("/{takedown_id}/quarantine", response_model=TakedownOut, summary="Lift a quarantine")
def quarantine(
    takedown_id: str, lifting: QuarantineIn, actor: Quarantining, request: IdempotentDep, service: ServiceDep
) -> Response:
    """
    Let a takedown that matches far more people than its like act by itself again.

    Uploads that were held meanwhile are judged anew: up to 50 at once, of more all within seconds by a worker. It goes
    into quarantine again only once it matches four times as many people a day. If it is a logo, a frame or a popular
    picture, withdraw it instead.
    """
    command = LiftQuarantine(takedown_id=takedown_id, actor=actor, reason=lifting.reason)

    def work(uow: SqlUnitOfWork) -> TakedownOut:
        return takedown_out(lift_quarantine(command, uow, service.replica), uow, with_values=False)

    return request.once(actor, lifting.model_dump(), work)
