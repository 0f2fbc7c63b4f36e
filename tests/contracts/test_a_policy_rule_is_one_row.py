"""A policy rule is one function and one row: cases, decisions and the page of the policy follow from the table."""

from typing import Any

import pytest

from tests.contracts.toys.programs import printed_by


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the service and the page say once the rule stands in the table, and nothing else was written."""
    return printed_by("tests.contracts.toys.new_rule", tmp_path_factory.mktemp("rule"))


def test_case_is_recommended_by_the_rule_with_its_reasons(shown: dict[str, Any]) -> None:
    """The moderator and the reporter read these sentences."""
    recommendation = shown["cases"]["applies"]["case"]["recommendation"]
    assert (recommendation["rule"], recommendation["outcome"]) == ("R99", "BALANCE_REVIEW")
    assert recommendation["reasons"][:2] == [  # what the case lacks for trust comes after them
        "The post helps someone in a crisis and is covered by mainstream news.",
        "A person weighs both before anything is removed.",
    ]
    assert recommendation["clauses"] == ["A16", "B9"]


def test_decision_keeps_the_rule_that_recommended(shown: dict[str, Any]) -> None:
    """Years later an auditor sees on what a decision rested."""
    assert shown["cases"]["applies"]["decided"]["rule"] == "R99"


def test_rule_decides_only_where_it_applies(shown: dict[str, Any]) -> None:
    """Order is meaning: where it does not apply, the rules below it are asked as before."""
    recommendation = shown["cases"]["does not"]["case"]["recommendation"]
    assert recommendation["rule"] == "R21"


def test_page_of_the_policy_has_its_row(shown: dict[str, Any]) -> None:
    """Moderators look rules up there; `make docs` writes it."""
    (row,) = [line for line in shown["page"].splitlines() if "**R99**" in line]
    assert row == (
        "| **R99** help that news covers is weighed "
        "| The post tries to help someone in a crisis, and mainstream news covers the media. "
        "| `BALANCE_REVIEW` | `none` | `none` | A16, B9 |"
    )
