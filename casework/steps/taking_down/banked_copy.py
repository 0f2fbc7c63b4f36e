"""
What of a confirmed copy is banked: only what is the removed media.

A collage, a screenshot or a longer video holds other people's pictures too. Whatever of it can be found by its parts
would hold those, so of a copy that is only partly the removed media the parts are left out: a collage is still found as
a whole, a longer video as the same file, and both by the reference they contain. A picture that moves is a video here:
that its first frame is the removed picture says nothing of the others, and scenes do not say how much of each frame it
is. Only whole frames that agree do.
"""

from collections.abc import Iterable
from dataclasses import replace

from casework.domain.media import Media
from casework.domain.takedowns.upload import Match
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence
from matcher.signals import shows_parts, signal_type
from matcher.signals.base import Worth
from matcher.signals.video import NAME as VIDEO
from matcher.thresholds import WHOLE_SHARE


def without_other_parts(copy: Media, matches: Iterable[Match]) -> Media:
    """
    Leave out the signals by which something else in a copy would be found.

    Args:
        copy: The upload's media, as stored.

        matches: What it matched of the takedown it is banked under.
    """
    evidence = [one for match in matches for one in match.evidence]
    moves = any(signal.type == VIDEO for signal in copy.signals)
    if not evidence or any(is_whole(one, moves=moves) for one in evidence):
        return copy  # found as a whole, or decided by itself
    shares = [_share(one, moves=moves) for one in evidence]
    if max((share for share in shares if share is not None), default=0.0) >= WHOLE_SHARE:
        return copy
    kept = _is_the_file if moves else _holds_no_parts
    return replace(copy, signals=tuple(signal for signal in copy.signals if kept(signal.type)))


def _is_the_file(name: str) -> bool:
    return signal_type(name).worth is Worth.PROOF


def _holds_no_parts(name: str) -> bool:
    return not shows_parts(name)


def is_whole(evidence: HashEvidence | VideoEvidence | LocalEvidence, *, moves: bool) -> bool:
    """Tell whether the whole copy is the reference: by the hash of a picture or, of one that moves, of the file."""
    if not isinstance(evidence, HashEvidence):
        return False
    return evidence.opinions > 0 and (not moves or evidence.worth is Worth.PROOF)


def _share(evidence: HashEvidence | VideoEvidence | LocalEvidence, *, moves: bool) -> float | None:
    """Return how much of the copy is the reference, 0..1; None where that is not known."""
    if isinstance(evidence, LocalEvidence):
        return None if moves else evidence.share_of_query
    if isinstance(evidence, VideoEvidence) and evidence.signal == VIDEO:
        return evidence.query_share
    return None  # scenes tell when the reference is seen, not how much of the picture it is: an inset is all the time
