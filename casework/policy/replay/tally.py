"""
What a replay brought out, counted: how many of what, from what to what, with examples.

Invariant: its size depends on the table, not on how much was replayed: things that come out alike are one line with a
count and a few examples.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from casework.policy.replay.judging_again import Result

EXAMPLES = 10
"""Examples of a line, where nothing else is asked for."""

MOST_EXAMPLES = 100


class ReplayKind(StrEnum):
    """What was asked about again."""

    OPEN_CASE = "open_case"
    DECISION = "decision"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Example:
    """One thing that comes out otherwise, by its ids."""

    case_id: str | None
    decision_id: str | None = None
    upload: str | None = None
    takedown_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """
    What things that come out alike have in common.

    Args:
        kind: What they are.

        before: What they came to.

        after: What they would come to.

        decided: What was decided: of a decision, or by a person of a match; None where nobody did.

        by_policy: Whether the policy decided it by itself; None where nothing was decided.

        in_line: Of a decision, whether it follows what would be recommended.

        case_state: Of a match, where the upload's case stands; None without a case, and of what is no match.
    """

    kind: ReplayKind
    before: Result
    after: Result
    decided: str | None = None
    by_policy: bool | None = None
    in_line: bool | None = None
    case_state: str | None = None


@dataclass(slots=True)
class Line:
    """How many things come out in one way, and some of them."""

    count: int = 0
    examples: list[Example] = field(default_factory=list)


class Tally:
    """
    Counts what a replay brings out.

    Args:
        examples: How many of each line to keep.
    """

    def __init__(self, examples: int = EXAMPLES) -> None:
        self._examples = examples
        self.replayed: Counter[ReplayKind] = Counter()
        self.changed: Counter[ReplayKind] = Counter()
        self.by_another_rule = 0
        self._lines: dict[Change, Line] = {}

    def add(self, change: Change, example: Example) -> None:
        """Count one thing that was asked about again, whether or not it comes out otherwise."""
        self.replayed[change.kind] += 1
        if change.before.comes_to_the_same(change.after):
            self.by_another_rule += change.before.rule != change.after.rule
            return
        self.changed[change.kind] += 1
        line = self._lines.setdefault(change, Line())
        line.count += 1
        if len(line.examples) < self._examples:
            line.examples.append(example)

    @property
    def lines(self) -> list[tuple[Change, Line]]:
        """What comes out otherwise, the most frequent first; of equally many, in the order of their words."""
        return sorted(self._lines.items(), key=lambda line: (-line[1].count, repr(line[0])))
