"""`/console/match`: would this file, or this hash, match? Nothing of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api.console.cases.case_page import EvidenceLine, evidence_lines
from api.console.door import Visitor, read_sent, signed_in_with
from api.console.matching.nearest import Nearest, nearest_to
from api.errors import TooManyRequestsError
from api.http.auth import ServiceDep
from api.http.border.hanging_up import while_connected
from api.http.incoming.bodies import Body
from api.http.problems import problem_of
from api.http.routers import Router
from api.media.asking import Asked, ask
from api.media.hashing import hash_incoming, is_long, require_taken
from api.pages.templates import page
from api.schemas.media import SignalIn, exchanged
from api.security.permissions import Permission
from api.service import Service
from api.views.matches import count_verdict
from casework.domain.takedowns.upload import Match
from matcher.errors import MediaError, SignalError, TooLargeError
from matcher.hashing.features import Features
from matcher.hashing.query import Query
from matcher.signals import is_hash, signal_type, taken_types
from matcher.signals.base import Signal

router = Router(include_in_schema=False)

ADDRESS: Final = "/console/match"

Asking = Annotated[Visitor, Depends(signed_in_with(Permission.MATCH_ASK))]
AskingWithFile = Annotated[Visitor, Depends(signed_in_with(Permission.MATCH_ASK, with_files=True))]


@dataclass(frozen=True, slots=True)
class FoundMatch:
    """
    A takedown that it matches.

    Args:
        lines: The evidence, a line for each signal.
    """

    match: Match
    sentence: str
    lines: list[EvidenceLine]


@dataclass(frozen=True, slots=True)
class Said:
    """
    What the question was answered.

    Args:
        verdict: What a pipeline would be told.

        nearest: Of what matches nothing, what came nearest.

        signals: Label and value of each hash of a file that was sent.

        complete: Whether time sufficed to look for parts of pictures.
    """

    verdict: str
    found: list[FoundMatch]
    nearest: Nearest | None
    signals: list[tuple[str, str]]
    complete: bool


@router.get(ADDRESS)
def show_question(request: Request, visitor: Asking, service: ServiceDep) -> Response:
    """Show the form."""
    return _shown(request, visitor, service)


@router.post(ADDRESS)
async def answer_question(
    request: Request,
    visitor: AskingWithFile,
    service: ServiceDep,
    body: Annotated[Body, Depends(read_sent)],
) -> Response:
    """Answer about a file, or about one hash."""
    kind, value = str(body.fields.get("type", "")), "".join(str(body.fields.get("value", "")).split())
    typed = {"kind": kind, "value": value}
    try:
        if body.files:
            query, signals = await _of_file(request, visitor, service, body)
        elif value:
            query, signals = _of_value(service, kind, value), ()
        else:
            problem = "Choose a file, or paste a hash."
            return _shown(request, visitor, service, typed=typed, problem=problem, status=422)
        said = await run_in_threadpool(_answered, service, query, signals)
    except (MediaError, SignalError, TooManyRequestsError) as error:
        known = problem_of(error)
        status = 422 if known is None else known.status
        return _shown(request, visitor, service, typed=typed, problem=f"{error}.", status=status)
    return _shown(request, visitor, service, typed=typed, said=said)


async def _of_file(request: Request, visitor: Visitor, service: Service, body: Body) -> tuple[Query, Sequence[Signal]]:
    file = body.files[0]
    if is_long(service, file):
        message = f"a video of up to {service.settings.async_above_bytes:,} bytes is answered here; ask POST /v1/match"
        raise TooLargeError(message)
    hashed = await while_connected(
        request,
        lambda gone: hash_incoming(service, visitor.actor, file, given_up=gone, features=Features.ASKED),
    )
    return hashed.query, hashed.signals


def _of_value(service: Service, kind: str, value: str) -> Query:
    signal = SignalIn(type=kind, value=value.lower()).to_signal()
    require_taken(service, [signal])
    return Query.of_signals([signal])


def _answered(service: Service, query: Query, signals: Sequence[Signal]) -> Said:
    asked: Asked = ask(service, query)
    answer = asked.answer
    count_verdict("match", answer.verdict, answer.matches)
    nearest = None
    if not answer.matches and not asked.stale:
        with service.reading() as uow:
            nearest = nearest_to(query, service, uow)
    return Said(
        verdict=answer.verdict.value,
        found=[
            FoundMatch(one, one.explanation[:1].upper() + one.explanation[1:], evidence_lines(one.evidence))
            for one in answer.matches
        ],
        nearest=nearest,
        signals=[
            (signal_type(one.type).label, one.value)
            for one in exchanged(signals, with_features=False)
            if is_hash(one.type)
        ],
        complete=answer.complete,
    )


def _shown(
    request: Request,
    visitor: Visitor,
    service: Service,
    *,
    typed: dict[str, str] | None = None,
    said: Said | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    kinds = [(row.name, row.label) for row in taken_types(service.settings.signals) if is_hash(row.name)]
    return page(
        request,
        "console/matching/would_it_match.html",
        status=status,
        visitor=visitor,
        kinds=kinds,
        typed=typed or {"kind": "pdq/1", "value": ""},
        said=said,
        problem=None if problem is None else problem[:1].upper() + problem[1:],
    )
