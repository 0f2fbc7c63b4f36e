"""Many questions are shared out among threads, and each is asked once."""

import numpy as np
import pytest

from api.by_signals.answering import shared_out
from api.replica.replica import Rows


def whole(parts: list[tuple[dict[str, Rows], int]]) -> dict[str, list[tuple[bytes, int]]]:
    """Put parts together again: of each signal type, what is asked by which question."""
    found: dict[str, list[tuple[bytes, int]]] = {}
    before = 0
    for rows, count in parts:
        for name, (codes, places) in rows.items():
            assert all(0 <= place < count for place in places)
            rows_here = [(code.tobytes(), before + place) for code, place in zip(codes, places, strict=True)]
            found.setdefault(name, []).extend(rows_here)
        before += count
    return found


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 40])
def test_every_question_is_in_one_part(parts: int) -> None:
    """Questions have several values of a type, or none; a part may have none of a type at all."""
    rng = np.random.default_rng(parts)
    count = 40
    asked: dict[str, Rows] = {}
    for name, width, among in (("pdq/1", 32, count), ("phash/1", 32, 5), ("imagehash-dhash/1", 8, count)):
        places = sorted(rng.integers(0, among, 60).tolist())
        asked[name] = rng.integers(0, 256, (60, width), dtype=np.uint8), places
    shared = shared_out(asked, count, parts)
    assert [size for _, size in shared] == [40 * (n + 1) // parts - 40 * n // parts for n in range(parts)]
    assert whole(shared) == whole([(asked, count)])
