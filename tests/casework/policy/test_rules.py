"""
The decision table against its cases, and against a second reading of its words written without looking at the rules.

Every rule up to R13 looks at `GATES` alone, and every later one at those and `EXEMPTIONS`; each of the two sets of
combinations is tried in full, and the whole space by a seeded sample.
"""

import hashlib
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.domain.facts import FACT_FIELDS, Facts
from casework.policy import POLICY_RULES, POLICY_VERSION
from casework.policy.engine import recommend
from casework.policy.recommendation import Flag, Outcome

POLICY = json.loads((Path(__file__).parent / "policy_cases.json").read_text(encoding="utf-8"))
SEEDED = settings(deadline=None, derandomize=True)
CASES = POLICY["cases"]
TABLE = {row["id"]: row for row in POLICY["decision_table"]}

FROZEN = {"private-media/1": "fd63271c8157f81b"}
"""Digest of what a policy version answers to every combination of `GATES` and of `EXEMPTIONS`."""

GATES = [
    "conduct",
    "reporter",
    "authority",
    "reporter_depicted",
    "non_consent_stated",
    "permission_evidence",
    "nudity",
    "subject_status",
    "context_assessed",
    "harass_purpose",
]
EXEMPTIONS = [
    "subject_status",
    "harass_purpose",
    "media_public_interest",
    "text_public_interest",
    "crisis_help",
    "newsworthy_event",
    "publicly_available",
    "mainstream_news",
    "safety_risk",
    "permission_evidence",
]


