"""
What a rule is: a named condition on the facts, and what it recommends where the condition holds.

A rule is written as a pure function under `@rule(...)`; its name says what it does and its docstring says when, in
words. Invariant: a rule knows nothing of the rules before it; that they did not apply is the order of `POLICY_RULES`.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from casework.domain.banking import HashAction
from casework.domain.facts import Facts
from casework.policy.recommendation import (
    AppliedPolicy,
    Flag,
    Outcome,
    Recommendation,
    account_consequence,
)

Condition = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Caveat:
    """
    What a rule adds where it applies but the policy is in doubt.

    Args:
        flag: For programs.

        applies: When it is added.

        reason: For people.
    """

    flag: Flag
    applies: Condition
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One row of the decision table.

    Args:
        id: ``"R07"``; never given to another rule, because decisions are stored with it.

        name: What it says: ``"nude_media_is_removed"``.

        when: Its condition, in words.

        applies: Its condition.

        outcome: What it recommends.

        policy: The policy it rests on.

        hash_action: What becomes of the media's signals.

        clauses: The sentences of the two articles it rests on.

        reasons: What the moderator and the reporter read.

        caveat: What it adds where the policy is in doubt, or None.
    """

    id: str
    name: str
    when: str
    applies: Condition
    outcome: Outcome
    policy: AppliedPolicy
    hash_action: HashAction
    clauses: tuple[str, ...]
    reasons: tuple[str, ...]
    caveat: Caveat | None = None

    def __call__(self, facts: Facts) -> Recommendation | None:
        """Return what the rule recommends, or None where it does not apply."""
        if not self.applies(facts):
            return None
        caveats = [self.caveat] if self.caveat is not None and self.caveat.applies(facts) else []
        return Recommendation(
            outcome=self.outcome,
            rule=self.id,
            policy=self.policy,
            hash_action=self.hash_action,
            account=account_consequence(self.outcome),
            reasons=self.reasons + tuple(caveat.reason for caveat in caveats),
            clauses=self.clauses,
            flags=tuple(caveat.flag for caveat in caveats),
        )


def rule(
    rule_id: str,
    outcome: Outcome,
    *reasons: str,
    policy: AppliedPolicy = AppliedPolicy.NONE,
    hash_action: HashAction = HashAction.NONE,
    clauses: tuple[str, ...],
    caveat: Caveat | None = None,
) -> Callable[[Condition], Rule]:
    """
    Make a rule of a condition.

    Args:
        rule_id: ``"R07"``.

        outcome: What it recommends.

        reasons: What the moderator and the reporter read.

        policy: The policy it rests on.

        hash_action: What becomes of the media's signals.

        clauses: The sentences of the two articles it rests on.

        caveat: What it adds where the policy is in doubt.

    Returns:
        A decorator: takes the condition, whose name and docstring become the rule's.
    """

    def make(condition: Condition) -> Rule:
        when = " ".join((inspect.getdoc(condition) or "").split("\n\n")[0].split())
        return Rule(
            rule_id, condition.__name__, when, condition, outcome, policy, hash_action, clauses, reasons, caveat
        )

    return make
