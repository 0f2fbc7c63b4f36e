"""`python -m benchmarks search` prints the promised JSON, and `scale` a point for each size."""

import json

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.metrics import METRICS
from benchmarks.report import plot_scale, plot_search, print_search
from benchmarks.search.runner import Samples, Workload
from benchmarks.search.search import as_result

WORKLOAD = Workload(hashes=1000)
OURS = Samples("staydown", None, 1.0, 117_000, [1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [0.5, 0.5], 1024, 8, 8)
OTHER = Samples("faiss_flat", None, 0.1, 32_000, [40.0, 50.0, 60.0], [50.0], [4.0], 512, 8, 4)


def test_numbers_come_from_raw_samples():
    """Anyone can work a published number out again."""
    result = as_result([OURS, OTHER, Samples("faiss_hnsw", skipped="takes too long")], WORKLOAD)
    ours, other = result["contestants"]
    assert (ours["hit_p50_ms"], ours["batch_per_s"], ours["bytes_per_hash"], ours["recall"]) == (2.0, 2048.0, 117.0, 1)
    assert (other["hit_p50_ms"], other["batch_per_s"], other["recall"]) == (50.0, 128.0, 0.5)
    assert result["ratio"] == {"faiss_flat": 25.0}
    assert result["skipped"] == {"faiss_hnsw": "takes too long"}
    assert result["raw"][1]["hit_ms"] == [40.0, 50.0, 60.0]


def test_search_writes_the_promised_json(capsys):
    """Scripts read these keys."""
    options = ["--hashes", "2e3", "--queries", "30", "--contestants", "staydown", "faiss_multihash_16x16"]
    assert main(["search", *options, "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["hashes"], result["radius"], result["threads"]) == (2000, 31, 1)
    assert [row["name"] for row in result["contestants"]] == ["staydown", "faiss_multihash_16x16"]
    assert all(set(METRICS) <= row.keys() and row["recall"] == 1 for row in result["contestants"])
    assert result["ratio"].keys() == {"faiss_multihash_16x16"}
    assert result["environment"].keys() >= {"commit", "packages", "processor", "memory_bytes", "time"}


def test_scale_writes_a_point_a_size(capsys):
    """The growth curve starts at 10,000 hashes."""
    options = ["--up-to", "1e4", "--queries", "30", "--contestants", "staydown", "--json", "-"]
    assert main(["scale", *options]) == 0
    points = json.loads(capsys.readouterr().out)["points"]
    assert [point["hashes"] for point in points] == [10_000]


def test_results_are_drawn_and_printed(tmp_path, capsys):
    """A reader sees pictures and a table before any JSON."""
    result = as_result([OURS, OTHER], WORKLOAD)
    assert plot_search(result, str(tmp_path / "new")).stat().st_size > 0
    assert plot_scale([result], str(tmp_path / "new")).stat().st_size > 0
    print_search(result)
    assert "25.0" in capsys.readouterr().out


def test_an_unknown_benchmark_is_named_with_the_known_ones(capsys):
    """A typo should cost one look."""
    assert main(["serch"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("serch", *BENCHMARKS))


@pytest.mark.parametrize("text", ["0", "1.5", "-3"])
def test_a_count_that_is_none_is_refused(text, capsys):
    """Half a hash cannot be searched."""
    with pytest.raises(SystemExit):
        main(["search", "--hashes", text])
    assert text in capsys.readouterr().err
