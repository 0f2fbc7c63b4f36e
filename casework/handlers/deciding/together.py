"""
Deciding many cases at once: which they are, and whether enough of them were looked at.

Each is then decided by `decide_case`, in a transaction of its own: one that cannot be decided holds up no other, and
what was decided before a crash stays decided.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.cases.listing import GroupKey
from casework.domain.errors import NotFoundError, SampleNotSeenError
from casework.domain.ids import CaseId, TakedownId
from casework.policy.together import MOST_TOGETHER, SampleTerms
from casework.ports.unit_of_work import UnitOfWork

LOOKS: Final = frozenset({"case:media:viewed", "case:claimed"})
"""Acts of the audit log by which somebody has looked at a case."""


@dataclass(frozen=True, slots=True)
class Together:
    """
    Cases that one person decides at once.

    Args:
        case_ids: In the order in which they are decided.

        left: How many more there are in the group than are decided at once.
    """

    case_ids: tuple[CaseId, ...]
    left: int = 0


def cases_of_group(group: str, actor: Actor, uow: UnitOfWork, *, terms: SampleTerms) -> Together:
    """
    Choose the cases of a group that are decided at once: the first due.

    Args:
        group: Its key.

        actor: Who decides.

        uow: To read.

        terms: How many are looked at first.

    Raises:
        NotFoundError: If there is no such takedown.
        SampleNotSeenError: If too few of them were looked at.
    """
    key = GroupKey.read(group)
    try:
        uow.takedowns.get(key.takedown_id)
    except NotFoundError as error:
        message = f"there is no group {group!r}; `/v1/case-groups` lists them"
        raise NotFoundError(message) from error
    case_ids, count = uow.cases.members(key, limit=MOST_TOGETHER)
    together = Together(tuple(case_ids), count - len(case_ids))
    if len(case_ids) > terms.above:
        (sample,) = uow.cases.samples([key], size=terms.size).values()
        _require_looks(uow.cases.many(case_ids), actor, uow, terms, first=[one.id for one in sample])
    return together


def cases_by_id(case_ids: Sequence[str], actor: Actor, uow: UnitOfWork, *, terms: SampleTerms) -> Together:
    """
    Choose cases by their ids; each once, whether or not there is such a case.

    Args:
        case_ids: As they were given.

        actor: Who decides.

        uow: To read.

        terms: How many are looked at first.

    Raises:
        SampleNotSeenError: If too few of them were looked at.
    """
    chosen = tuple(dict.fromkeys(CaseId(one) for one in case_ids))
    if len(chosen) > terms.above:
        _require_looks(uow.cases.many(chosen), actor, uow, terms)
    return Together(chosen)


def seen_by(actor: Actor, case_ids: Sequence[str], uow: UnitOfWork) -> set[str]:
    """Return which of these cases somebody has looked at: they saw a preview of it, or claimed it."""
    return uow.audit.subjects_of(actor.id, LOOKS, case_ids)


def _require_looks(
    cases: dict[str, Case], actor: Actor, uow: UnitOfWork, terms: SampleTerms, *, first: Sequence[str] = ()
) -> None:
    """Make sure that of each takedown enough cases were looked at; name those that would do, `first` before others."""
    waiting: dict[TakedownId | None, list[str]] = defaultdict(list)
    for one in sorted(cases, key=lambda case_id: (case_id not in first, cases[case_id].deadline, case_id)):
        if cases[one].is_open:
            waiting[cases[one].takedown_id].append(one)
    together = sum(map(len, waiting.values()))
    seen = seen_by(actor, list(cases), uow)
    to_look_at: list[str] = []
    for ids in waiting.values():
        missing = terms.needed(of_takedown=len(ids), together=together) - len(seen.intersection(ids))
        unseen = [one for one in ids if one not in seen]
        to_look_at += unseen[: max(0, missing)]
    if to_look_at:
        shown = ", ".join(to_look_at[:_NAMED]) + (" and others" if len(to_look_at) > _NAMED else "")
        message = (
            f"{together} cases are more than {terms.above}: look at {len(to_look_at)} of them first, at a preview or "
            f"by claiming it: {shown}"
        )
        raise SampleNotSeenError(message, to_look_at=to_look_at)


_NAMED: Final = 10
"""Cases that a message names; the list of all stands beside it."""
