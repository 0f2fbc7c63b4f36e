"""Pairs that meet are counted as they are, in the lists of today and in finer ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.copies import list_recall
from benchmarks.copies.list_recall import Cells, Pairs, shares
from benchmarks.copies.photos import save
from index.local.quantiser import centroids
from tests.helpers.media.textures import texture


def drawn(count: int, seed: int) -> np.ndarray:
    """Draw descriptors."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def test_equal_descriptors_always_meet_and_one_list_is_compared_with() -> None:
    """The least that lists have to do; and each of the bank is in exactly one."""
    same = drawn(50, 1)
    pairs = Pairs(same, same, np.zeros(50, np.int32), same)
    beneath = np.repeat(centroids(), 2, axis=0)
    beneath[::2, 0] ^= 1
    for cells in (Cells("as today"), Cells("finer", drawn(500, 2)), Cells("finer", beneath, two_levels=True)):
        assert [row["found_close"] for row in shares(cells, pairs)] == [1.0] * len(shares(cells, pairs))
        kept = cells.kept_in(same)
        sizes = np.bincount(kept, minlength=cells.count)
        assert shares(cells, pairs)[0]["compared"] >= sizes[kept].mean() / 50


def test_pairs_in_other_lists_are_counted_as_missed() -> None:
    """A share of 100 % that nothing can lower says nothing."""
    asked, other = centroids()[:1], centroids()[2000:2001]
    pairs = Pairs(np.repeat(asked, 4, axis=0), np.concatenate([np.repeat(asked, 3, axis=0), other]),
                  np.array([0, 0, 40, 60], np.int32), asked)  # fmt: skip
    first = shares(Cells("as today"), pairs)[0]
    assert (first["found_close"], first["found_near"]) == (1.0, 0.75)


def test_finer_lists_are_shorter(tmp_path: Path) -> None:
    """A whole run, on drawn pictures: what it counts can be read again."""
    for name, first in (("bank", 0), ("others", 100)):
        (tmp_path / name).mkdir()
        for n in range(first, first + 3):
            (tmp_path / name / f"{n}.jpg").write_bytes(save(texture(n, width=320, height=240)))
    out = tmp_path / "result.json"
    folders = ["--bank", str(tmp_path / "bank"), "--centroids-from", str(tmp_path / "others"), "--every", "1"]
    arguments = [*folders, "--edits", "JPEG 15", "--lists", "50", "400", "--json", str(out)]
    assert list_recall.main(arguments) == 0
    rows = json.loads(out.read_text())["rows"]
    assert {(row["lists"], row["chosen"]) for row in rows} == {
        (4096, "as today"), *((count, how) for count in (50, 400) for how in ("among all", "in two levels"))
    }  # fmt: skip
    compared = {(row["lists"], row["probes"]): row["compared"] for row in rows if row["chosen"] == "among all"}
    assert compared[50, 8] > compared[400, 8] > compared[400, 2] > 0
    assert all(0 <= row["found_near"] <= 1 for row in rows)


def test_more_lists_than_there_are_descriptors_are_refused(tmp_path: Path) -> None:
    """They would be empty, and look cheap."""
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "1.jpg").write_bytes(save(texture(1, width=320, height=240)))
    folders = ["--bank", str(tmp_path / "bank"), "--centroids-from", str(tmp_path / "bank")]
    with pytest.raises(ValueError, match="name more photos"):
        list_recall.main([*folders, "--edits", "JPEG 15", "--lists", "100000"])
