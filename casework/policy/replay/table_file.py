"""
A decision table as a file people write, and the running one as such a file.

    {"version": "private-media/2-draft",
     "decision_table": [
       {"id": "R01"},                                                     a rule that runs, as it is
       {"id": "R07", "outcome": "NUDITY_REVIEW", "hash_action": "hold_match_only"},       one of them, changed
       {"id": "N01", "when": {"nudity": true, "report_is_valid": false}, "outcome": "REMOVE", ...}, a new one
       ...]}

A row whose `id` is a rule that runs keeps of it whatever the row does not say, its condition above all. Conditions are
written as `conditions.py` reads them.

Invariant: every problem is named at once, with its place; a table that is read is total, and no rule of it stands where
it could never be asked.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from casework.domain.banking import HashAction
from casework.domain.errors import FactProblem, PolicyChangeError
from casework.policy import POLICY_RULES, POLICY_VERSION
from casework.policy.clauses import CLAUSES
from casework.policy.recommendation import AppliedPolicy, Outcome
from casework.policy.replay.conditions import always, read_condition
from casework.policy.replay.table import DecisionTable, TableRead
from casework.policy.rule import Condition, Rule

MOST_RULES: Final = 200
"""Rules of a table."""

_ID = re.compile(r"[A-Za-z0-9._-]{1,10}")
_VERSION = re.compile(r"[A-Za-z0-9._/-]{1,40}")
_MOST_CHARACTERS: Final = 500
_COMMENTS: Final = frozenset({"note", "report_gate", "seed_strength"})
"""Keys of the model the policy was read from that say nothing to a program."""

_SHIPPED = {rule.id: rule for rule in POLICY_RULES}
_ASKS_NOTHING = POLICY_RULES[-1]

_WORDS: dict[str, type[StrEnum]] = {"outcome": Outcome, "policy": AppliedPolicy, "hash_action": HashAction}
_KEYS = ("id", "name", "when", "outcome", "policy", "hash_action", "reasons", "trace")


def read_table(document: object) -> TableRead:
    """
    Read a table.

    Args:
        document: As it was read from JSON: an object with `decision_table`, or that list alone.

    Raises:
        PolicyChangeError: Naming every problem and its place.
    """
    written: Mapping[str, object] = {"decision_table": document} if isinstance(document, list) else _object(document)
    rows = written.get("decision_table")
    if not isinstance(rows, list) or not rows:
        raise PolicyChangeError([FactProblem("decision_table", "must be a list of at least one rule")])
    if len(rows) > MOST_RULES:
        raise PolicyChangeError([FactProblem("decision_table", f"has {len(rows)} rules; up to {MOST_RULES} are taken")])
    version = written.get("version", f"{POLICY_VERSION}, changed")
    problems = []
    if "version" in written and not (isinstance(version, str) and _VERSION.fullmatch(version)):
        problems.append(FactProblem("version", "must be a name of up to 40 letters, digits, '.', '_', '-' and '/'"))
    read = [_Row.read(row, f"decision_table[{n}]") for n, row in enumerate(rows)]
    problems += [problem for one in read for problem in one.problems]
    problems += _problems_of_order(read)
    if problems:
        raise PolicyChangeError(problems)
    rules = [one.rule for one in read if one.rule is not None]
    return TableRead(DecisionTable(str(version), rules), tuple(note for one in read for note in one.notes))


def written_table(rules: Sequence[Rule] = POLICY_RULES, version: str = POLICY_VERSION) -> dict[str, Any]:
    """Write a table as a file that `read_table` reads back; conditions stand in it in words, and stay as they are."""
    return {
        "version": version,
        "decision_table": [
            {
                "id": rule.id,
                "name": rule.name,
                "when": rule.when,
                "outcome": rule.outcome.value,
                "policy": rule.policy.value,
                "hash_action": rule.hash_action.value,
                "reasons": list(rule.reasons),
                "trace": list(rule.clauses),
            }
            for rule in rules
        ],
    }


@dataclass(frozen=True, slots=True)
class _Row:
    """One row as it was read: its rule, or what is wrong with it."""

    where: str
    rule_id: str | None
    rule: Rule | None
    problems: tuple[FactProblem, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, written: object, where: str) -> "_Row":
        if not isinstance(written, Mapping):
            return cls(where, None, None, (FactProblem(where, "must be an object with the rule's `id`"),))
        rule_id = written.get("id")
        if not isinstance(rule_id, str) or _ID.fullmatch(rule_id) is None:
            message = "must be up to 10 letters, digits, '.', '_' and '-', such as \"R07\""
            return cls(where, None, None, (FactProblem(f"{where}.id", message),))
        base = _SHIPPED.get(rule_id)
        problems = list(_unknown_keys(written, where))
        if base is None:
            needed = ("when", "outcome")
            message = f"is needed: {rule_id!r} is no rule that runs, so nothing is known of it"
            problems += [FactProblem(f"{where}.{key}", message) for key in needed if key not in written]
        values: dict[str, Any] = {key: _word(written[key], key, where, problems) for key in _WORDS if key in written}
        for key, field in (("reasons", "reasons"), ("trace", "clauses")):
            if key in written:
                values[field] = _sentences(written[key], key, where, problems)
        condition, notes = _condition(written, base, where, problems)
        if problems:
            return cls(where, rule_id, None, tuple(problems))
        start = base if base is not None else _blank(rule_id, written)
        if condition is not None:
            values["applies"] = condition
        return cls(where, rule_id, replace(start, **values), notes=notes)


def _object(document: object) -> Mapping[str, object]:
    if not isinstance(document, Mapping):
        message = "must be an object with `decision_table`, or that list; `staydown policy table` prints one"
        raise PolicyChangeError([FactProblem("table", message)])
    return document


def _unknown_keys(written: Mapping[str, object], where: str) -> Iterable[FactProblem]:
    for key in written:
        if key not in _KEYS and key not in _COMMENTS:
            yield FactProblem(f"{where}.{key}", f"there is no such key; the keys are {', '.join(_KEYS)}")


def _word(value: object, key: str, where: str, problems: list[FactProblem]) -> StrEnum | None:
    words = _WORDS[key]
    if isinstance(value, str) and value in list(words):
        return words(value)
    known = ", ".join(words)
    problems.append(FactProblem(f"{where}.{key}", f"must be one of {known}, not {str(value)[:80]!r}"))
    return None


def _sentences(value: object, key: str, where: str, problems: list[FactProblem]) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(one, str) and 0 < len(one) <= _MOST_CHARACTERS for one in texts):
        message = f"must be a list of at least one text of up to {_MOST_CHARACTERS} characters"
        problems.append(FactProblem(f"{where}.{key}", message))
        return ()
    if key == "trace" and (unknown := [one for one in texts if one not in CLAUSES]):
        message = f"there is no sentence {unknown[0]!r}; docs/POLICY.md lists them: {', '.join(CLAUSES)}"
        problems.append(FactProblem(f"{where}.{key}", message))
    return tuple(texts)


def _condition(
    written: Mapping[str, object], base: Rule | None, where: str, problems: list[FactProblem]
) -> tuple[Condition | None, tuple[str, ...]]:
    """Read a row's condition; None where it keeps that of the rule that runs."""
    if "when" not in written:
        return None, ()
    when = written["when"]
    if isinstance(when, str) and base is not None:
        unread = f"{where}.when: words are not read; {base.id} applies when it does now. Write facts and their values."
        return None, () if when == base.when else (unread,)
    condition, wrong = read_condition(when, f"{where}.when")
    problems += wrong
    return condition, ()


