"""`/v1/match` and `/v1/hash`: the same questions as an upload's, with nothing stored."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from api.auth import ServiceDep, allowed
from api.bodies import Body, only_file, parse, read_body
from api.bootstrap import Service
from api.exchange import Exchange, ExchangeDep
from api.intake import hash_incoming
from api.jobs import accept, is_long
from api.media_work import MEDIA_WORK, sees_evidence
from api.openapi import file_body
from api.permissions import Permission
from api.schemas.jobs import JobView
from api.schemas.media import HashAnswer, MatchOut, SignalIn
from api.schemas.uploads import BatchAnswer, BatchItemAnswer, BatchQuestion, MatchAnswer, SignalsQuestion
from api.views.matches import match_answer
from casework.domain.actor import Actor
from casework.domain.media import Collection
from casework.handlers.matching import Answer, Question, answer
from matcher.signals.base import Signal
from matcher.variants import Query

router = APIRouter(prefix="/v1", tags=["pipelines"])

Asking = Annotated[Actor, Depends(allowed(Permission.MATCH_ASK))]


class _FormOptions(BaseModel):
    """What may stand beside the file."""

    model_config = ConfigDict(extra="forbid")

    depth: Literal["fast", "deep"] = "deep"


@router.post(
    "/match",
    response_model=MatchAnswer,
    responses={202: {"model": JobView}},
    summary="Ask whether media or signals match a takedown",
    openapi_extra=file_body(json_model=SignalsQuestion),
)
async def match(
    actor: Asking, exchange: ExchangeDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response | BaseModel:
    """
    Ask about a file, or about signals computed elsewhere; nothing is stored.

    A file is looked for mirrored, rotated, inverted and without its border too. Signals are looked for as they are. A
    long video is answered 202 with an address to ask again.
    """
    if body.multipart:
        parse(_FormOptions, body.fields)
        return await _answer_about_file("match", actor, exchange, service, body)
    signals = [one.to_signal() for one in parse(SignalsQuestion, body.fields).signals]
    found = (await run_in_threadpool(_ask, service, [Query.of_signals(signals)]))[0]
    return match_answer(found, media=None, signals=signals, trusted=sees_evidence(actor))


@router.post("/match/batch", response_model=BatchAnswer, summary="Ask up to 1,000 questions at once")
def match_batch(question: BatchQuestion, actor: Asking, service: ServiceDep) -> BatchAnswer:
    """Ask about many sets of signals; the answers come in order, all at one version of the index."""
    queries = [Query.of_signals(_signals(item.signals)) for item in question.items]
    found = _ask(service, queries)
    trusted = sees_evidence(actor)
    return BatchAnswer(
        items=[
            BatchItemAnswer(
                id=item.id,
                verdict=one.verdict.value,
                matches=[MatchOut.of(match, trusted=trusted) for match in one.matches],
            )
            for item, one in zip(question.items, found, strict=True)
        ],
        index_version=service.replica.version(Collection.TAKEDOWNS) if not found else found[0].index_version,
    )


@router.post(
    "/hash",
    response_model=HashAnswer,
    responses={202: {"model": JobView}},
    summary="Hash a file",
    openapi_extra=file_body(),
)
async def hash_media(
    actor: Asking, exchange: ExchangeDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response | BaseModel:
    """Compute every signal of a file; nothing is stored or matched. A long video is answered 202."""
    return await _answer_about_file("hash", actor, exchange, service, body)


async def _answer_about_file(
    kind: str, actor: Actor, exchange: Exchange, service: Service, body: Body
) -> Response | BaseModel:
    file = only_file(body)
    if is_long(service, file):
        return await accept(service, exchange, actor, kind, body.fields, file)
    hashed = await hash_incoming(service, file)
    work = MEDIA_WORK[kind](service, actor, body.fields, hashed)

    def answered() -> BaseModel:
        with service.reading() as uow:
            return work(uow)

    return await run_in_threadpool(answered)


def _signals(given: Sequence[SignalIn]) -> list[Signal]:
    return [one.to_signal() for one in given]


def _ask(service: Service, queries: Sequence[Query]) -> list[Answer]:
    with service.reading() as uow:
        return answer([Question(query) for query in queries], uow, service.replica)
