"""The words of statements of reasons: each is whole, and none says what it must not."""

from datetime import UTC, datetime

import pytest

from casework.domain.cases.decision import RecordedRecommendation
from casework.domain.facts import Conduct, Facts
from casework.policy.recommendation import AppliedPolicy, Outcome
from casework.policy.statement import GROUNDS, Found, policy_behind, rule_behind, state_reasons

ENDS = datetime(2026, 5, 1, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize("policy", GROUNDS)
@pytest.mark.parametrize("found", Found)
def test_every_statement_is_whole_and_plain(found: Found, policy: AppliedPolicy) -> None:
    """DSA Art. 17(3): what is restricted, on which facts, by whom or what, under which ground, and for how long."""
    said = state_reasons(found, rule="R07", policy=policy, ends_at=ENDS)
    assert said.facts.startswith(("This post is blocked", "This post is held"))
    assert GROUNDS[policy] in said.facts
    assert "{" not in said.facts
    assert ("2026-05-01 at 17:30 UTC" in said.facts) == ("interim" in said.facts)
    assert not {"reporter", "victim", "subject", "representative", "signal", "%"} & set(said.facts.lower().split())


def test_only_what_a_person_decided_about_this_post_is_not_automated() -> None:
    """DSA Art. 17(3)(c): a hold by comparison is automated, although a person looks later."""
    by_people = {
        one for one in Found if not state_reasons(one, rule=None, policy=AppliedPolicy.PRIVATE_MEDIA).automated
    }
    assert by_people == {Found.ITSELF, Found.COPY_BY_PERSON}


@pytest.mark.parametrize(
    ("applied", "facts", "policy"),
    [
        ("private_media", Facts(nudity=True), AppliedPolicy.PRIVATE_MEDIA),
        ("none_yet", Facts(), AppliedPolicy.PRIVATE_MEDIA),
        ("none", Facts(nudity=True), AppliedPolicy.NON_CONSENSUAL_NUDITY),
        ("of a later version", Facts(conduct=Conduct.PRIVATE_INFO), AppliedPolicy.PRIVATE_INFORMATION),
    ],
)
def test_where_a_rule_names_no_policy_the_facts_do(applied: str, facts: Facts, policy: AppliedPolicy) -> None:
    """Nothing yet is no ground to restrict anybody on."""
    assert policy_behind(applied, facts) is policy


@pytest.mark.parametrize("outcome", Outcome)
def test_a_rule_that_says_keep_is_no_ground_to_remove(outcome: Outcome) -> None:
    """A person decided against it; quoting it to who posted the picture would be absurd."""
    recorded = RecordedRecommendation(outcome.value, "R99", "none", "none", ())
    upheld = outcome is Outcome.REMOVE or outcome.value.endswith("_REVIEW")
    assert rule_behind(recorded) == ("R99" if upheld else None)
