"""
What evidence that was measured before would be worth if other distances counted as agreeing.

    sha256/1, scenes/1     no threshold to change
    hashes                 largest distance, in bits (inclusive); the distance is part of the evidence
    video/1                the same of a stretch's frames; known of them is the median
    local/1                smallest score (inclusive)

Invariant: pure, and only what is in the evidence is weighed. What an index did not find is not in it, so a looser
threshold shows nothing new; and the transformation stays the one that fitted best when it was measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from matcher.comparing.comparison import Comparison, Evidence, by_hashes, with_local, with_moments
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Searched, Worth
from matcher.signals.local import NAME as LOCAL
from matcher.signals.video import NAME as VIDEO
from matcher.thresholds import LOCAL_PARTIAL, PDQ_MAX_DISTANCE

MOST_SCORE = 100.0
"""A score of local features is a logit; nothing comes near this."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """
    A threshold that evidence can be weighed by again.

    Args:
        name: The signal type's.

        value: What it is now.

        most: The largest value that makes sense; 0 is the smallest.

        unit: What it counts, in words.

        larger_is_stricter: Whether a larger value lets less through; of distances a smaller one does.
    """

    name: str
    value: float
    most: float
    unit: str
    larger_is_stricter: bool = False

    def is_looser(self, value: float) -> bool:
        """Tell whether another value lets more through than the one that counts now."""
        return value < self.value if self.larger_is_stricter else value > self.value


def known_thresholds() -> dict[str, Threshold]:
    """Return the thresholds that can be changed, by the names of their signal types."""
    hashes = {
        name: Threshold(name, kind.threshold, kind.bits, "bits")
        for name, kind in SIGNAL_TYPES.items()
        if kind.searched is Searched.HAMMING and kind.worth is not Worth.PROOF
    }
    return hashes | {
        VIDEO: Threshold(VIDEO, PDQ_MAX_DISTANCE, SIGNAL_TYPES["pdq/1"].bits, "bits, the median of a stretch's frames"),
        LOCAL: Threshold(LOCAL, LOCAL_PARTIAL, MOST_SCORE, "score", larger_is_stricter=True),
    }


def weighed_again(evidence: Sequence[Evidence], thresholds: Mapping[str, float]) -> Comparison:
    """
    Say what evidence is worth under other thresholds.

    Args:
        evidence: Of one query and one reference.

        thresholds: By the names of `known_thresholds`; the others are as they were when the evidence was measured.

    Returns:
        The comparison; its strength is None where nothing agrees any more.
    """
    hashes = tuple(_at(one, thresholds) for one in evidence if isinstance(one, HashEvidence))
    moving = [one for one in evidence if isinstance(one, VideoEvidence) and one.signal == VIDEO]
    rest = [one for one in evidence if not isinstance(one, HashEvidence) and one not in moving]
    found = reduce(with_moments, (one for one in moving if _still_agrees(one, thresholds)), by_hashes(hashes))
    return reduce(with_local, (one for one in rest if _still_agrees(one, thresholds)), found)


def _at(evidence: HashEvidence, thresholds: Mapping[str, float]) -> HashEvidence:
    value = thresholds.get(evidence.signal)
    return evidence if value is None else replace(evidence, threshold=int(value))


def _still_agrees(evidence: VideoEvidence | LocalEvidence, thresholds: Mapping[str, float]) -> bool:
    value = thresholds.get(evidence.signal)
    if value is None:
        return True
    if isinstance(evidence, LocalEvidence):
        return evidence.score >= value
    return evidence.distance is None or evidence.distance <= value
