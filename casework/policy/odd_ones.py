"""
Which cases of a group a person looks at first: those that are not like the others. Pure.

    apart     what is known of the post alone leads to another recommendation (`casework/policy/together.py`)
    own       something is known of the post alone, and the recommendation is the same
    kind      few of the group rest on this kind of evidence
    less      both pictures agree less than the others do, by Tukey's rule: below the first quartile by more than one
              and a half times the distance between first and third

Invariant: it orders and names, and decides nothing; who decides the group sees all of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

from casework.domain.cases.case import Case
from casework.domain.ids import CaseId
from casework.domain.takedowns.upload import Match
from casework.policy.together import shared
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence

FEW: Final = 0.1
"""Up to this share (inclusive) of a group, a kind of evidence is not the group's."""

_FEWEST_FOR_QUARTILES: Final = 8
_FENCE: Final = 1.5
_LOOKED_AT: Final = {"context_assessed": True}
"""What is said of a group that is decided: its posts then differ by what is known of each alone."""


@dataclass(frozen=True, slots=True)
class Placed:
    """
    A case at its place in a group.

    Args:
        case_id: Which.

        odd: Why it is not like the others, in words; empty where it is.

        agreement: How well both pictures agree, 0..1; 0 without a match.
    """

    case_id: CaseId
    odd: tuple[str, ...]
    agreement: float


def odd_ones_first(group: Sequence[tuple[Case, Match | None]]) -> list[Placed]:
    """
    Order a group: first what is not like the others, then what agrees least.

    Args:
        group: Cases about copies of one takedown, each with the match it asks about, by deadline.
    """
    kinds = Counter(case.evidence for case, _ in group)
    agreements = [agreement_of(match) for _, match in group]
    fence = _fence(agreements)
    placed = [
        Placed(case.id, tuple(_odd(case, agreement, fence, rare=kinds[case.evidence] <= FEW * len(group))), agreement)
        for (case, _), agreement in zip(group, agreements, strict=True)
    ]
    return sorted(placed, key=lambda one: (-len(one.odd), one.agreement))


def agreement_of(match: Match | None) -> float:
    """Say how well both sides of a match agree by the signal that says it best, 0..1."""
    if match is None:
        return 0.0
    found = [0.0]
    for one in match.evidence:
        match one:
            case HashEvidence() if one.agrees:
                found.append(1 - one.distance / (one.threshold + 1))
            case LocalEvidence() if one.agrees:
                found.append(one.agreement)
            case VideoEvidence() if one.distance is not None and one.threshold is not None:
                found.append(1 - one.distance / (one.threshold + 1))
            case _:
                pass
    return max(found)


def _fence(agreements: Sequence[float]) -> float:
    """Return below which agreement a case agrees less than the others; 0 where there are too few to tell."""
    if len(agreements) < _FEWEST_FOR_QUARTILES:
        return 0.0
    first, _, third = quantiles(agreements, n=4)
    return first - _FENCE * (third - first)


def _odd(case: Case, agreement: float, fence: float, *, rare: bool) -> list[str]:
    among_others = shared(case.facts, _LOOKED_AT, of_match=case.opened_by_match)
    said = []
    if among_others.why_apart is not None:
        said.append(among_others.why_apart)
    elif among_others.own:
        known = ", ".join(name.replace("_", " ") for name in among_others.own if name not in _LOOKED_AT)
        said += [f"of this post alone is known: {known}"] if known else []
    if rare:
        said.append("rests on another kind of evidence than the others")
    if agreement < fence:
        said.append("agrees less than the others")
    return said
