"""What a question is answered: a verdict and its matches, as much of them as the asker may see; and counting it."""

from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from api.metrics.catalogue import VERDICTS
from api.schemas.media import MatchOut, MediaInfo, exchanged
from api.schemas.uploads import BatchAnswer, BatchItemAnswer, MatchAnswer
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.policy.automation.verdict import NO_MATCH
from casework.steps.finding.matching import Answer
from matcher.signals.base import Signal

STATUS_OF_VERDICT: Final = MappingProxyType({Verdict.ALLOW: 200, Verdict.HOLD: 202, Verdict.BLOCK: 451})
"""What `POST /v1/check` answers with: 451 is "unavailable for legal reasons" (RFC 7725)."""


def match_answer(
    found: Answer, *, media: MediaInfo | None, signals: Sequence[Signal], trusted: bool, stale: bool = False
) -> MatchAnswer:
    """Answer a question with its verdict and matches."""
    count_verdict("match", found.verdict, found.matches)
    return MatchAnswer(
        verdict=found.verdict.value,
        matches=[MatchOut.of(match, trusted=trusted) for match in found.matches],
        complete=found.complete,
        index_version=found.index_version,
        media=media,
        signals=exchanged(signals),
        stale=stale,
    )


def batch_answer(
    ids: Sequence[str], found: Sequence[Answer], *, index_version: int, trusted: bool, stale: bool = False
) -> BatchAnswer:
    """Answer a batch of questions, each by the id it came with, in order."""
    count_verdicts("batch", found)
    return BatchAnswer(
        items=[
            BatchItemAnswer(
                id=item_id,
                verdict=one.verdict.value,
                matches=[MatchOut.of(match, trusted=trusted) for match in one.matches],
            )
            for item_id, one in zip(ids, found, strict=True)
        ],
        index_version=index_version,
        stale=stale,
    )


def count_verdict(asked: str, verdict: Verdict, matches: Sequence[Match]) -> None:
    """
    Count one answer, by its strongest match. Takes a microsecond and waits for nothing.

    Args:
        asked: ``"upload"``, ``"match"`` or ``"batch"``.

        verdict: As answered.

        matches: As found.
    """
    VERDICTS.add(asked, *_counted_as(verdict, matches))


def count_verdicts(asked: str, found: Sequence[Answer]) -> None:
    """Count many answers, those that are counted alike at once; arguments as for `count_verdict`."""
    matching = [one for one in found if one.judged]
    counts = Counter(_counted_as(one.verdict, one.matches) for one in matching)
    if len(matching) < len(found):
        counts[_counted_as(NO_MATCH.verdict, ())] += len(found) - len(matching)
    for labels, count in counts.items():
        VERDICTS.add(asked, *labels, count=count)


def _counted_as(verdict: Verdict, matches: Sequence[Match]) -> tuple[str, str, str]:
    if not matches:
        return verdict.value, "none", "none"
    strongest = max(matches, key=lambda match: match.strength.rank)
    signal = strongest.evidence[0].signal if strongest.evidence else "none"
    return verdict.value, strongest.strength.value, signal
