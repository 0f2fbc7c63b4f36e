"""`/v1/match` and `/v1/hash`: the same questions as an upload's, with nothing stored."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from api.asking import ask, ask_many
from api.auth import ServiceDep, allowed
from api.bodies import Body, only_file, parse, read_body
from api.intake import Depth, hash_file, submitted
from api.openapi import file_body
from api.permissions import Permission
from api.routes.uploads import sees_evidence
from api.schemas.media import HashAnswer, MatchOut, MediaInfo, SignalIn, exchanged
from api.schemas.uploads import BatchAnswer, BatchItemAnswer, BatchQuestion, MatchAnswer, SignalsQuestion
from api.views.matches import match_answer
from casework.domain.actor import Actor
from matcher.features import Features
from matcher.signals.base import Signal
from matcher.variants import Query

router = APIRouter(prefix="/v1", tags=["pipelines"])

Asking = Annotated[Actor, Depends(allowed(Permission.MATCH_ASK))]


class _FormOptions(BaseModel):
    """What may stand beside the file."""

    model_config = ConfigDict(extra="forbid")

    depth: Depth = "deep"


class _HashOptions(BaseModel):
    """What may stand beside the file that is hashed."""

    model_config = ConfigDict(extra="forbid")

    depth: Depth = "fast"


@router.post(
    "/match",
    response_model=MatchAnswer,
    summary="Ask whether media or signals match a takedown",
    openapi_extra=file_body(json_model=SignalsQuestion),
)
def match(actor: Asking, service: ServiceDep, body: Annotated[Body, Depends(read_body)]) -> MatchAnswer:
    """
    Ask about a file, or about signals computed elsewhere; nothing is stored.

    A file is looked for mirrored, rotated, inverted and without its border too. Signals are looked for as they are.
    """
    if body.multipart:
        deep = parse(_FormOptions, body.fields).depth == "deep"
        features = Features.ASKED if deep else Features.NONE
        hashed = hash_file(service, only_file(body), with_preview=False, features=features)
        media = MediaInfo.of(submitted(service, hashed, keep_preview=False))
        asked = ask(service, hashed.query)
        return match_answer(
            asked.answer, media=media, signals=hashed.signals, trusted=sees_evidence(actor), stale=asked.stale
        )
    question = parse(SignalsQuestion, body.fields)
    signals = _signals(question.signals)
    query = Query.of_signals(signals)
    asked = ask(service, query if question.depth == "deep" else replace(query, features=None))
    return match_answer(asked.answer, media=None, signals=signals, trusted=sees_evidence(actor), stale=asked.stale)


@router.post("/match/batch", response_model=BatchAnswer, summary="Ask up to 1,000 questions at once")
def match_batch(question: BatchQuestion, actor: Asking, service: ServiceDep) -> BatchAnswer:
    """Ask about many sets of signals; the answers come in order, all at one version of the index."""
    asked = ask_many(service, [Query.of_signals(_signals(item.signals)) for item in question.items])
    trusted = sees_evidence(actor)
    return BatchAnswer(
        items=[
            BatchItemAnswer(
                id=item.id,
                verdict=one.verdict.value,
                matches=[MatchOut.of(match, trusted=trusted) for match in one.matches],
            )
            for item, one in zip(question.items, asked.answers, strict=True)
        ],
        index_version=asked.answers[0].index_version if asked.answers else service.replica.versions()["takedowns"],
        stale=asked.stale,
    )


@router.post("/hash", response_model=HashAnswer, summary="Hash a file", openapi_extra=file_body())
def hash_media(_: Asking, service: ServiceDep, body: Annotated[Body, Depends(read_body)]) -> HashAnswer:
    """Compute the signals of a file, with `depth` `deep` its local features too; nothing is stored or matched."""
    deep = parse(_HashOptions, body.fields).depth == "deep"
    features = Features.STORED if deep else Features.NONE
    hashed = hash_file(service, only_file(body), with_preview=False, features=features)
    media = MediaInfo.of(submitted(service, hashed, keep_preview=False))
    return HashAnswer(media=media, signals=exchanged(hashed.signals))


def _signals(given: Sequence[SignalIn]) -> list[Signal]:
    return [one.to_signal() for one in given]
