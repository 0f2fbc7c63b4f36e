"""
vPDQ as python-threatexchange uses it: one frame a second, and a share of them that has a neighbour in the other video.

Frames of a quality below 50 are left out and equal hashes counted once; two frames agree at 31 bits or less. Hashes are
those vPDQ lists (ours agree with the published lines within 20 bits, at a median of 0 to 4).

Source: github facebook/ThreatExchange, python-threatexchange/threatexchange/extensions/vpdq/vpdq_util.py (the
`VPDQ_*_THRESHOLD_PERCENT`) and vpdq/README.md.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from matcher.distance import Codes, hamming_matrix
from matcher.reading.keyframes import REFERENCE, VideoReader
from matcher.signals.turning.pdq_turns import pdq_turns_of_grey

MAX_DISTANCE: Final = 31
MINIMUM_QUALITY: Final = 50
MATCHING_SHARE: Final = 0.8
SECONDS_A_HASH: Final = 1.0

VpdqHash: TypeAlias = Codes
"""uint8, shape (n, 32): the distinct hashes of a video."""


def vpdq_hash(path: Path) -> VpdqHash:
    """Hash the first frame of each second at its full size."""
    codes, due_s = [], 0.0
    for frame in VideoReader(path, pace=REFERENCE):
        if frame.time_s + 1e-6 < due_s:
            continue
        due_s += SECONDS_A_HASH
        hashed = pdq_turns_of_grey(frame.grey, whole=frame.whole)
        if hashed.quality >= MINIMUM_QUALITY:
            codes.append(hashed.codes[0])
    return np.unique(np.array(codes, np.uint8).reshape(-1, 32), axis=0)


def share_of_query(query: VpdqHash, reference: VpdqHash) -> bool:
    """Match as by default: 80 % of the query's frames are in the reference, whatever share of that they are."""
    return _share(query, reference) >= MATCHING_SHARE


def share_of_reference(query: VpdqHash, reference: VpdqHash) -> bool:
    """Match with the other threshold: 80 % of the reference's frames are in the query."""
    return _share(reference, query) >= MATCHING_SHARE


def _share(these: VpdqHash, those: VpdqHash) -> float:
    if not len(these) or not len(those):
        return 0.0
    return float((hamming_matrix(these, those).min(axis=1) <= MAX_DISTANCE).mean())


VPDQ_RULES: Final[dict[str, Callable[[VpdqHash, VpdqHash], bool]]] = {
    "vpdq_query_80": share_of_query,
    "vpdq_reference_80": share_of_reference,
}
