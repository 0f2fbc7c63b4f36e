"""
A decision table that does not run yet: the rules that do, some of them changed, left out or joined by others.

Invariant: total, as the shipped one is. Its last rule asks nothing of the facts, so every case gets an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from casework.domain.facts import Facts
from casework.policy import POLICY_RULES, POLICY_VERSION
from casework.policy.recommendation import Recommendation
from casework.policy.rule import Rule

_REMEMBERED = 20_000
"""Combinations of facts whose answer is kept: a hundred thousand cases are of a few hundred."""


class DecisionTable:
    """
    Rules in their order.

    Args:
        version: Its name; `POLICY_VERSION` of the one that runs.

        rules: The last one asks for nothing.
    """

    def __init__(self, version: str, rules: Sequence[Rule]) -> None:
        self.version = version
        self.rules = tuple(rules)
        self.recommend = lru_cache(_REMEMBERED)(self._recommend)

    def _recommend(self, facts: Facts) -> Recommendation:
        return next(answer for rule in self.rules if (answer := rule(facts)) is not None)


def shipped_table() -> DecisionTable:
    """Return the table that runs."""
    return DecisionTable(POLICY_VERSION, POLICY_RULES)


@dataclass(frozen=True, slots=True)
class TableRead:
    """
    A table as somebody wrote it.

    Args:
        table: What it says.

        notes: What of the text was not read, in sentences.
    """

    table: DecisionTable
    notes: tuple[str, ...] = ()
