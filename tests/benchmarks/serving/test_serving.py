"""`python -m benchmarks serving` measures a real server and writes the promised JSON."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main

ROW = {"name", "contestant", "processes", "connections", "references", "requests_per_s", "p50_ms", "p95_ms", "p99_ms"}


ASKED = ("signals_miss", "signals_hit", "batch_100", "register_signals_under_load", "image_fast_0.3mp")
DECIDED = ("report_and_decide", "report_and_decide_under_load")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Measure for a moment, the peer with a Python that lacks its packages."""
    folder: Path = tmp_path_factory.mktemp("serving")
    options = ["--references", "300", "--processes", "1", "--rounds", "1", "--duration", "0.3", "--settle", "0.12"]
    options += ["--banked-photos", "1", "--peer-python", sys.executable, "--decisions", "4"]
    chosen = ["--scenarios", *ASKED, *DECIDED, "--connections", "1", "--rates", "20"]
    written = ["--json", str(folder / "result.json"), "--plot", str(folder)]
    assert main(["serving", *options, *chosen, "--keep", str(folder / "kept"), *written]) == 0
    assert (folder / "serving-signals_miss.png").stat().st_size > 0
    return json.loads((folder / "result.json").read_text())


def test_the_promised_json_is_written(result: dict) -> None:
    """Scripts read these keys."""
    rows = result["scenarios"]
    assert {(row["contestant"], row["name"]) for row in rows} == {
        *(("staydown", name + loop) for name in ASKED for loop in ("", "_open")),
        *(("bare", name + loop) for name in ASKED[:3] for loop in ("", "_open")),
        *(("staydown", f"decisions_beside_{name}") for name in ASKED),
        *(("staydown", name) for name in DECIDED),
    }
    assert all(row.keys() >= {*ROW, "errors"} and row["references"] == 300 for row in rows)
    assert result["environment"].keys() >= {"commit", "packages", "processor", "memory_bytes", "time"}
    assert result.keys() >= {"seed", "load_average", "database", "software", "memory"}
    assert "flask" in result["skipped"]["peer"]


def test_every_question_is_answered_as_it_should_be(result: dict) -> None:
    """Copies find their takedown and strangers none: what is measured is the real answer."""
    assert {row["name"]: row["errors_by_kind"] for row in result["scenarios"] if row["errors"]} == {}
    opened = [row for row in result["scenarios"] if row["name"].endswith("_open")]
    assert all(len(row["rounds"][0]["latencies_ms"]) == 6 for row in opened)


def test_ours_is_compared_with_the_bare_route_at_the_same_load(result: dict) -> None:
    """Ratios within one run are what survives a busy machine."""
    ratio = result["ratio"]["signals_miss_open at 20/s, 64 connections, 1 process"]
    assert ratio.keys() >= {"of_bare", "processor_of_bare", "p99_over_p50"}
