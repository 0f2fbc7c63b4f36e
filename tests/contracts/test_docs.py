"""The pages tell the truth: what the README shows is printed, and what there is, is documented."""

import re
from pathlib import Path

import pytest
from PIL import ImageOps
from typer.main import get_command

from api.cli import app, main
from api.settings import Settings
from matcher.signals import SIGNAL_TYPES
from tests.pictures import photo

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text()
OPERATING = (REPOSITORY / "docs" / "OPERATING.md").read_text()


def test_readme_shows_what_compare_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first thing a reader tries prints lines of the shape the page shows."""
    monkeypatch.chdir(tmp_path)
    photo(1).save("original.jpg", quality=95)
    ImageOps.mirror(photo(1)).save("edited.jpg", quality=30)
    assert main(["compare", "original.jpg", "edited.jpg"]) == 0
    printed = capsys.readouterr().out.splitlines()
    shown = README.split("$ staydown compare original.jpg edited.jpg\n")[1].split("\n\n")[0].splitlines()
    assert [without_numbers(line) for line in shown] == [without_numbers(line) for line in printed]


def without_numbers(line: str) -> str:
    """Leave out figures that depend on the picture."""
    return re.sub(r"\s+", " ", re.sub(r"\d+(?= of| keypoints)", "N", line.strip()))


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_setting_is_documented(name: str) -> None:
    """An operator finds every setting on one page, with its default."""
    field = Settings.model_fields[name]
    assert field.description
    assert f"`STAYDOWN_{name.upper()}`" in OPERATING


@pytest.mark.parametrize("name", sorted(get_command(app).commands))
def test_command_is_documented(name: str) -> None:
    """And every command."""
    assert f"staydown {name}" in OPERATING


@pytest.mark.parametrize("name", SIGNAL_TYPES)
def test_signal_type_is_documented(name: str) -> None:
    """And what is kept of a picture."""
    assert f"`{name}`" in OPERATING


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/OPERATING.md"])
def test_links_and_paths_lead_somewhere(page: str) -> None:
    """A page that names a file names one that is there."""
    text = (REPOSITORY / page).read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    named = re.findall(r"`((?:api|casework|index|matcher|benchmarks|tests|docs)/[\w/.]+\.\w+)`", text)
    missing = [
        path
        for path in {*links, *named}
        if not ((REPOSITORY / page).parent / path).exists() and not (REPOSITORY / path).exists()
    ]
    assert missing == []
