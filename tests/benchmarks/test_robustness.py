"""The robustness benchmark counts what it says it counts, on pictures made here."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import calibrate, robustness
from benchmarks.calibrate import Sample, calibrated
from benchmarks.contestants.copies_base import Finding
from benchmarks.photos import save
from benchmarks.robustness import _strength, _strongest
from benchmarks.robustness_report import wilson
from tests.textures import texture


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Six references and six strangers."""
    for name, first in (("bank", 0), ("strangers", 100)):
        (tmp_path / name).mkdir()
        for n in range(first, first + 6):
            (tmp_path / name / f"{n:03}.jpg").write_bytes(save(texture(n, width=320, height=240)))
    return tmp_path / "bank", tmp_path / "strangers"


def test_every_contestant_is_asked_for_the_same_copies(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """One run compares like with like, and its result has the shape others read."""
    bank, strangers = folders
    out = tmp_path / "result.json"
    options = [
        "--edits",
        "left-right",
        "crop, 50",
        "--photos",
        "3",
        "--json",
        str(out),
        "--plot",
        str(tmp_path / "plots"),
    ]
    names = [
        "staydown_deep",
        "staydown_fast",
        "pdq_31",
        "pdq_31_dihedral",
        "imagehash_phash",
        "imagehash_crop_resistant",
    ]
    arguments = ["--bank", str(bank), "--negatives", str(strangers), "--no-traps", *options, "--contestants", *names]
    assert robustness.main(arguments) == 0
    contestants = {row["name"]: row for row in json.loads(out.read_text())["contestants"]}
    assert list(contestants) == names
    for row in contestants.values():
        slow = row["name"] == "imagehash_crop_resistant"
        asked, negatives = (1, 1) if slow else (1, 2) if "staydown" not in row["name"] else (3, 6)
        assert [(edit["name"], edit["n"]) for edit in row["edits"]] == [("mirror", asked), ("crop", asked)]
        assert {"near", "partial", "weak", "of"} <= row["false_positives"].keys()
        assert row["false_positives"]["of"] == negatives
        assert row["query_p50_ms"] > 0
        assert row["bytes_per_reference"] > 0
    deep, pdq = contestants["staydown_deep"], contestants["pdq_31"]
    assert [edit["found"] for edit in deep["edits"]] == [3, 3]
    assert deep["mean"] == 1.0
    assert (deep["false_positives"]["near"], deep["false_positives"]["partial"]) == (0, 0)
    assert pdq["edits"][0]["found"] == 0
    assert contestants["pdq_31_dihedral"]["edits"][0]["found"] == 1
    assert len(list((tmp_path / "plots").iterdir())) == 2


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
