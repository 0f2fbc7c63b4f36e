"""The pages tell the truth: what the README shows is printed, and what there is, is documented."""

import io
import re
import tokenize
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import ImageOps
from typer.main import get_command

from api.cli import app, main
from api.metrics.catalogue import METRICS
from api.settings import Settings
from matcher.signals import SIGNAL_TYPES
from tests.helpers.media.pictures import photo

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


METRICS_PAGE = (REPOSITORY / "docs" / "METRICS.md").read_text()


def test_metrics_and_their_page_agree() -> None:
    """Whoever writes an alert finds each metric with its labels on one page, and none there that is not."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", METRICS_PAGE, flags=re.MULTILINE)
    described = {name: tuple(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert described == {name: metric.labels for name, metric in METRICS.items()}
    assert set(re.findall(r"`((?:staydown|process|python)_\w+)`", OPERATING)) <= METRICS.keys()


PAGES = [path for path in sorted(REPOSITORY.glob("*.md")) if path.name != "CHANGELOG.md"]  # history may name what was
PAGES += [*sorted((REPOSITORY / "docs").glob("*.md")), REPOSITORY / "benchmarks/README.md"]

ROOMS = ("api", "casework", "index", "matcher", "benchmarks", "tests")

WRITTEN_AT_RUN_TIME = {"standby/", "kernels/", "segments/", "incoming/", "exports/", "staydown-data/"}
"""Folders of an operator's data, which no checkout has."""

_NAMED = re.compile(r"`{1,2}([\w-][\w./-]*)`{1,2}")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_and_paths_of_a_page_lead_somewhere(page: Path) -> None:
    """A page that names a file names one that is there."""
    text = page.read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert missing_paths(text, [page.parent, REPOSITORY, *(REPOSITORY / room for room in ROOMS)]) == []


@pytest.mark.parametrize("room", ROOMS)
def test_paths_and_modules_in_docstrings_and_comments_are_there(room: str) -> None:
    """
    Where a file says that another one does something, that one is found, by its path or its name to import.

    A path begins at the file's own folder, at one above it, or at the repository.
    """
    stale = {}
    for path in sorted((REPOSITORY / room).rglob("*.py")):
        above = [folder for folder in path.parents if folder.is_relative_to(REPOSITORY)]
        if missing := missing_paths(prose_of(path.read_text()), above):
            stale[str(path.relative_to(REPOSITORY))] = missing
    assert stale == {}


def missing_paths(text: str, folders: Sequence[Path]) -> list[str]:
    """Return what a text names between backticks that looks like a path or a module of ours and is not there."""
    return sorted({name for name in _NAMED.findall(text) if not is_there(name, folders)})


def is_there(name: str, folders: Sequence[Path]) -> bool:
    """Tell whether a name is no path and no module, or one that exists."""
    room = re.match(r"\w+", name)
    ours = room is not None and room.group() in ROOMS
    if name in WRITTEN_AT_RUN_TIME:
        return True
    if re.fullmatch(r"[\w-][\w./-]*(\.py|\.md|/)", name) or (ours and "/" in name):
        return any((folder / name).exists() for folder in folders)
    if ours and re.fullmatch(r"\w+(\.\w+)+", name):
        return is_module_or_member(name.split("."))
    return True


def is_module_or_member(parts: Sequence[str]) -> bool:
    """Tell whether these are a package, a module, or a name that occurs in one."""
    for length in range(len(parts), 0, -1):
        place = REPOSITORY.joinpath(*parts[:length])
        source = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
        if source.is_file() or place.is_dir():
            rest = parts[length:]
            return not rest or (source.is_file() and re.search(rf"\b{rest[0]}\b", source.read_text()) is not None)
    return False


def prose_of(source: str) -> str:
    """Return the strings and comments of a module."""
    kinds = {tokenize.STRING, tokenize.COMMENT}
    return "\n".join(
        token.string for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type in kinds
    )
