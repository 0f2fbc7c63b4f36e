"""`cluster_model` measures small banks, tells its error, and reckons again from what an earlier run measured."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.cluster.model.assumptions import ASSUMPTIONS
from benchmarks.copies.photos import save
from tests.helpers.media.textures import texture


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a small run."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "bank").mkdir()
    for number in range(6):
        (folder / "bank" / f"{number}.jpg").write_bytes(save(texture(number, width=320, height=240)))
    hashes = ["--hashes", "140e3", "180e3", "--questions", "4"]
    pictures = ["--bank", str(folder / "bank"), "--references", "12", "24", "--pictures", "2"]
    assert main(["cluster_model", *hashes, *pictures, "--json", str(folder / "first.json")]) == 0
    return folder / "first.json"


def read(path: Path) -> dict[str, Any]:
    """Read a result."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_run_finds_what_it_asks_for_and_tells_its_error(run: Path) -> None:
    """A search that finds nothing is fast; a model without its error is believed."""
    result = read(run)
    assert [(one["hashes"], one["slots"]) for one in result["measured"]["hashes"]] == [
        (count, slots) for count in (140_000, 180_000) for slots in (1, 2, 4)
    ]
    assert all(one["missed"] == 0 for one in result["measured"]["hashes"])
    assert all(one["found"] == one["of"] == 2 for one in result["measured"]["features"])
    for name in ("one hash", "a hash among a hundred", "a picture"):
        assert [one["slots"] for one in result["fit"][name]["held_out"]] == [1, 2, 4]
    assert {one["source"] for one in result["recorded"]} == {"2026-11-21/scale.json", "2026-11-21/local-scale.json"}
    assert [row["what"] for row in result["model"][:2]] == ["1,000,000,000 hashes", "10,000,000,000 hashes"]
    assert [row["finer"] for row in result["model"][2:]] == [False, True] * 3
    assert {name: set(each) for name, each in result["assumptions"].items()} == {
        name: {"value", "unit", "source"} for name in ASSUMPTIONS
    }
    assert list(result["skipped"]) == ["hops"]


def test_an_earlier_run_is_reckoned_with_again(run: Path, tmp_path: Path) -> None:
    """With other prices and machines, nothing is measured anew."""
    again = tmp_path / "again.json"
    options = ["--measured", str(run), "--json", str(again)]
    assert main(["cluster_model", *options]) == 0
    first, second = read(run), read(again)
    for name in ("measured", "fit", "model", "lists", "assumptions"):
        assert first[name] == second[name]
    assert main(["cluster_model", *options, "--price-per-hour", "5", "--memory-gb", "64"]) == 0
    other = read(again)
    assert other["assumptions"]["price_per_hour"] == {
        "value": 5.0, "unit": ASSUMPTIONS["price_per_hour"].unit, "source": "the command line"
    }  # fmt: skip
    before, after = first["model"][1], other["model"][1]
    assert after["machines"] > before["machines"]
    assert after["price_per_hour"] == 5 * after["machines"]


def test_what_was_measured_on_several_days_is_put_together(run: Path, tmp_path: Path) -> None:
    """Hashes on one machine, references on another, hops on a third: each says where."""
    halves = []
    for name in ("hashes", "features"):
        half = read(run)
        half["measured"] = {"on": half["measured"]["on"], name: half["measured"][name]}
        halves.append(tmp_path / f"{name}.json")
        halves[-1].write_text(json.dumps(half))
    both = tmp_path / "both.json"
    assert main(["cluster_model", "--measured", *map(str, halves), "--json", str(both)]) == 0
    assert read(both)["model"] == read(run)["model"]
    assert len(read(both)["measured"]["on"]) == 2
    assert main(["cluster_model", "--measured", str(halves[0]), "--json", str(both)]) == 0
    assert "references" in read(both)["skipped"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--busy", "1"], "at most 0.95"),
        (["--price-per-hour", "-1"], "above 0"),
        (["--hashes", "1000"], "no tables"),
        (["--slots", "0"], "at least 1"),
    ],
)
def test_odd_options_are_refused(options: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is run for minutes."""
    with pytest.raises(SystemExit):
        main(["cluster_model", *options])
    assert reason in capsys.readouterr().err


def test_too_few_sizes_are_refused(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One size has nothing to be held out against."""
    result = read(run)
    result["measured"]["hashes"] = result["measured"]["hashes"][:3]
    (tmp_path / "one-size.json").write_text(json.dumps(result))
    with pytest.raises(SystemExit):
        main(["cluster_model", "--measured", str(tmp_path / "one-size.json")])
    assert "at least two sizes" in capsys.readouterr().err
