"""
Frames -> what is stored of a video, and what it is asked for as: mirrored, turned, without its bars.

Neighbouring frames that are nearly the same are folded into one that stays longer: a still scene is one frame, in the
store as in a vote. Folding compares with the first of a run, so whatever a folded frame looked like is within
`FOLD_BITS` of what is kept.

Invariant: row i of every array is the same frame.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from matcher.distance import Codes, hamming
from matcher.errors import TooManyFramesError
from matcher.hashing.borders import trim_border_or_bars
from matcher.media import Frame, Grey
from matcher.signals.phash import phash_bits, phash_turns_of_grey
from matcher.signals.turning.orientations import AS_IS, TURNS
from matcher.signals.turning.pdq_turns import pdq_codes_of_grey, pdq_of_reduced, pdq_turns_of_grey
from matcher.signals.video import OWN_HASHES, ROW, VideoFrames
from matcher.thresholds import MINIMUM_QUALITY

FOLD_BITS: Final = 8
"""Bits of 256 by which a frame may differ from the one it is folded into."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoQuery:
    """
    A video as it is looked for.

    Args:
        frames: As stored: row 0 of the variants.

        names: What was done to the reference to arrive at the query, one for each variant; the first is ``"as is"``.
            Where there are more, all of `TURNS` in their order, then all of them without a border, and so on.

        pdq: uint8, shape (n, variants, 32).

        phash: uint8, shape (n, variants, 32); None where the query came as signals.
    """

    frames: VideoFrames
    names: tuple[str, ...]
    pdq: Codes
    phash: Codes | None

    @classmethod
    def of_frames(cls, frames: VideoFrames) -> Self:
        """Ask for frames as they were sent, without any variant: no picture is at hand to turn."""
        phash = frames.phash
        return cls(frames, (AS_IS,), frames.pdq[:, None], None if phash is None else phash[:, None])

    @classmethod
    def of_variants(cls, frames: VideoFrames, names: tuple[str, ...], kept: bytes) -> Self:
        """Put together what was taken apart: the stored frames, the variants' names, and `variants()`."""
        codes = np.frombuffer(kept, np.uint8).reshape(2, len(frames), len(names), 32)
        return cls(frames, names, codes[0], codes[1])

    def variants(self) -> bytes | None:
        """Return all hashes in all variants, PDQ then pHash; None where the query came as signals."""
        return None if self.phash is None else self.pdq.tobytes() + self.phash.tobytes()

    def codes(self) -> Codes:
        """Return what an index is asked: each frame worth searching in each variant; uint8, shape (m, 32)."""
        worth = self.frames.qualities >= MINIMUM_QUALITY
        return np.unique(self.pdq[worth].reshape(-1, 32), axis=0)


def hash_frames(frames: Iterable[Frame], *, max_frames: int, trimmed: bool) -> VideoQuery:
    """
    Hash the frames of a video in all orientations, and fold those that are nearly the same.

    Args:
        frames: In order, at least one.

        max_frames: How many may be kept.

        trimmed: Whether to take what is inside a border too, for a query; a reference needs its frames whole only.

    Raises:
        TooManyFramesError: If more differ.
    """
    kept: list[_Hashed] = []
    for frame in frames:
        hashed = _hash(frame, trimmed=trimmed)
        if kept and kept[-1].nearly(hashed):
            kept[-1].row["until_ms"] = hashed.row["until_ms"]
            continue
        if len(kept) == max_frames:
            raise TooManyFramesError(
                f"more than {max_frames:,} different frames by {frame.time_s:,.0f} s; send the video in parts"
            )
        kept.append(hashed)
    edits = list(dict.fromkeys(edit for one in kept for edit in one.views))
    return VideoQuery(
        VideoFrames(np.concatenate([one.row for one in kept])),
        tuple(_named(turn, edit) for edit in edits for turn in TURNS),
        np.stack([np.concatenate([one.view(edit).pdq for edit in edits]) for one in kept]),
        np.stack([np.concatenate([one.view(edit).phash for edit in edits]) for one in kept]),
    )


def _named(turn: str, edit: str) -> str:
    return turn if edit == AS_IS else edit if turn == AS_IS else f"{turn}, {edit}"


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The hashes of a frame, or of what is inside its border, in 8 orientations: uint8, shape (8, 32)."""

    pdq: Codes
    phash: Codes


@dataclass(frozen=True, slots=True, eq=False)
class _Hashed:
    """One frame: its row, and its views by what was done to the reference besides turning it."""

    row: npt.NDArray[np.void]
    views: dict[str, _View]

    def nearly(self, other: "_Hashed") -> bool:
        """Tell whether another frame may be folded into this one: both of its PDQs agree, and so does its worth."""
        mine, its = self.row[0], other.row[0]
        if (mine["quality"] < MINIMUM_QUALITY) != (its["quality"] < MINIMUM_QUALITY):
            return False
        return all(hamming(mine[kind].tobytes(), its[kind].tobytes()) <= FOLD_BITS for kind in ("pdq", "vpdq"))

    def view(self, edit: str) -> _View:
        """Return one view; a frame without a border is its own inside, so that all frames have as many."""
        return self.views.get(edit, self.views[AS_IS])


def _hash(frame: Frame, *, trimmed: bool) -> _Hashed:
    pdq = pdq_turns_of_grey(frame.grey)
    views = {AS_IS: _View(pdq.codes, _phash(frame.grey))}
    if trimmed:
        for edit, inside in trim_border_or_bars(frame.grey[:, :, None]).items():
            views[edit] = _View(pdq_codes_of_grey(inside[:, :, 0]), _phash(inside[:, :, 0]))
    row = np.zeros(1, ROW)
    row["number"], row["quality"], row["flags"] = frame.number, pdq.quality, OWN_HASHES
    row["time_ms"], row["until_ms"] = round(frame.time_s * 1000), round(frame.until_s * 1000)
    row["pdq"], row["phash"] = views[AS_IS].pdq[0], views[AS_IS].phash[0]
    reduced = frame.whole != frame.grey.shape
    row["vpdq"] = pdq_of_reduced(frame.grey, frame.whole) if reduced else row["pdq"]
    return _Hashed(row, views)


def _phash(grey: Grey) -> Codes:
    codes: Codes = phash_bits(phash_turns_of_grey(grey))
    return codes
