"""
Answers to questions by hashes, written by a compiled writer.

Invariant: what is written is what the route would write of the same answers to somebody who sees evidence. The structs
here have the fields of the schemas (`api/schemas/`), in the same order; a test compares both, on answers of every kind.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from api.by_signals.reading import Asked
from api.views.matches import count_verdict, count_verdicts
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.steps.finding.matching import Answer
from matcher.hashing.pictures import first_of_each_type
from matcher.signals import signal_type
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


def _answer(found: Answer, signals: Sequence[Signal]) -> AnswerWritten:
    count_verdict("match", found.verdict, found.matches)
    return AnswerWritten(
        verdict=found.verdict,
        matches=[_match(judged.match) for judged in found.judged],
        complete=found.complete,
        index_version=found.index_version,
        media=None,
        signals=[
            SignalWritten(one.type, signal_type(one.type).format(one.value), one.quality)
            for one in first_of_each_type(signals)
        ],
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
