"""
Conditions of a decision table as data: a row of columns, each a fact and the values it may have.

    {"nudity": true, "reporter": ["third_party", "none"]}      all of these
    [{"crisis_help": true}, {"newsworthy_event": true}]        any of these rows
    {}                                                         always

Beside the facts there is one column that follows from them: `report_is_valid`. Invariant: pure, and nothing is run that
was written by somebody: a condition is compared, never evaluated.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from casework.domain.errors import FactProblem
from casework.domain.facts import FACT_FIELDS, Facts, FactValue
from casework.policy.rule import Condition

VALID_REPORT: Final = "report_is_valid"

MOST_ROWS: Final = 50
"""Rows of a condition."""


def always(facts: Facts) -> bool:
    """Apply to every case."""
    del facts
    return True


def read_condition(written: object, where: str) -> tuple[Condition | None, list[FactProblem]]:
    """
    Read a condition.

    Args:
        written: As it was read from JSON.

        where: For the problems: ``"decision_table[3].when"``.

    Returns:
        The condition, or None with every problem.
    """
    if isinstance(written, Mapping):
        rows, places = [written], [where]
    elif isinstance(written, list) and written:
        rows, places = written, [f"{where}[{n}]" for n in range(len(written))]
    else:
        message = 'must be an object of facts and their values, such as {"nudity": true}, or a list of such objects'
        return None, [FactProblem(where, message)]
    if len(rows) > MOST_ROWS:
        return None, [FactProblem(where, f"has {len(rows)} rows; up to {MOST_ROWS} are taken")]
    problems = [problem for row, place in zip(rows, places, strict=True) for problem in _problems(row, place)]
    if problems:
        return None, problems
    return _any_of([_read_row(row) for row in rows]), []


def _problems(row: object, where: str) -> list[FactProblem]:
    if not isinstance(row, Mapping):
        return [FactProblem(where, "must be an object of facts and their values")]
    return [problem for name, values in row.items() if (problem := _problem(str(name), values, f"{where}.{name}"))]


def _problem(name: str, values: object, where: str) -> FactProblem | None:
    if name != VALID_REPORT and name not in FACT_FIELDS:
        known = ", ".join([*FACT_FIELDS, VALID_REPORT])
        return FactProblem(where, f"there is no such fact; the facts are {known}")
    if values == []:
        return FactProblem(where, "must name at least one value, or no rule could ever apply")
    for value in _values(values):
        if name == VALID_REPORT:
            fits, accepted = isinstance(value, bool), "true or false"
        else:
            fits, accepted = FACT_FIELDS[name].accepts(value), FACT_FIELDS[name].accepted
        if not fits:
            return FactProblem(where, f"must be {accepted}, or a list of these, not {str(value)[:80]!r}")
    return None


def _read_row(row: Mapping[str, object]) -> dict[str, frozenset[FactValue]]:
    return {name: frozenset(_read_value(name, one) for one in _values(values)) for name, values in row.items()}


def _read_value(name: str, value: object) -> FactValue:
    return bool(value) if name == VALID_REPORT else FACT_FIELDS[name].read(value)


def _any_of(rows: Sequence[Mapping[str, frozenset[FactValue]]]) -> Condition:
    if not all(rows):
        return always

    def applies(facts: Facts) -> bool:
        return any(all(getattr(facts, name) in values for name, values in row.items()) for row in rows)

    return applies


def _values(values: object) -> list[object]:
    return values if isinstance(values, list) else [values]
