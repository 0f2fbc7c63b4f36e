"""Conditions as data: they are compared with the facts, and every odd one is refused with its place."""

import pytest

from casework.domain.facts import Facts, Reporter, SafetyRisk
from casework.policy.replay.conditions import MOST_ROWS, always, read_condition


def holds(written: object, **facts: object) -> bool:
    """Read a condition and ask it."""
    condition, problems = read_condition(written, "when")
    assert problems == []
    assert condition is not None
    return condition(Facts.from_mapping(facts))


def test_all_columns_of_a_row_must_hold() -> None:
    """One that does not is enough to pass on to the next rule."""
    written = {"nudity": True, "reporter": ["third_party", "none"]}
    assert holds(written, nudity=True, reporter="none")
    assert not holds(written, nudity=False, reporter="none")
    assert not holds(written, nudity=True, reporter="subject")


def test_one_of_several_rows_is_enough() -> None:
    """As in "helps in a crisis, or belongs to a newsworthy event"."""
    written = [{"crisis_help": True}, {"newsworthy_event": True, "safety_risk": "low"}]
    assert holds(written, crisis_help=True, safety_risk="high")
    assert holds(written, newsworthy_event=True)
    assert not holds(written, newsworthy_event=True, safety_risk="high")


def test_valid_report_is_a_column_of_its_own() -> None:
    """Most rules ask for it, and it follows from two facts."""
    assert holds({"report_is_valid": True}, reporter="authorised_representative", authority="verified")
    assert holds({"report_is_valid": False}, reporter="authorised_representative")


def test_row_without_columns_always_holds() -> None:
    """The last rule of a table is such a one."""
    assert read_condition({}, "when") == (always, [])
    assert always(Facts(reporter=Reporter.NONE, safety_risk=SafetyRisk.HIGH))


@pytest.mark.parametrize(
    ("written", "where", "said"),
    [
        ("nudity", "when", "must be an object of facts"),
        ([], "when", "must be an object of facts"),
        (None, "when", "must be an object of facts"),
        ([{"nudity": True}, 1], "when[1]", "must be an object of facts"),
        ({"hair": "red"}, "when.hair", "there is no such fact; the facts are conduct"),
        ({"nudity": "yes"}, "when.nudity", "must be true or false, or a list of these, not 'yes'"),
        ({"nudity": 1}, "when.nudity", "must be true or false"),
        ({"reporter": ["subject", "nobody"]}, "when.reporter", "not 'nobody'"),
        ({"reporter": []}, "when.reporter", "must name at least one value"),
        ({"report_is_valid": "true"}, "when.report_is_valid", "must be true or false"),
        ({"reporter": {"in": ["subject"]}}, "when.reporter", "must be one of subject"),
        ([{}] * (MOST_ROWS + 1), "when", f"has {MOST_ROWS + 1} rows"),
    ],
)
def test_odd_condition_is_refused_with_its_place(written: object, where: str, said: str) -> None:
    """Whoever wrote the table sees which of two hundred rows is meant."""
    condition, problems = read_condition(written, "when")
    assert condition is None
    assert [problem.field for problem in problems] == [where]
    assert said in problems[0].message


def test_every_problem_is_named_at_once() -> None:
    """Nobody mends a table one error at a time."""
    _, problems = read_condition({"nudity": "yes", "hair": "red"}, "when")
    assert [problem.field for problem in problems] == ["when.nudity", "when.hair"]
