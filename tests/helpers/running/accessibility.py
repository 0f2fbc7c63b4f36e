"""What axe-core finds wrong with a page: the rules of WCAG 2.2 that a program can check."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from playwright.sync_api import Page

AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
EVERYTHING: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
BY_LOOKS: Final = ("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable")
"""Rules whose answer may differ between two sizes or two schemes of one page; those of structure do not."""

_RUN: Final = (
    """async (rules) => (await axe.run(document, { resultTypes: ["violations"], runOnly: rules })).violations"""
)


def found_by_axe(page: Page, rules: Sequence[str] = EVERYTHING) -> list[str]:
    """
    Check a page as it is shown now.

    Args:
        page: Any.

        rules: Rules, or groups of them.

    Returns:
        What is wrong, a line each: how grave, which rule, where.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    return [
        f"{one['impact']} {one['id']}: {node['target'][0]} {node.get('failureSummary', '')}"
        for one in page.evaluate(_RUN, list(rules))
        for node in one["nodes"]
    ]
