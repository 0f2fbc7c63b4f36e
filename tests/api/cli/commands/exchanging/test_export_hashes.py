"""`staydown export`: what is taken down here is matched elsewhere."""

import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.api.cli.conftest import Shell
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import scene, write_video

COMPLETE = (
    *("--relation", "subject", "--nudity", "--non-consent", "--good-faith", "--signature", "A"),
    *("--contact", "a@example.org"),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where folders are kept in which something was decided: to decide it again takes a second each time."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def decided(shell: Shell, tmp_path: Path, kept: Path) -> list[Path]:
    """Have two pictures taken down; return others that are copies of them, and one that is none."""
    if (kept / "pictures").exists():
        shutil.copytree(kept / "pictures", tmp_path, dirs_exist_ok=True)
    else:
        shell("init", "--json")
        for seed in (7_100, 7_101):
            (tmp_path / f"{seed}.jpg").write_bytes(photo_bytes(seed))
            take_down(shell, tmp_path / f"{seed}.jpg")
        for seed in (7_100, 7_101, 7_102):
            (tmp_path / f"copy-{seed}.jpg").write_bytes(photo_bytes(seed, quality=60))
        shutil.copytree(tmp_path, kept / "pictures")
    return [tmp_path / f"copy-{seed}.jpg" for seed in (7_100, 7_101, 7_102)]


@pytest.fixture
def decided_film(shell: Shell, tmp_path: Path, kept: Path) -> list[Path]:
    """Have a film taken down; return it, another encoding of it, and another film."""
    films = [tmp_path / "film.mp4", tmp_path / "copy.mp4", tmp_path / "other.mp4"]
    if (kept / "films").exists():
        shutil.copytree(kept / "films", tmp_path, dirs_exist_ok=True)
    else:
        shell("init", "--json")
        write_video(films[0], scene(7_110, frames=60))
        write_video(films[1], scene(7_110, frames=60), codec="mpeg4")
        write_video(films[2], scene(7_111, frames=60))
        take_down(shell, films[0])
        shutil.copytree(tmp_path, kept / "films")
    return films


def take_down(shell: Shell, file: Path) -> None:
    """Report a file, look at it and uphold the report."""
    report = shell("report", file, *COMPLETE, "--json")
    assert report.code == 0, report.err
    assert shell("look", report.document["case_id"], "--out", file.with_name("seen")).code == 0
    assert shell("decide", report.document["case_id"], "--uphold", "--json").code == 0


def verdicts(shell: Shell, files: list[Path]) -> list[tuple[str, int]]:
    """Ask about files; return each one's verdict and how many matches it has."""
    ran = shell("match", *files, "--json")
    assert ran.err == ""
    return [(one["verdict"], len(one["matches"])) for one in ran.document]


@pytest.mark.parametrize("name", ["ndjson", "pdq", "pdq-csv", "threatexchange-json"])
def test_what_is_exported_matches_the_same_elsewhere(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decided: list[Path], name: str
) -> None:
    """There it holds, under the name of the list: nobody there has decided."""
    here = verdicts(shell, decided)
    assert here == [("block", 1), ("block", 1), ("allow", 0)]
    ran = shell("export", "list.out", "--format", name, "--json")
    assert (ran.code, ran.document) == (0, {"exported": 2, "left_out": 0})
    assert not list(tmp_path.glob("*.part"))
    assert stat.S_IMODE((tmp_path / "list.out").stat().st_mode) == 0o600, "it is as sensitive as the pictures"
    monkeypatch.setenv("STAYDOWN_DATA", str(tmp_path / "elsewhere"))
    imported = shell("import", "list.out", "--format", name, "--source", "HERE", "--json").document
    assert imported["rejected"] == 0
    assert [verdict for verdict, _ in verdicts(shell, decided)] == ["hold", "hold", "allow"]
    again = shell("export", "again.out", "--format", name, "--source", "HERE", "--json")
    assert again.document["exported"] == imported["imported"]


@pytest.mark.parametrize("name", ["ndjson", "vpdq"])
def test_an_exported_video_matches_the_same_elsewhere(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decided_film: list[Path], name: str
) -> None:
    """By its frames: another encoding of it is held there, another film is not."""
    here = verdicts(shell, decided_film)
    assert here == [("block", 1), ("hold", 1), ("allow", 0)]
    ran = shell("export", "list.out", "--format", name, "--json")
    assert (ran.code, ran.document) == (0, {"exported": 1, "left_out": 0})
    monkeypatch.setenv("STAYDOWN_DATA", str(tmp_path / "elsewhere"))
    imported = shell("import", "list.out", "--format", name, "--source", "HERE", "--json").document
    assert (imported["imported"], imported["rejected"]) == (1, 0)
    assert verdicts(shell, decided_film) == [("hold", 1), ("hold", 1), ("allow", 0)]


def test_an_export_says_what_it_holds_and_nothing_of_people(shell: Shell, tmp_path: Path, decided: list[Path]) -> None:
    """A record has its decision's terms and every signal; a format without words for it leaves it out, and says so."""
    assert shell("export", "list.ndjson").code == 0
    records = [json.loads(line) for line in (tmp_path / "list.ndjson").read_text().splitlines()]
    assert {one["hash_action"] for one in records} == {"bank_context_free"}
    assert {"sha256/1", "pdq/1", "phash/1", "local/1"} <= {signal["type"] for signal in records[0]["signals"]}
    assert set(records[0]) == {
        "id",
        "source",
        "hash_action",
        "effective_at",
        "kind",
        "width",
        "height",
        "duration_s",
        "signals",
    }
    ran = shell("export", "list.vpdq")
    assert (ran.code, (tmp_path / "list.vpdq").read_bytes()) == (0, b"")
    assert "2 have no signal that this format has a word for" in ran.err
    shell("audit", "export", "audit.ndjson")
    exported = [line for line in (tmp_path / "audit.ndjson").read_text().splitlines() if "hashes:exported" in line]
    assert len(exported) == 2, "each is on record"


def test_a_list_that_is_not_there_is_named(shell: Shell) -> None:
    """With those that are."""
    ran = shell("export", "list.ndjson", "--source", "NONE")
    assert ran.code == 1
    assert "there is no list 'NONE'" in ran.err
