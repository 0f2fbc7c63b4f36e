"""
Reports by hashes, and decisions: read in the event loop, done in a thread by the functions the routes call.

What FastAPI does around a route (finding it among two hundred, working out what it depends on) takes as long again as
a tenth of what is done for it. Here that is left out.

Invariant: each is answered as the route would answer it, or refuse it. Whatever the route would not take as it is, and
every repeat under an `Idempotency-Key`, is None here: the route says what is wrong with it.
"""

import re
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.errors import BodyError
from api.http.incoming.bodies import Body, json_object
from api.http.repeats.idempotent import Answered, IdempotentRequest
from api.schemas.casework.decisions import DecisionIn
from api.schemas.reports import HashReport
from api.service import Service
from api.steps.deciding import decide_once
from api.steps.notices import take_in_report
from casework.domain.actor import Actor

_NUL: Final = rb"\u0000"
_OF_CASE: Final = re.compile(r"/v1/cases/([A-Za-z0-9_]{1,80})/decision")

ModelT = TypeVar("ModelT", bound=BaseModel)


def case_decided_at(path: str) -> str | None:
    """Return the id of the case that is decided at an address; None if that is none such."""
    found = _OF_CASE.fullmatch(path)
    return None if found is None else found[1]


async def file_by_hashes(service: Service, request: Request, actor: Actor, sent: bytes) -> Answered | None:
    """
    File a report without files.

    Args:
        service: What this process holds.

        request: Without an `Idempotency-Key`.

        actor: Who reports; they may.

        sent: The body.

    Returns:
        What is answered; None if the route should answer.

    Raises:
        MatcherError: If a signal cannot be used.
        CaseworkError: As `file_report` says.
    """
    read = _read(HashReport, sent)
    if read is None:
        return None
    fields, given = read
    body = Body(fields=fields, files=(), multipart=False, request=request)
    return await take_in_report(_once(service, request), actor, given.report, body, signals=given.signals)


async def decide_by_id(service: Service, request: Request, actor: Actor, sent: bytes) -> Answered | None:
    """
    Decide the case that the address names.

    Args:
        service: What this process holds.

        request: Without an `Idempotency-Key`.

        actor: Who decides; they may.

        sent: The body.

    Returns:
        What is answered; None if the route should answer.

    Raises:
        CaseworkError: As `decide_case` says.
    """
    case_id, read = case_decided_at(request.scope["path"]), _read(DecisionIn, sent)
    if case_id is None or read is None:
        return None
    _, decision = read
    return await run_in_threadpool(decide_once, _once(service, request), actor, case_id, decision)


def _once(service: Service, request: Request) -> IdempotentRequest:
    return IdempotentRequest(service, method=request.method, path=request.scope["path"], key=None)


def _read(model: type[ModelT], sent: bytes) -> tuple[dict[str, object], ModelT] | None:
    if _NUL in sent:
        return None
    try:
        fields = json_object(sent, field="body")
        return fields, model.model_validate(fields)
    except (BodyError, ValidationError):
        return None
