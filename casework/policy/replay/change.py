"""
What is changed in a replay: the decision table, thresholds of the matching, which rules of the trust ladder count.

Invariant: what is not named stays as it runs. A change that would change nothing is refused: whoever asks for one has
forgotten something.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casework.domain.errors import FactProblem, PolicyChangeError
from casework.domain.takedowns.trust import Lack
from casework.policy.automation.trust import TRUST_RULES
from casework.policy.replay.table import DecisionTable, shipped_table
from casework.policy.replay.table_file import read_table
from matcher.comparing.other_thresholds import known_thresholds


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """
    A policy to be tried on past cases, beside the one that runs.

    Args:
        running: The decision table that runs.

        table: The one to be tried; None where the running one stays.

        thresholds: Values to be tried, by the names of signal types.

        trust: Of what may be lacking, what would not keep copies from being blocked by itself.

        notes: What of the request could not be read or cannot be known, in sentences.
    """

    running: DecisionTable
    table: DecisionTable | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    trust: frozenset[Lack] = frozenset()
    notes: tuple[str, ...] = ()

    def counting(self, lacks: tuple[Lack, ...]) -> tuple[Lack, ...]:
        """Return what of a takedown's lacks would count."""
        return tuple(one for one in lacks if one not in self.trust)

    @property
    def tried(self) -> DecisionTable:
        """The decision table under the change."""
        return self.running if self.table is None else self.table


def read_change(
    *,
    table: object = None,
    thresholds: Mapping[str, object] | None = None,
    trust: Mapping[str, object] | None = None,
) -> PolicyChange:
    """
    Read what is to be tried.

    Args:
        table: As it was read from JSON (`table_file.py`); None for the one that runs.

        thresholds: By the names of signal types.

        trust: Whether each rule of the trust ladder counts, by its id or by what is lacking: ``{"T01": False}``.

    Raises:
        PolicyChangeError: Naming every problem.
    """
    off = _without(trust or {})
    if table is None and not thresholds and not off:
        message = "name what is to be tried: a decision table, a threshold, or a rule of the trust ladder to leave out"
        raise PolicyChangeError([FactProblem("table", message)])
    values, notes = _thresholds(thresholds or {})
    if table is None:
        return PolicyChange(shipped_table(), thresholds=values, trust=off, notes=notes)
    read = read_table(table)
    return PolicyChange(shipped_table(), read.table, values, off, (*read.notes, *notes))


def _without(given: Mapping[str, object]) -> frozenset[Lack]:
    known = {name: rule.lack for rule in TRUST_RULES for name in (rule.id, rule.lack.value)}
    problems = [
        FactProblem(f"trust.{name}", f"there is no such rule; there are {', '.join(known)}")
        if name not in known
        else FactProblem(f"trust.{name}", f"must be true or false: whether it counts, not {str(value)[:80]!r}")
        for name, value in given.items()
        if name not in known or not isinstance(value, bool)
    ]
    if problems:
        raise PolicyChangeError(problems)
    return frozenset(known[name] for name, counts in given.items() if counts is False)


def _thresholds(given: Mapping[str, object]) -> tuple[dict[str, float], tuple[str, ...]]:
    known = known_thresholds()
    values: dict[str, float] = {}
    problems, notes = [], []
    for name, value in given.items():
        where = f"thresholds.{name}"
        threshold = known.get(name)
        if threshold is None:
            problems.append(FactProblem(where, f"there is no such threshold; there are {', '.join(known)}"))
            continue
        whole = not threshold.larger_is_stricter
        if isinstance(value, bool) or not isinstance(value, int | float) or (whole and value % 1 != 0):
            kind = "a whole number" if whole else "a number"
            problems.append(FactProblem(where, f"must be {kind} of {threshold.unit}, not {str(value)[:80]!r}"))
        elif not 0 <= value <= threshold.most:
            accepted = f"from 0 to {threshold.most:g} {threshold.unit}"
            problems.append(FactProblem(where, f"must be {accepted}, not {str(value)[:80]}"))
        else:
            values[name] = value
            if threshold.is_looser(value):
                notes.append(
                    f"{name} {value:g} is looser than {threshold.value:g}, which runs: copies that would be found only "
                    "then are not on record and are not counted; what they add to matches on record is."
                )
    if problems:
        raise PolicyChangeError(problems)
    return values, tuple(notes)
