"""What a question is answered: a verdict and its matches, as much of them as the asker may see."""

from collections.abc import Sequence

from api.schemas.media import MatchOut, MediaInfo, exchanged
from api.schemas.uploads import MatchAnswer
from casework.steps.finding.matching import Answer
from matcher.signals.base import Signal


def match_answer(
    found: Answer, *, media: MediaInfo | None, signals: Sequence[Signal], trusted: bool, stale: bool = False
) -> MatchAnswer:
    """Answer a question with its verdict and matches."""
    return MatchAnswer(
        verdict=found.verdict.value,
        matches=[MatchOut.of(match, trusted=trusted) for match in found.matches],
        complete=found.complete,
        index_version=found.index_version,
        media=media,
        signals=exchanged(signals),
        stale=stale,
    )
