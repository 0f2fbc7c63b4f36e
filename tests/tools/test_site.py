"""The site of the guides: every page of the repository has its place, and links lead from one to another."""

from pathlib import Path

import pytest
import yaml

from tools.site import ELSEWHERE, with_links

ROOT = Path(__file__).parents[2]
PAGES = {one.name for one in (ROOT / "docs").glob("*.md")} | set(ELSEWHERE.values())


@pytest.mark.parametrize(
    ("source", "written", "read"),
    [
        ("docs/FAQ.md", "[a](OPERATING.md#erasing)", "[a](OPERATING.md#erasing)"),
        ("docs/FAQ.md", "[a](../benchmarks/README.md)", "[a](benchmarks.md)"),
        ("README.md", "[a](docs/FAQ.md) ![b](docs/console.png)", "[a](FAQ.md) ![b](console.png)"),
        ("ARCHITECTURE.md", "[a](docs/POLICY.md#trust)", "[a](POLICY.md#trust)"),
        ("client/README.md", "[a](../docs/FAQ.md)", "[a](FAQ.md)"),
        ("docs/METRICS.md", "[alerts](../ops/prometheus/alerts.yml)", "alerts"),
        ("docs/FAQ.md", "[a](https://example.org/b.md) [c](#d)", "[a](https://example.org/b.md) [c](#d)"),
    ],
)
def test_a_link_leads_to_where_its_page_is_on_the_site(source: str, written: str, read: str) -> None:
    """What is no page of the site keeps its words."""
    assert with_links(written, source, {*PAGES, "console.png"}.__contains__) == read


def test_every_page_is_in_the_navigation_and_every_one_there_is() -> None:
    """A guide that nobody finds is none."""
    told = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    named = [name for entry in told for value in entry.values() for name in _names(value)]
    assert sorted(named) == sorted(PAGES)
    assert all((ROOT / source).is_file() for source in ELSEWHERE)


def _names(value: str | list[dict[str, str]]) -> list[str]:
    return [value] if isinstance(value, str) else [name for one in value for name in one.values()]
