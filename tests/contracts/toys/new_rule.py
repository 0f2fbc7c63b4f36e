"""
A policy rule, written as anybody would write one, in a program that adds its row; `test_a_policy_rule_is_one_row.py`.

    python -m tests.contracts.toys.new_rule FOLDER    prints what the service and the page said of it, as JSON

It is a process of its own: the table is imported, the row is added, and only then is everything imported that asks it.
"""

import json
import sys
from pathlib import Path

from casework import policy
from casework.domain.facts import Facts
from casework.policy.recommendation import Outcome
from casework.policy.rule import rule


@rule(
    "R99",
    Outcome.BALANCE_REVIEW,
    "The post helps someone in a crisis and is covered by mainstream news.",
    "A person weighs both before anything is removed.",
    clauses=("A16", "B9"),
)
def help_that_news_covers_is_weighed(facts: Facts) -> bool:
    """The post tries to help someone in a crisis, and mainstream news covers the media."""
    return facts.crisis_help and facts.mainstream_news


def main(folder: Path) -> None:
    """Report and reject one case to which the rule applies and one to which it does not."""
    policy.POLICY_RULES = (help_that_news_covers_is_weighed, *policy.POLICY_RULES)
    from casework.domain.actor import Role
    from casework.policy.document import as_markdown
    from tests.api.conftest import running, settings_in

    with running(settings_in(folder)) as staydown:
        cases = {}
        for name, facts in {"applies": {"crisis_help": True, "mainstream_news": True}, "does not": {}}.items():
            signal = {"type": "pdq/1", "value": "5a" * 32, "quality": 100}
            address = f"/v1/cases/{staydown.report_signals(signal, facts=facts)['case_id']}"
            case = staydown.get(address)
            body = {"outcome": "reject", "override_reason": "weighed"}
            headers = staydown.headers(Role.MODERATOR)
            decided = staydown.http.post(f"{address}/decision", headers=headers, json=body).json()
            cases[name] = {"case": case, "decided": decided}
    print(json.dumps({"cases": cases, "page": as_markdown()}))  # noqa: T201  # what the test reads


if __name__ == "__main__":
    main(Path(sys.argv[1]))
