"""A decision table as a file: what it says is what it does, and what it cannot mean is refused with its place."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from casework.domain.errors import PolicyChangeError
from casework.domain.facts import FACT_FIELDS, Facts
from casework.policy import POLICY_RULES
from casework.policy.engine import recommend
from casework.policy.replay.table_file import MOST_RULES, read_table, written_table

CASES = json.loads((Path(__file__).parents[1] / "policy_cases.json").read_text(encoding="utf-8"))
LAST = {"id": "R21"}
NEW = {"id": "N01", "when": {"nudity": True}, "outcome": "REMOVE"}


def some_facts(count: int = 2_000) -> list[Facts]:
    """Return facts of all kinds, the same ones each time."""
    dice = random.Random(15)
    return [
        Facts.from_mapping({name: dice.choice(known.values) for name, known in FACT_FIELDS.items()})
        for _ in range(count)
    ]


def problems_of(document: object) -> dict[str, str]:
    """Return what is wrong with a table, by place."""
    with pytest.raises(PolicyChangeError) as refused:
        read_table(document)
    return {problem.field: problem.message for problem in refused.value.errors}


def test_table_that_runs_is_read_back_from_its_file_as_it_is() -> None:
    """What `staydown policy table` prints and nobody changed must change nothing."""
    read = read_table(json.loads(json.dumps(written_table())))
    assert read.notes == ()
    assert [read.table.recommend(facts) for facts in some_facts()] == [recommend(facts) for facts in some_facts()]


def test_specification_s_own_table_is_read_with_a_note_that_words_are_not() -> None:
    """Its conditions are sentences: they are not taken for something a program compares."""
    read = read_table({"decision_table": CASES["decision_table"]})
    assert [read.table.recommend(facts) for facts in some_facts(200)] == [recommend(one) for one in some_facts(200)]
    assert "words are not read; R05 applies when it does now" in " ".join(read.notes)


def test_row_changes_what_it_says_of_a_rule_and_nothing_else() -> None:
    """Whoever tries one word writes one word."""
    table = read_table([{"id": "R07", "outcome": "NUDITY_REVIEW", "hash_action": "hold_match_only"}, LAST]).table
    intimate = table.recommend(Facts(nudity=True))
    assert (intimate.rule, intimate.outcome, intimate.hash_action) == ("R07", "NUDITY_REVIEW", "hold_match_only")
    assert intimate.policy == "non_consensual_nudity"
    assert intimate.reasons == recommend(Facts(nudity=True)).reasons


def test_rule_left_out_is_not_asked_and_order_is_meaning() -> None:
    """Without R07 intimate media goes by the rules below it; moved up, a rule comes first."""
    without = [{"id": rule.id} for rule in POLICY_RULES if rule.id != "R07"]
    assert read_table(without).table.recommend(Facts(nudity=True)).rule == "R21"
    first = [{"id": "R17"}, *({"id": rule.id} for rule in POLICY_RULES if rule.id != "R17")]
    assert read_table(first).table.recommend(Facts(nudity=True, mainstream_news=True)).rule == "R17"


def test_new_rule_applies_where_its_condition_holds() -> None:
    """A policy that asks one thing more is one row more."""
    table = read_table({"version": "draft/2", "decision_table": [NEW, LAST]}).table
    assert table.version == "draft/2"
    assert table.recommend(Facts(nudity=True)).rule == "N01"
    assert table.recommend(Facts()).rule == "R21"


def test_condition_of_a_rule_that_runs_can_be_another() -> None:
    """Here R07 no longer asks that non-consent was stated."""
    table = read_table([{"id": "R07", "when": {"nudity": True, "report_is_valid": True}}, LAST]).table
    assert table.recommend(Facts(nudity=True, non_consent_stated=False)).rule == "R07"


@pytest.mark.parametrize(
    ("document", "where", "said"),
    [
        (None, "table", "`staydown policy table` prints one"),
        ("x", "table", "must be an object with `decision_table`"),
        ({}, "decision_table", "must be a list of at least one rule"),
        ([], "decision_table", "must be a list of at least one rule"),
        ([LAST] * (MOST_RULES + 1), "decision_table", f"has {MOST_RULES + 1} rules"),
        ({"version": 2, "decision_table": [LAST]}, "version", "must be a name"),
        (["R07", LAST], "decision_table[0]", "must be an object"),
        ([{"outcome": "KEEP"}, LAST], "decision_table[0].id", 'such as "R07"'),
        ([{"id": "a rule"}, LAST], "decision_table[0].id", "letters"),
        (
            [{"id": "R07", "outcomes": "KEEP"}, LAST],
            "decision_table[0].outcomes",
            "there is no such key; the keys are id",
        ),
        ([{"id": "R07", "outcome": "DELETE"}, LAST], "decision_table[0].outcome", "must be one of REMOVE"),
        ([{"id": "R07", "hash_action": "bank"}, LAST], "decision_table[0].hash_action", "not 'bank'"),
        ([{"id": "R07", "policy": None}, LAST], "decision_table[0].policy", "must be one of private_media"),
        ([{"id": "R07", "trace": ["Z9"]}, LAST], "decision_table[0].trace", "there is no sentence 'Z9'"),
        ([{"id": "R07", "reasons": []}, LAST], "decision_table[0].reasons", "at least one text"),
        ([{"id": "N01", "outcome": "KEEP"}, LAST], "decision_table[0].when", "'N01' is no rule that runs"),
        ([{"id": "N01", "when": {}}, LAST], "decision_table[0].outcome", "'N01' is no rule that runs"),
        ([{"id": "N01", "when": "nudity", "outcome": "KEEP"}, LAST], "decision_table[0].when", "must be an object"),
        ([{"id": "R07", "when": {"nudity": 2}}, LAST], "decision_table[0].when.nudity", "must be true or false"),
        ([{"id": "R07"}, {"id": "R07"}, LAST], "decision_table[1].id", "R07 stands at decision_table[0] already"),
        ([{"id": "R07"}], "decision_table[0]", "the last rule must apply to every case"),
        ([LAST, {"id": "R07"}, {**NEW, "when": {}}], "decision_table[0]", "no rule below it is ever asked"),
    ],
)
def test_table_that_cannot_be_meant_is_refused_with_its_place(document: object, where: str, said: str) -> None:
    """A table with a hole would leave cases without an answer, one with a slip would try something else."""
    problems = problems_of(document)
    assert list(problems) == [where]
    assert said in problems[where]


def test_every_problem_is_named_at_once() -> None:
    """Nobody mends a table one error at a time."""
    wrong: list[dict[str, Any]] = [{"id": "R07", "outcome": "x"}, {"id": "N01", "when": {}}, {"id": "R07"}]
    assert list(problems_of(wrong)) == [
        "decision_table[0].outcome",
        "decision_table[1].outcome",
        "decision_table[2].id",
    ]
