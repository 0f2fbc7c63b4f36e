"""`/v1/erasures`, and the receipt's own: erasing what is known of a report, a takedown or an upload."""

from typing import Annotated

from fastapi import Depends, Response

from api.http.auth import OfReceipt, ServiceDep, allowed
from api.http.repeats.idempotent import IdempotentDep
from api.http.routers import Router
from api.schemas.operating.erasures import ErasureAccepted, ErasureIn, ErasureOut
from api.security.permissions import Permission
from casework.domain.actor import Actor
from casework.handlers.erasing.erase import erase_with_receipt, request_erasure
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.taking_back.reversal import holder_of

router = Router(prefix="/v1", tags=["takedowns"])

Requesting = Annotated[Actor, Depends(allowed(Permission.ERASURE_REQUEST))]
Reading = Annotated[Actor, Depends(allowed(Permission.ERASURE_READ))]


@router.post("/erasures", response_model=ErasureAccepted, status_code=202, summary="Erase what is known of something")
def request(erasure: ErasureIn, actor: Requesting, request: IdempotentDep) -> Response:
    """
    Erase identity, texts, previews and signals: from every table, the index and its files, within seconds.

    With a takedown goes its report, and what matched it as `exact` or `near` loses its signals, too. What proves the
    decision stays: ids, times, outcome, rule, policy version and who decided. What stands is refused with 409, unless
    `withdraw` is true. Asked again, it is the same erasure.
    """
    command = erasure.to_command(actor)

    def work(uow: SqlUnitOfWork) -> ErasureAccepted:
        return ErasureAccepted(erasure_id=request_erasure(command, uow).id)

    return request.once(actor, erasure.model_dump(), work, status=202)


@router.get("/erasures/{erasure_id}", summary="Read how far an erasure is, and what is gone")
def read(erasure_id: str, _: Reading, service: ServiceDep) -> ErasureOut:
    """Read an erasure; at `completed` nothing of it is left in any file of the data folder."""
    with service.reading() as uow:
        return ErasureOut.of(uow.erasures.get(erasure_id))


@router.post(
    "/receipts/{number}/erase",
    response_model=ErasureAccepted,
    status_code=202,
    summary="Withdraw a report and erase it",
    tags=["reports"],
)
def withdraw_and_erase(report: OfReceipt, request: IdempotentDep) -> Response:
    """
    Withdraw as the person depicted, with the receipt alone, and have everything about it erased.

    What stands is withdrawn before this is answered, as by `/withdraw`; the rest follows within seconds.
    """

    def work(uow: SqlUnitOfWork) -> ErasureAccepted:
        return ErasureAccepted(erasure_id=erase_with_receipt(report, uow).id)

    return request.once(holder_of(report), {}, work, status=202)
