"""The nearest item is that of a plain scan, as far as pictures are related at all."""

from pathlib import Path

import numpy as np
import pytest

from api.replica.nearest import NearestItem, nearest_item
from index.base import CollectionIndex, IndexOptions
from index.changes import Add, Remove
from index.collections import index_named

STORED = np.random.default_rng(7).integers(0, 256, (40, 32), dtype=np.uint8)


@pytest.fixture
def index(tmp_path: Path) -> CollectionIndex:
    """Hold random codes of two types, the last of which is removed again."""
    opened = index_named("folder").open(IndexOptions(tmp_path / "index", "exact"))
    adds = [
        Add(seq=n, item_id=n, signal_type=("phash/1", "pdq/1")[n % 2], value=code.tobytes())
        for n, code in enumerate(STORED, start=1)
    ]
    opened.apply([*adds, Remove(seq=len(adds) + 1, item_id=40, signal_type="phash/1")])
    return opened


def flipped(code: np.ndarray, bits: int) -> np.ndarray:
    """Turn the first bits of a code over."""
    mask = np.packbits(np.arange(256) < bits)
    return code ^ mask


@pytest.mark.parametrize("bits", [0, 31, 32, 60, 90])
def test_nearest_item_is_found_at_its_distance(index: CollectionIndex, bits: int) -> None:
    """Within the thresholds and far beyond them."""
    asked = {"pdq/1": flipped(STORED[4], bits)[np.newaxis], "phash/1": STORED[:1] ^ 255}
    assert nearest_item(index.searcher(), asked) == NearestItem(5, "pdq/1", bits)


def test_nothing_is_near_where_all_are_strangers(index: CollectionIndex) -> None:
    """Neither what was removed nor another type's value."""
    strangers = np.random.default_rng(8).integers(0, 256, (3, 32), dtype=np.uint8)
    assert min(int(np.unpackbits(one ^ code).sum()) for one in strangers for code in STORED) > 0.3 * 256
    asked = {"pdq/1": STORED[5:6], "phash/1": STORED[39:40]}
    found = nearest_item(index.searcher(), asked)
    assert found is None or found.distance > 0.3 * 256
    assert nearest_item(index.searcher(), {"sha256/1": STORED[:1]}) is None
    assert nearest_item(index.searcher(), {}) is None
