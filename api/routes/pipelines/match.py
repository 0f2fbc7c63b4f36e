"""`/v1/match`, `/v1/check` and `/v1/hash`: the same questions as an upload's, with nothing stored."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Response
from starlette.concurrency import run_in_threadpool

from api.arrivals.spool import IncomingFile
from api.http.auth import ServiceDep, allowed
from api.http.border.hanging_up import while_connected
from api.http.incoming.bodies import Body, only_file, parse, read_body
from api.http.openapi import file_body
from api.http.repeats.idempotent import IdempotentDep, IdempotentRequest
from api.http.routers import Router
from api.media.answers import UnstoredQuestion, answer_unstored, features_asked
from api.media.asking import ask, ask_many
from api.media.hashing import answer_about_file, hash_incoming, is_long, require_taken
from api.media.untrusted import admit_file, require_files, sees_evidence, watch
from api.routes.pipelines.accept import accept
from api.schemas.media import HashAnswer, HashOptions, MatchOptions, SignalIn
from api.schemas.operating.jobs import JobView
from api.schemas.uploads import BatchAnswer, BatchQuestion, MatchAnswer, SignalsQuestion
from api.security.permissions import Permission
from api.service import Service
from api.views.matches import STATUS_OF_VERDICT, batch_answer, match_answer
from casework.domain.actor import Actor
from casework.domain.verdict import Verdict
from matcher.errors import TooLargeError
from matcher.hashing.query import Query
from matcher.signals.base import Signal

router = Router(prefix="/v1", tags=["pipelines"])

Asking = Annotated[Actor, Depends(allowed(Permission.MATCH_ASK))]


@router.post(
    "/match",
    response_model=MatchAnswer,
    responses={202: {"model": JobView}},
    summary="Ask whether media or signals match a takedown",
    openapi_extra=file_body(json_model=SignalsQuestion),
)
async def match(
    actor: Asking, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response | MatchAnswer | HashAnswer:
    """
    Ask about a file, or, with a key marked trusted, about signals computed elsewhere; nothing is stored.

    A file is looked for mirrored, rotated, inverted and without its border too. Signals are looked for as they are. A
    long video is answered 202 with an address to ask again.
    """
    if not body.multipart:
        return await run_in_threadpool(_match_signals, actor, service, body)
    return await _answer(actor, request, service, body, kind="match", question=parse(MatchOptions, body.fields))


@router.post(
    "/check",
    response_model=MatchAnswer,
    responses={
        200: {"description": "Allow: it may be published."},
        202: {"model": MatchAnswer, "description": "Hold: it waits until a person has looked."},
        451: {"model": MatchAnswer, "description": "Block: it is a copy of what was removed."},
    },
    summary="Ask whether something may be published, and read the status alone",
    openapi_extra=file_body(json_model=SignalsQuestion),
)
async def check(actor: Asking, service: ServiceDep, body: Annotated[Body, Depends(read_body)]) -> Response:
    """
    Answer as `POST /v1/match` does, with the verdict as the status: 200 allow, 202 hold, 451 block. Nothing is stored.

    For hooks that look at a status and at nothing else. Any other status is no verdict. It is always answered at once,
    so a video above `STAYDOWN_ASYNC_ABOVE_BYTES` is refused with 413.
    """
    if not body.multipart:
        answer = await run_in_threadpool(_match_signals, actor, service, body)
    else:
        question, file = parse(MatchOptions, body.fields), only_file(body)
        if is_long(service, file):
            message = (
                f"the video has {file.size_bytes:,} bytes; up to {service.settings.async_above_bytes:,} are answered "
                "at once. Ask POST /v1/match, which answers with an address to ask again"
            )
            raise TooLargeError(message)
        found = await _answer_at_once(actor, service, body, file, question)
        assert isinstance(found, MatchAnswer)  # as the question is one about a match
        answer = found
    status = STATUS_OF_VERDICT[Verdict(answer.verdict)]
    return Response(answer.model_dump_json(), status_code=status, media_type="application/json")


def _match_signals(actor: Actor, service: Service, body: Body) -> MatchAnswer:
    require_files(service, actor)
    question = parse(SignalsQuestion, body.fields)
    signals = _signals(service, question.signals)
    query = Query.of_signals(signals)
    asked = ask(service, query if question.depth == "deep" else query.without_parts())
    watch(service, actor, query, asked.answer.matches)
    return match_answer(asked.answer, media=None, signals=signals, trusted=sees_evidence(actor), stale=asked.stale)


@router.post("/match/batch", response_model=BatchAnswer, summary="Ask up to 1,000 questions at once")
def match_batch(question: BatchQuestion, actor: Asking, service: ServiceDep) -> BatchAnswer:
    """Ask about many sets of signals; the answers come in order, all at one version of the index."""
    require_files(service, actor)
    queries = [Query.of_signals(_signals(service, item.signals)) for item in question.items]
    asked = ask_many(service, queries)
    for query, one in zip(queries, asked.answers, strict=True):
        watch(service, actor, query, one.matches)
    return batch_answer(
        [item.id for item in question.items],
        asked.answers,
        index_version=asked.answers[0].index_version if asked.answers else service.replica.versions()["takedowns"],
        trusted=sees_evidence(actor),
        stale=asked.stale,
    )


@router.post(
    "/hash",
    response_model=HashAnswer,
    responses={202: {"model": JobView}},
    summary="Hash a file",
    openapi_extra=file_body(),
)
async def hash_media(
    actor: Asking, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response | MatchAnswer | HashAnswer:
    """
    Compute the signals of a file, with `depth` `deep` its local features too; nothing is stored or matched.

    A long video is answered 202 with an address to ask again.
    """
    return await _answer(actor, request, service, body, kind="hash", question=parse(HashOptions, body.fields))


async def _answer(
    actor: Actor, request: IdempotentRequest, service: Service, body: Body, *, kind: str, question: UnstoredQuestion
) -> Response | MatchAnswer | HashAnswer:
    """Answer a question about a file that stores nothing; a long video is taken in for a job."""
    file = only_file(body)
    if is_long(service, file):
        admit_file(service, actor)
        return await accept(service, request, actor, kind, body.fields, file)
    return await _answer_at_once(actor, service, body, file, question)


async def _answer_at_once(
    actor: Actor, service: Service, body: Body, file: IncomingFile, question: UnstoredQuestion
) -> MatchAnswer | HashAnswer:
    """Hash a file and answer the question about it."""
    admit_file(service, actor)
    hashed = await while_connected(
        body.request,
        lambda gone: hash_incoming(service, actor, file, given_up=gone, features=features_asked(service, question)),
    )
    return await answer_about_file(service, answer_unstored, service, actor, question, hashed)


def _signals(service: Service, given: Sequence[SignalIn]) -> list[Signal]:
    signals = [one.to_signal() for one in given]
    require_taken(service, signals)
    return signals
