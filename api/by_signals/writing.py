"""
Answers to questions by hashes, written by a compiled writer.

Invariant: what is written is what the route would write of the same answers to somebody who sees evidence. The structs
here have the fields of the schemas (`api/schemas/`), in the same order; a test compares both, on answers of every kind.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from api.by_signals.reading import Asked
from api.media.answers import written_answer
from api.views.matches import count_verdict, count_verdicts
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.handlers.uploads import RegisteredUpload
from casework.steps.finding.matching import Answer
from matcher.hashing.pictures import first_of_each_type
from matcher.signals import shows_parts, signal_type
from matcher.signals.base import Signal
from matcher.strength import Strength


class SignalWritten(msgspec.Struct):
    """As `SignalOut`."""

    type: str
    value: str
    quality: int | None


class MatchWritten(msgspec.Struct):
    """As `MatchOut`."""

    takedown_id: str
    strength: Strength
    verdict: Verdict
    case_id: str
    collection: str
    explanation: str
    agreeing: int
    rule: str
    reason: str
    source: str | None
    evidence: list[dict[str, Any]]


class AnswerWritten(msgspec.Struct):
    """As `MatchAnswer`."""

    verdict: Verdict
    matches: list[MatchWritten]
    complete: bool
    index_version: int
    media: None
    signals: list[SignalWritten]
    stale: bool


class ItemWritten(msgspec.Struct):
    """As `BatchItemAnswer`."""

    id: str
    verdict: Verdict
    matches: list[MatchWritten]


class BatchWritten(msgspec.Struct):
    """As `BatchAnswer`."""

    items: list[ItemWritten]
    index_version: int
    stale: bool


class MediaWritten(msgspec.Struct):
    """As `MediaInfo`."""

    kind: str
    width: int | None
    height: int | None
    duration_s: float | None
    seen_s: float | None


class RegisteredWritten(msgspec.Struct):
    """As `UploadAnswer`, of an upload that matches nothing."""

    upload: str
    verdict: Verdict
    case_id: None
    decision_id: None
    statement_of_reasons: None
    matches: list[MatchWritten]
    complete: bool
    index_version: int
    media: MediaWritten
    signals: list[SignalWritten]


_ENCODER: Final = msgspec.json.Encoder()


def write_answers(asked: Asked, answers: Sequence[Answer]) -> bytes:
    """
    Write the answers to one question or many as JSON, and count them.

    Args:
        asked: The questions.

        answers: One a question, all at one version of the index.
    """
    if asked.ids is None:
        return _ENCODER.encode(_answer(answers[0], asked.signals(0)))
    count_verdicts("batch", answers)
    items = [
        ItemWritten(item_id, one.verdict, [_match(judged.match) for judged in one.judged] if one.judged else [])
        for item_id, one in zip(asked.ids, answers, strict=True)
    ]
    return _ENCODER.encode(BatchWritten(items, answers[0].index_version, stale=False))


def write_registered(registered: RegisteredUpload) -> bytes:
    """Write the answer to a registration as JSON, and count it; one that matches something as the route does."""
    upload, media = registered.upload, registered.media
    if registered.matches or registered.restriction is not None or upload.case_id is not None:
        return written_answer(registered)
    count_verdict("upload", upload.verdict, ())
    return _ENCODER.encode(
        RegisteredWritten(
            upload=upload.id,
            verdict=upload.verdict,
            case_id=None,
            decision_id=None,
            statement_of_reasons=None,
            matches=[],
            complete=registered.complete,
            index_version=upload.index_version,
            media=MediaWritten(media.kind, media.width, media.height, media.duration_s, media.seen_s),
            signals=_signals([one for one in media.signals if not shows_parts(one.type)]),
        )
    )


def _signals(signals: Sequence[Signal]) -> list[SignalWritten]:
    return [
        SignalWritten(one.type, signal_type(one.type).format(one.value), one.quality)
        for one in first_of_each_type(signals)
    ]


def _answer(found: Answer, signals: Sequence[Signal]) -> AnswerWritten:
    count_verdict("match", found.verdict, found.matches)
    return AnswerWritten(
        verdict=found.verdict,
        matches=[_match(judged.match) for judged in found.judged],
        complete=found.complete,
        index_version=found.index_version,
        media=None,
        signals=_signals(signals),
        stale=False,
    )


def _match(match: Match) -> MatchWritten:
    return MatchWritten(
        match.takedown_id,
        match.strength,
        match.verdict,
        match.case_id,
        "takedowns",
        match.explanation,
        match.agreeing,
        match.rule,
        match.reason,
        match.source,
        [one.as_record() for one in match.evidence],
    )
