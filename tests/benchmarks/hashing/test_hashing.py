"""`python -m benchmarks hashing` hashes every format by every contestant and writes the promised JSON."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.hashing.contestants import OF_PICTURES, OF_VIDEOS
from benchmarks.hashing.files import FORMATS


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Measure the smallest files once."""
    folder: Path = tmp_path_factory.mktemp("hashing")
    options = ["--megapixels", "0.3", "--seconds", "0.5", "--files", "1", "--rounds", "1"]
    assert main(["hashing", *options, "--json", str(folder / "result.json"), "--plot", str(folder)]) == 0
    assert (folder / "hashing.png").stat().st_size > 0
    return json.loads((folder / "result.json").read_text())


def test_every_contestant_hashes_every_format(result: dict) -> None:
    """A contestant that failed silently would look fast."""
    rows = result["scenarios"]
    asked = {(f"{kind} 0.3 MP", who) for kind in FORMATS for who in OF_PICTURES}
    assert {(row["name"], row["contestant"]) for row in rows} == asked | {("video 0.5 s", who) for who in OF_VIDEOS}
    assert {row["contestant"]: row["failure"] for row in rows if row["failure"]} == {}
    assert all(len(row["wall_ms"]) == 1 and row["p50_ms"] > 0 for row in rows)


def test_others_are_compared_with_ours(result: dict) -> None:
    """Ratios within one run are what survives a busy machine."""
    assert result["ratio"]["JPEG 0.3 MP"].keys() == {*OF_PICTURES} - {"staydown"}
    assert result["environment"].keys() >= {"commit", "packages", "processor", "memory_bytes", "time"}
