"""What axe-core finds wrong with a page: the rules of WCAG 2.2 that a program can check."""

from importlib.resources import files
from typing import Final

from playwright.sync_api import Page

AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
_RUN: Final = """async () => (await axe.run(document, {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations"""


def found_by_axe(page: Page) -> list[str]:
    """
    Check a page as it is shown now.

    Returns:
        What is wrong, a line each: how grave, which rule, where.
    """
    page.evaluate(AXE)
    return [
        f"{one['impact']} {one['id']}: {node['target'][0]} {node.get('failureSummary', '')}"
        for one in page.evaluate(_RUN)
        for node in one["nodes"]
    ]
