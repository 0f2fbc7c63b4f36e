"""`python -m benchmarks serving` measures a real server and writes the promised JSON."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main

ROW = {"name", "contestant", "processes", "connections", "references", "requests_per_s", "p50_ms", "p95_ms", "p99_ms"}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Measure for a moment."""
    folder: Path = tmp_path_factory.mktemp("serving")
    options = ["--references", "300", "--processes", "1", "--rounds", "1", "--duration", "0.5", "--settle", "0.1"]
    chosen = ["--scenarios", "signals_miss", "signals_hit", "batch_100", "--connections", "2", "--rates", "20"]
    written = folder / "result.json"
    assert main(["serving", *options, *chosen, "--keep", str(folder / "kept"), "--json", str(written)]) == 0
    return json.loads(written.read_text())


def test_the_promised_json_is_written(result: dict) -> None:
    """Scripts read these keys."""
    rows = result["scenarios"]
    assert {(row["contestant"], row["name"]) for row in rows} == {
        (who, name + loop)
        for who in ("staydown", "bare")
        for name in ("signals_miss", "signals_hit", "batch_100")
        for loop in ("", "_open")
    }
    assert all(row.keys() >= {*ROW, "errors"} and row["references"] == 300 for row in rows)
    assert result["environment"].keys() >= {"commit", "packages", "processor", "memory_bytes", "time"}
    assert result.keys() >= {"seed", "load_average", "database"}


def test_every_question_is_answered_as_it_should_be(result: dict) -> None:
    """Copies find their takedown and strangers none: what is measured is the real answer."""
    assert {row["name"]: row["errors_by_kind"] for row in result["scenarios"] if row["errors"]} == {}
    assert all(row["requests_per_s"] > 0 and row["rounds"][0]["latencies_ms"] for row in result["scenarios"])


def test_ours_is_compared_with_the_bare_route_at_the_same_load(result: dict) -> None:
    """Ratios within one run are what survives a busy machine."""
    ratio = result["ratio"]["signals_miss, 1 processes, 2 connections"]
    assert ratio["of_bare"] > 0
    assert ratio.keys() >= {"of_bare", "processor_of_bare"}
