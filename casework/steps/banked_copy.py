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
from matcher.signals.local import NAME as LOCAL
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.sha256 import Sha256
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
    if not evidence or any(_is_whole(one, moves=moves) for one in evidence):
        return copy  # found as a whole, or decided by itself
    shares = [_share(one, moves=moves) for one in evidence]
    if max((share for share in shares if share is not None), default=0.0) >= WHOLE_SHARE:
        return copy
    others = {LOCAL, SCENES}
    if moves:
        others = {signal.type for signal in copy.signals} - {Sha256.name}
    return replace(copy, signals=tuple(signal for signal in copy.signals if signal.type not in others))


def _is_whole(evidence: HashEvidence | VideoEvidence | LocalEvidence, *, moves: bool) -> bool:
    """Tell whether the whole copy is the reference: by the hash of a picture or, of one that moves, of the file."""
    return isinstance(evidence, HashEvidence) and evidence.agrees and (not moves or evidence.signal == Sha256.name)


def _share(evidence: HashEvidence | VideoEvidence | LocalEvidence, *, moves: bool) -> float | None:
    """Return how much of the copy is the reference, 0..1; None where that is not known."""
    if isinstance(evidence, LocalEvidence):
        return None if moves else evidence.share_of_query
    if isinstance(evidence, VideoEvidence) and evidence.signal == VIDEO:
        return evidence.query_share
    return None  # scenes tell when the reference is seen, not how much of the picture it is: an inset is all the time
