"""Frames that several removed videos have in common say little about any of them."""

import numpy as np
import pytest

from matcher.comparing.comparison import Comparison, compare
from matcher.comparing.shared_frames import FoundIn, without_shared_frames
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from matcher.signals.video import OWN_HASHES, ROW, VideoFrames, signal_of
from matcher.strength import Strength
from matcher.thresholds import SHARED_BY


def codes(seed: int, count: int) -> np.ndarray:
    """Return random hashes, one a frame."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def video(*pieces: np.ndarray) -> tuple[Signal, ...]:
    """Return the signals of a video of ten different frames a second."""
    frames = np.concatenate(pieces)
    rows = np.zeros(len(frames), ROW)
    rows["number"] = np.arange(len(frames))
    rows["time_ms"], rows["until_ms"] = 100 * rows["number"], 100 * (rows["number"] + 1)
    rows["quality"], rows["flags"] = 100, OWN_HASHES
    rows["pdq"] = rows["vpdq"] = rows["phash"] = frames
    return (signal_of(VideoFrames(rows)),)


CARD = codes(0, 20)


def laid(query: tuple[Signal, ...], references: list[tuple[Signal, ...]]) -> list[FoundIn]:
    """Lay one video beside several."""
    asked = Query.of_signals(query)
    return [FoundIn(compare(asked, one), one) for one in references]


def strengths(found: list[Comparison]) -> list[Strength | None]:
    """Return how sure each is."""
    return [one.strength for one in found]


@pytest.mark.parametrize("count", [SHARED_BY - 1, SHARED_BY, SHARED_BY + 1])
def test_card_counts_until_enough_different_videos_share_it(count: int) -> None:
    """Two removed videos of one person may well begin alike."""
    references = [video(codes(10 + n, 80), CARD) for n in range(count)]
    found = without_shared_frames(laid(video(codes(50, 60), CARD), references))
    assert strengths(found) == [Strength.WEAK if count >= SHARED_BY else Strength.NEAR] * count


def test_copies_of_one_video_are_one() -> None:
    """Three reports of one film do not make its frames common."""
    film = codes(20, 100)
    references = [video(film), video(film[:90]), video(film[10:])]
    assert strengths(without_shared_frames(laid(video(film[40:60]), references))) == [Strength.NEAR] * 3


def test_whole_copy_keeps_its_strength_beside_shared_ones() -> None:
    """The card is common; the film before it is not."""
    references = [video(codes(30 + n, 80), CARD) for n in range(4)]
    found = without_shared_frames(laid(video(codes(30, 80), CARD), references))
    assert strengths(found) == [Strength.NEAR, Strength.WEAK, Strength.WEAK, Strength.WEAK]


def test_clip_that_three_compilations_hold_is_still_a_copy() -> None:
    """What is mostly that clip is no film with a card at its end."""
    references = [video(codes(60 + n, 80), CARD) for n in range(4)]
    found = without_shared_frames(laid(video(codes(70, 10), CARD), references))
    assert strengths(found) == [Strength.NEAR] * 4


def test_pieces_of_different_videos_in_one_upload_stay() -> None:
    """A medley of removed clips is not a card: each has its own seconds."""
    films = [codes(40 + n, 80) for n in range(4)]
    medley = video(*(film[10:30] for film in films))
    found = without_shared_frames(laid(medley, [video(film) for film in films]))
    assert strengths(found) == [Strength.NEAR] * 4


def test_videos_known_by_their_scenes_alone_are_not_counted() -> None:
    """Whether two of them are copies cannot be told without frames; whoever reports scenes alone is answered."""
    references = [video(codes(80 + n, 80), CARD) for n in range(4)]
    found = [FoundIn(one.comparison, ()) for one in laid(video(codes(90, 60), CARD), references)]
    assert strengths(without_shared_frames(found)) == [Strength.NEAR] * 4
