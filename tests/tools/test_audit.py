"""The offline audit finds what an advisory names, and nothing else."""

import json
import zipfile
from pathlib import Path

import pytest

from tools.audit import audit, locked, main

LOCK = "pillow==13.0.0 \\\n    --hash=sha256:00\nZope.Interface==7.1 ; sys_platform == 'linux' \\\n"


def advisory(*events: dict[str, str], name: str = "pillow", versions: tuple[str, ...] = (), **more: str) -> dict:
    """Return a document of osv.dev."""
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges, "versions": list(versions)}
    return {"id": "PYSEC-1", "summary": "overflow", "affected": [affected], **more}


def found(*advisories: dict) -> list[tuple[str, str]]:
    """Return the libraries and versions that are named."""
    return [(one.name, one.version) for one in audit(locked(LOCK), advisories)]


@pytest.mark.parametrize(
    ("events", "is_affected"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "13.0.0"}], False),
        ([{"introduced": "0"}, {"fixed": "13.0.1"}], True),
        ([{"introduced": "13.0.1"}], False),
        ([{"introduced": "12"}, {"last_affected": "13"}], True),
        ([{"introduced": "12"}, {"last_affected": "12.9"}], False),
        ([{"introduced": "1"}, {"fixed": "2"}, {"introduced": "13.0.0rc1"}, {"fixed": "13.1"}], True),
        ([{"introduced": "no version"}], False),
    ],
)
def test_range_names_the_versions_it_says(events: list[dict[str, str]], is_affected: bool) -> None:
    """One missed is a hole that everybody knows; one too many and nobody reads the list."""
    assert found(advisory(*events)) == ([("pillow", "13.0.0")] if is_affected else [])


def test_listed_versions_and_odd_spellings_count() -> None:
    """Names are compared as pip does."""
    assert found(advisory(name="zope-interface", versions=("7.1",))) == [("zope-interface", "7.1")]


def test_others_and_withdrawn_ones_count_for_nothing() -> None:
    """A library of that name in another language is another library."""
    other = advisory(versions=("13.0.0",))
    other["affected"][0]["package"]["ecosystem"] = "npm"
    assert found(other, advisory(versions=("13.0.0",), withdrawn="2026-01-01T00:00:00Z")) == []


def test_command_reads_a_zip_file_and_says_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is what osv.dev gives away."""
    lock, database = tmp_path / "lock.txt", tmp_path / "all.zip"
    lock.write_text(LOCK)
    with zipfile.ZipFile(database, "w") as archive:
        archive.writestr("PYSEC-1.json", json.dumps(advisory({"introduced": "0"}, {"fixed": "13.2"})))
    assert main([str(database), str(lock)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "pillow 13.0.0  PYSEC-1  fixed in 13.2  overflow",
        "2 libraries, 1 known weaknesses",
    ]
    lock.write_text("pillow==13.2\n")
    assert main([str(database), str(lock)]) == 0
    assert main([str(lock), str(lock)]) == 2


def test_own_locks_are_read() -> None:
    """An audit of nothing finds nothing."""
    text = (Path(__file__).parents[2] / "requirements" / "run.txt").read_text()
    assert len(locked(text)) > 40