def _blank(rule_id: str, written: Mapping[str, object]) -> Rule:
    name = written.get("name")
    return Rule(
        id=rule_id,
        name=name if isinstance(name, str) else rule_id,
        when="",
        applies=always,
        outcome=Outcome.NEEDS_CONTEXT,
        policy=AppliedPolicy.NONE,
        hash_action=HashAction.NONE,
        clauses=(),
        reasons=(f"Rule {rule_id} of a table that does not run.",),
    )


def _problems_of_order(rows: Sequence[_Row]) -> list[FactProblem]:
    """Find rules that stand twice, or where none could ever be asked, and cases that would get no answer."""
    seen: dict[str, str] = {}
    problems = []
    for row in rows:
        if row.rule_id in seen:
            problems.append(FactProblem(f"{row.where}.id", f"{row.rule_id} stands at {seen[row.rule_id]} already"))
        elif row.rule_id is not None:
            seen[row.rule_id] = row.where
    if any(row.rule is None for row in rows):
        return problems
    last = rows[-1]
    for row in rows[:-1]:
        if _asks_nothing(row):
            message = f"{row.rule_id} applies to every case, so no rule below it is ever asked; it must be the last"
            problems.append(FactProblem(row.where, message))
    if not _asks_nothing(last):
        message = (
            f"the last rule must apply to every case, so that none is left without an answer: end with "
            f'{_ASKS_NOTHING.id}, or with `"when": {{}}`'
        )
        problems.append(FactProblem(last.where, message))
    return problems


def _asks_nothing(row: _Row) -> bool:
    return row.rule is not None and row.rule.applies in (always, _ASKS_NOTHING.applies)
