"""The robustness benchmark counts what it says it counts, on pictures made here."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.copies import calibrate, robustness
from benchmarks.copies.calibrate import Sample, calibrated
from benchmarks.copies.contestants import COPY_CONTESTANTS
from benchmarks.copies.contestants.base import Finding
from benchmarks.copies.edits import EDITS
from benchmarks.copies.photos import photos, save
from benchmarks.copies.robustness import Race, _strength, _strongest
from casework.policy.learning.share import wilson
from tests.helpers.media.textures import texture


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three references and three strangers."""
    for name, first in (("bank", 0), ("strangers", 100)):
        (tmp_path / name).mkdir()
        for n in range(first, first + 3):
            (tmp_path / name / f"{n:03}.jpg").write_bytes(save(texture(n, width=320, height=240)))
    return tmp_path / "bank", tmp_path / "strangers"


def test_an_honest_run_edits_only_photos_on_which_nothing_was_fitted(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """A share found of photos that thresholds were chosen on flatters the thresholds."""
    honest = [photo for photo in photos(folders) if photo.honest]
    assert 0 < len(honest) < 6
    out = tmp_path / "result.json"
    arguments = ["--bank", *map(str, folders), "--negatives", str(folders[1]), "--no-traps", "--contestants", "pdq_31"]
    robustness.main([*arguments, "--edits", "left-right", "--honest", "--json", str(out)])
    assert json.loads(out.read_text())["photos"] == len(honest)


def test_every_contestant_is_asked_for_the_same_copies(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """One run compares like with like, and its result has the shape others read."""
    out, plots = tmp_path / "result.json", tmp_path / "plots"
    names = ["staydown_deep", "staydown_fast", "staydown_local", "pdq_31", "pdq_31_dihedral", "imagehash_phash"]
    arguments = ["--bank", str(folders[0]), "--negatives", str(folders[1]), "--no-traps", "--contestants", *names]
    edits = ["--edits", "left-right", "crop, 50", "--photos", "2"]
    assert robustness.main([*arguments, *edits, "--json", str(out), "--plot", str(plots)]) == 0
    result = json.loads(out.read_text())
    contestants = {row["name"]: row for row in result["contestants"]}
    assert list(contestants) == names
    assert result["photos"] == 2
    for row in contestants.values():
        asked, negatives = (2, 3) if "staydown" in row["name"] else (1, 1)  # others are asked every fifth question
        assert [(edit["name"], edit["n"]) for edit in row["edits"]] == [("mirror", asked), ("crop", asked)]
        assert {"near", "partial", "weak", "of"} <= row["false_positives"].keys()
        assert row["false_positives"]["of"] == negatives
        assert row["query_p50_ms"] > 0
        assert row["bytes_per_reference"] > 0
    deep, pdq = contestants["staydown_deep"], contestants["pdq_31"]
    assert [edit["found"] for edit in deep["edits"]] == [2, 2]
    assert deep["mean"] == 1.0
    assert (deep["false_positives"]["near"], deep["false_positives"]["partial"]) == (0, 0)
    assert pdq["edits"][0]["found"] == 0
    assert contestants["pdq_31_dihedral"]["edits"][0]["found"] == 1
    assert len(list(plots.iterdir())) == 2


def test_a_run_out_of_time_begins_no_further_photo(folders: tuple[Path, Path]) -> None:
    """What it asked is a smaller sample of every edit, not all of some."""
    race = Race({"pdq_31": COPY_CONTESTANTS["pdq_31"]()}, photos([folders[0]]), lambda _: None)
    assert race.ask_edits(EDITS[:2], [2, 0], photos([folders[1]]), 1, lambda _: None, until=0.0) == 0
    assert race.ask_edits(EDITS[:2], [2, 0], photos([folders[1]]), 1, lambda _: None) == 2
    assert [edit["n"] for edit in race.figures("pdq_31")["edits"]] == [1, 1]  # it is asked every fifth photo


def test_naming_another_reference_is_not_finding() -> None:
    """The right one, not some one."""
    found = [Finding(4, 0.0, "near"), Finding(2, 5.0, "partial")]
    assert _strength(found, 2, None) == "partial"
    assert _strength(found, 3, None) is None
    assert _strongest(found, None) == (found[0], "near")
    assert _strongest([Finding(1, 9.0)], 8.0) is None
    assert _strongest([Finding(1, 8.0)], 8.0) == (Finding(1, 8.0), "near")


def test_an_interval_holds_its_share_and_stays_between_zero_and_one() -> None:
    """Ten of ten is not certainty."""
    for found, of in ((0, 10), (10, 10), (93, 100), (1, 3)):
        low, high = wilson(found, of)
        assert 0 <= low <= found / of <= high <= 1
    assert wilson(10, 10)[0] == pytest.approx(0.722, abs=0.001)


def test_calibration_parts_two_clouds_and_reports_the_other_half() -> None:
    """Thresholds come from one half alone; the other says what to expect."""
    rng = np.random.default_rng(3)
    samples = []
    for copy, middle in ((True, 1.5), (False, -1.5)):
        for n in range(400):
            values = rng.normal(middle, 1.0, 7)
            samples.append(Sample(f"{copy} {n}", "bank/a.jpg", n % 2, copy, False, values))
    result = calibrated(samples)
    partial = result["reporting"]["LOCAL_PARTIAL"]  # type: ignore[index]
    assert partial["copies_found"] > 0.97
    assert partial["strangers"] <= 3
    assert result["LOCAL_WEAK"] < result["LOCAL_PARTIAL"] < result["LOCAL_NEAR"]  # type: ignore[operator]
    only_fitting = calibrated([s for s in samples if s.half == 0] + [s for s in samples if s.half == 1][:10])
    assert only_fitting["LOCAL_WEIGHTS"] == result["LOCAL_WEIGHTS"]
    assert calibrate.fitted([s for s in samples if s.half == 0]).shape == (8,)
