"""What is restricted at once: two rows of the table, and a third where the operator says so."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from casework.domain.cases.decision import BlastRadius
from casework.domain.facts import Facts
from casework.policy.automation.interim import (
    DEFAULT_INTERIM,
    NO_INTERIM,
    InterimTerms,
    restricted_at_once,
    still_restricted,
    why_not_at_once,
)
from casework.policy.automation.safeguards import SafeguardLimits
from casework.policy.engine import recommend

CASES = json.loads((Path(__file__).parents[1] / "policy_cases.json").read_text(encoding="utf-8"))["cases"]
AT_ONCE = {"R05", "R06"}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_only_what_the_table_says_is_restricted_at_once(case: dict) -> None:
    """Both rows say so in their words; no other does."""
    recommendation = recommend(Facts.from_mapping(case["facts"]))
    rule = case["expected"]["rule"]
    assert restricted_at_once(recommendation, DEFAULT_INTERIM) == (rule in AT_ONCE)
    assert restricted_at_once(recommendation, InterimTerms(valid_reports=True)) == (rule in {*AT_ONCE, "R07"})
    assert still_restricted(recommendation) == (rule in {*AT_ONCE, "R07"})
    assert not restricted_at_once(recommendation, NO_INTERIM)


def test_rules_that_restrict_at_once_say_so_in_their_words() -> None:
    """A moderator reads in the case what happened already."""
    for facts in (
        {"nudity": True, "reporter": "third_party"},
        {"nudity": True, "permission_evidence": "claimed_by_poster"},
    ):
        assert any("restricted at once" in reason for reason in recommend(Facts.from_mapping(facts)).reasons)


@pytest.mark.parametrize(
    ("safeguards", "said"),
    [
        ({"campaign": True}, "campaign"),
        ({"protected": True}, "newsworthy"),
        ({"listed": True}, "never-bank"),
        ({"blast_radius": BlastRadius(51, 1)}, "51 registered uploads"),
        ({"blast_radius": BlastRadius(26, 26)}, "26 people"),
        ({"blast_radius": BlastRadius(50, 25)}, None),
        ({}, None),
    ],
)
def test_safeguards_leave_it_to_a_person(safeguards: dict, said: str | None) -> None:
    """Limits are inclusive, as they are for one person who decides alone."""
    asked = {"campaign": False, "protected": False, "listed": False, "blast_radius": BlastRadius(), **safeguards}
    reason = why_not_at_once(**asked, limits=SafeguardLimits())
    assert reason is None if said is None else said in str(reason)


def test_limit_is_72_hours() -> None:
    """Long enough for a weekend's reviewers, short enough for whoever is held wrongly."""
    assert DEFAULT_INTERIM.limit == timedelta(hours=72)
