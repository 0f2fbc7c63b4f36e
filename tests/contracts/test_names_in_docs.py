"""Whatever a guide tells somebody to type is there: commands, options, settings, addresses, metrics, events."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from api.app import create_app
from api.cli import COMMANDS
from api.metrics.catalogue import METRICS
from api.settings import Settings
from casework.domain.events import EventType

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / name for name in ("README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
PAGES += [*sorted((REPOSITORY / "docs").glob("*.md")), *sorted(REPOSITORY.glob("*/README.md"))]
OF_OTHERS = {"STAYDOWN_KEY", "STAYDOWN_URL", "STAYDOWN_WEBHOOK_SECRET"}
"""The first is the command line's, all three are what `examples/` read."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))


@every_page
def test_settings_that_a_page_names_are_there(page: Path) -> None:
    """A misspelt setting does nothing, and nobody notices."""
    named = set(re.findall(r"\bSTAYDOWN_[A-Z0-9_]*[A-Z0-9]\b(?!_?…)", page.read_text()))
    known = {f"STAYDOWN_{name.upper()}" for name in Settings.model_fields} | OF_OTHERS
    assert {one for one in named - known if not one.startswith("STAYDOWN_TEST_")} == set()


def commands_in(text: str) -> Iterator[list[str]]:
    """Yield the words of every command line: after a prompt or a tab, or between backticks."""
    shown = re.findall(r"`((?:[A-Z_]+=\S+ )*staydown [^`]*)`", text.replace("\n", " "))
    shown += re.findall(r"^(?:    |\$ |)((?:[A-Z_]+=\S+ )*staydown [a-z].*)$", text, flags=re.MULTILINE)
    for line in shown:
        words = re.split(r"\s+", re.sub(r"^(?:[A-Z_]+=\S+ )*staydown ", "", line.split("   ")[0]).strip())
        yield [word.strip(",.;:)") for word in words]


@every_page
def test_commands_that_a_page_names_are_there(page: Path) -> None:
    """With the options that stand beside them."""
    assert [line for line in commands_in(page.read_text()) if not is_there(line)] == []


def is_there(words: list[str]) -> bool:
    """Tell whether a command, a command of a group, and each option behind it exist."""
    name, *given = words
    if name.startswith("-"):
        return name in {"--help", "--version", "--install-completion", "--show-completion"}
    if name not in COMMANDS:
        return False
    command = COMMANDS[name].load(name)
    if isinstance(command, TyperGroup) and given and re.fullmatch(r"[a-z][a-z-]*", given[0]):
        if given[0] not in command.commands:
            return False
        command = command.commands[given[0]]
    options = {"--help", *(name for one in command.params for name in (*one.opts, *one.secondary_opts))}
    return all(word.partition("=")[0] in options for word in given if word.startswith("--"))


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, re.Pattern[str]]]:
    """Return every method and address, parameters open."""
    described = create_app(Settings(_env_file=None, data=tmp_path_factory.mktemp("addresses"))).openapi()["paths"]
    return [
        (method.upper(), re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))))
        for path, methods in described.items()
        for method in methods
    ]


@every_page
def test_addresses_that_a_page_names_are_there(page: Path, addresses: list[tuple[str, re.Pattern[str]]]) -> None:
    """A program that is written after a guide finds what it asks for."""
    named = re.findall(r"\b(GET|POST|PATCH|PUT|DELETE) (/v1/[\w/{}.-]*[\w}])", page.read_text())
    missing = {
        one for one in named if not any(one[0] == method and path.fullmatch(one[1]) for method, path in addresses)
    }
    assert missing == set()


@every_page
def test_metrics_that_a_page_names_are_there(page: Path) -> None:
    """An alert on a metric that nobody writes never rings."""
    named = set(re.findall(r"`(staydown_\w+)`", page.read_text())) - {"staydown_client"}
    assert named <= METRICS.keys()


@every_page
def test_events_that_a_page_names_are_there(page: Path) -> None:
    """A destination asks for events by these names, and is refused by others."""
    kinds = {one.value.partition(".")[0] for one in EventType}
    named = re.findall(rf"`((?:{'|'.join(sorted(kinds))})\.[a-z_]+)`", page.read_text())
    assert {*named} <= {one.value for one in EventType}


def test_every_event_is_named_where_pipelines_and_operators_look() -> None:
    """Whoever sets up a destination can read what each event means."""
    pages = "".join((REPOSITORY / "docs" / name).read_text() for name in ("PIPELINES.md", "OPERATING.md"))
    assert [one.value for one in EventType if f"`{one.value}`" not in pages] == []
