"""The page and the cases people read are the rules that run."""

import json
from pathlib import Path
from typing import Any

import pytest

from casework.domain.banking import HashAction
from casework.policy import POLICY_RULES
from casework.policy.clauses import CLAUSES
from casework.policy.document import as_markdown
from casework.policy.recommendation import HASH_ACTION_MEANINGS, OUTCOME_MEANINGS, Outcome

ROOT = Path(__file__).parents[3]
SHARED_POLICY = ROOT.parent / "shared" / "policy" / "private_media_policy.json"


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_policy_page_is_written_from_the_rules() -> None:
    """A page that differs from the running rules misleads moderators; rewrite it as its introduction says."""
    assert (ROOT / "docs" / "POLICY.md").read_text(encoding="utf-8") == as_markdown()


def test_every_cited_sentence_is_listed_and_every_listed_one_cited() -> None:
    """A clause nobody can look up explains nothing."""
    assert {clause for rule in POLICY_RULES for clause in rule.clauses} == set(CLAUSES)


def test_every_word_of_an_answer_is_explained() -> None:
    """The page and the console show these meanings beside the words."""
    assert set(OUTCOME_MEANINGS) == set(Outcome)
    assert set(HASH_ACTION_MEANINGS) == set(HashAction)


def test_cases_are_those_of_the_specification() -> None:
    """The project's copy must not drift from the model it was taken from."""
    if not SHARED_POLICY.is_file():
        pytest.skip("the folder ../shared with the specification is not here")
    specification, copy = (
        read_json(SHARED_POLICY),
        read_json(Path(__file__).with_name("policy_cases.json")),
    )

    assert copy["facts"] == specification["facts"]
    for part in ("decision_table", "cases"):
        for ours, theirs in zip(copy[part], specification[part], strict=True):
            assert ours == {name: theirs[name] for name in ours}