def combinations(names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield every combination of these facts' values."""
    for values in itertools.product(*(POLICY["facts"][name]["values"] for name in names)):
        yield dict(zip(names, values, strict=True))


def any_facts() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a value for every fact."""
    return st.fixed_dictionaries({name: st.sampled_from(field.values) for name, field in FACT_FIELDS.items()})


def second_reading(given_facts: dict[str, Any]) -> str:
    """Read the table's `when` lines word by word, slowly, and return the first rule whose line holds."""
    f = {name: known["default"] for name, known in POLICY["facts"].items()} | given_facts
    shared_media = f["conduct"] == "shared_media"
    private_info = f["conduct"] == "private_info"
    private_individual = f["subject_status"] == "private_individual"
    representative = f["reporter"] == "authorised_representative"
    valid = f["reporter"] == "subject" or (representative and f["authority"] == "verified")
    poster_claims = f["permission_evidence"] == "claimed_by_poster"
    crisis_or_news = f["crisis_help"] or f["newsworthy_event"]
    lines = {
        "R01": f["conduct"]
        in {"threat_to_expose", "incentivise_others", "demand_money", "offer_bounty", "share_credentials"},
        "R02": representative and f["authority"] != "verified",
        "R03": shared_media and f["permission_evidence"] == "confirmed_by_subject",
        "R04": shared_media and not f["reporter_depicted"],
        "R05": shared_media and f["nudity"] and not valid,
        "R06": shared_media and f["nudity"] and valid and f["non_consent_stated"] and poster_claims,
        "R07": shared_media and f["nudity"] and valid and f["non_consent_stated"],
        "R08": f["harass_purpose"] and f["subject_status"] in {"public_figure", "public_conversation"},
        "R09": f["harass_purpose"] and private_individual and not valid,
        "R10": f["reporter"] in {"third_party", "none"},
        "R11": private_info and valid,
        "R12": shared_media and valid and not f["non_consent_stated"],
        "R13": shared_media and not f["context_assessed"],
        "R14": f["subject_status"] == "public_figure",
        "R15": private_individual and f["harass_purpose"] and valid,
        "R16": f["media_public_interest"] and f["text_public_interest"],
        "R17": f["publicly_available"] or f["mainstream_news"],
        "R18": crisis_or_news and f["safety_risk"] == "low",
        "R19": crisis_or_news and f["safety_risk"] in {"medium", "high"},
        "R20": poster_claims,
        "R21": True,
    }
    return next(rule_id for rule_id, holds in lines.items() if holds)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']}: {case['title']}" for case in CASES])
def test_case_is_recommended_as_the_policy_says(case: dict[str, Any]) -> None:
    """These are the situations the policy was written for."""
    recommendation = recommend(Facts.from_mapping(case["facts"]))

    assert {name: getattr(recommendation, name) for name in case["expected"]} == case["expected"]


def test_every_rule_is_reached_by_a_case() -> None:
    """A rule that no case reaches may be wrong without anybody noticing."""
    reached = {recommend(Facts.from_mapping(case["facts"])).rule for case in CASES}

    assert reached == {rule.id for rule in POLICY_RULES}


def test_rules_stand_in_the_order_of_the_policy() -> None:
    """Order is meaning: each rule assumes that those above it did not apply."""
    assert [rule.id for rule in POLICY_RULES] == list(TABLE)


@pytest.mark.parametrize("rule", POLICY_RULES, ids=lambda rule: f"{rule.id} {rule.name}")
def test_rule_answers_in_the_words_of_its_row(rule: Any) -> None:
    """Programs downstream read these words; auditors look up the sentences behind them."""
    row = TABLE[rule.id]

    assert [rule.outcome, rule.policy, rule.hash_action, list(rule.clauses)] == [
        row["outcome"],
        row["policy"],
        row["hash_action"],
        row["trace"],
    ]


@pytest.mark.parametrize("rule", POLICY_RULES, ids=lambda rule: f"{rule.id} {rule.name}")
def test_rule_says_when_and_why_in_sentences(rule: Any) -> None:
    """The reasons are read by the person who reported and by the moderator, who decides on them."""
    assert rule.when.endswith(".")
    assert rule.reasons
    for reason in rule.reasons:
        assert reason[0].isupper(), reason
        assert reason.endswith("."), reason
        assert "_" not in reason, reason


@pytest.mark.parametrize("names", [GATES, EXEMPTIONS], ids=["gates", "exemptions"])
def test_table_agrees_with_a_second_reading_on_every_combination(names: list[str]) -> None:
    """A slip in one condition shows in some combination of facts that no case lists."""
    for given_facts in combinations(names):
        assert recommend(Facts.from_mapping(given_facts)).rule == second_reading(given_facts), given_facts


def test_table_agrees_with_a_second_reading_on_a_sample_of_all_facts() -> None:
    """The two halves of the space cannot show a rule that looks at a fact it has no business with."""
    chance = random.Random(2021)
    for _ in range(20_000):
        given_facts = {name: chance.choice(field.values) for name, field in FACT_FIELDS.items()}
        assert recommend(Facts.from_mapping(given_facts)).rule == second_reading(given_facts), given_facts


def test_policy_version_names_what_the_table_answers() -> None:
    """A stored decision cites the version; another answer under the same version would falsify the record."""
    answers = hashlib.sha256()
    for names in (GATES, EXEMPTIONS):
        for given_facts in combinations(names):
            answer = recommend(Facts.from_mapping(given_facts))
            answers.update(f"{answer.rule} {answer.outcome} {answer.hash_action} {answer.flags}\n".encode())

    assert {POLICY_VERSION: answers.hexdigest()[:16]} == FROZEN, "the table answers otherwise: raise POLICY_VERSION"


@SEEDED
@given(any_facts())
def test_every_combination_of_facts_gets_one_explained_recommendation(given_facts: dict[str, Any]) -> None:
    """No case may be left without an answer, and no answer without a reason."""
    recommendation = recommend(Facts.from_mapping(given_facts))

    assert recommendation.reasons
    assert recommendation.clauses
    assert recommendation == recommend(Facts.from_mapping(given_facts))


@SEEDED
@given(any_facts())
def test_denied_nude_media_is_removed_whatever_else_holds(given_facts: dict[str, Any]) -> None:
    """No public status, interest, news coverage or purpose exempts it: A14."""
    denied = {
        "conduct": "shared_media",
        "nudity": True,
        "reporter": "subject",
        "reporter_depicted": True,
        "non_consent_stated": True,
        "permission_evidence": "none",
    }

    assert recommend(Facts.from_mapping(given_facts | denied)).outcome is Outcome.REMOVE


@SEEDED
@given(any_facts())
def test_shared_media_is_never_removed_without_a_valid_report(given_facts: dict[str, Any]) -> None:
    """Only the person depicted, or who acts for them, can say that there was no permission: A9."""
    facts = Facts.from_mapping(given_facts | {"conduct": "shared_media"})
    complete = facts.report_is_valid and facts.reporter_depicted and facts.non_consent_stated

    assert complete or recommend(facts).outcome is not Outcome.REMOVE


@SEEDED
@given(any_facts())
def test_media_that_is_not_nude_is_never_removed_before_its_context_is_assessed(given_facts: dict[str, Any]) -> None:
    """The exemption belongs to the post, and nobody has looked at the post yet: A15."""
    unseen = {"conduct": "shared_media", "nudity": False, "context_assessed": False}

    assert recommend(Facts.from_mapping(given_facts | unseen)).outcome is not Outcome.REMOVE


@pytest.mark.parametrize("reporter", ["third_party", "none"])
def test_a_bystander_is_asked_for_a_valid_report_not_turned_away(reporter: str) -> None:
    """Whoever reports for a friend shall learn what is needed; only who is known not to be depicted is rejected."""
    assert recommend(Facts.from_mapping({"reporter": reporter})).rule == "R10"
    assert recommend(Facts.from_mapping({"reporter": reporter, "reporter_depicted": False})).rule == "R04"


@pytest.mark.parametrize(("public_interest", "flags"), [(True, ()), (False, (Flag.POLICY_AMBIGUITY,))])
def test_media_of_a_public_figure_without_public_interest_is_flagged(
    public_interest: bool, flags: tuple[Flag, ...]
) -> None:
    """The sources disagree there (A11 against B10), so a senior moderator must know."""
    facts = Facts.from_mapping({"subject_status": "public_figure", "media_public_interest": public_interest})

    recommendation = recommend(facts)

    assert (recommendation.outcome, recommendation.flags) == (Outcome.KEEP, flags)
    assert any("senior moderator" in reason for reason in recommendation.reasons) == bool(flags)
