"""What a list of takedowns shows: parts of it by where they stand, and a row each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from api.console.tabs import ListTab
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.automation.trust import trust_rule

ADDRESS: Final = "/console/takedowns"


class Part(StrEnum):
    """A part of the list, as it stands in an address."""

    STANDING = "standing"
    INTERIM = "interim"
    REVERSED = "reversed"
    RESTING = "resting"


STATES: Final[Mapping[Part, tuple[TakedownState, ...]]] = {
    Part.STANDING: (TakedownState.ACTIVE, TakedownState.IMPORTED),
    Part.INTERIM: (TakedownState.INTERIM,),
    Part.REVERSED: (TakedownState.WITHDRAWN, TakedownState.OVERTURNED),
    Part.RESTING: (TakedownState.PENDING, TakedownState.PAUSED, TakedownState.REFERRED),
}
"""Each state is in one part."""

_NAMES: Final[Mapping[Part, tuple[str, str]]] = {
    Part.STANDING: ("Standing", "copies are kept down"),
    Part.INTERIM: ("Interim", "hold until somebody decides"),
    Part.REVERSED: ("Reversed", "matched no more"),
    Part.RESTING: ("Not matched", "pending, paused or referred"),
}


@dataclass(frozen=True, slots=True)
class TakedownRow:
    """
    A takedown in a list.

    Args:
        acts: What may happen to a copy of it, in two or three words.

        why: Why no more than that; None where copies are blocked.

        copies: How many uploads matched it.
    """

    id: str
    case_id: str
    state: TakedownState
    created_at: datetime
    reversed_at: datetime | None
    source: str | None
    acts: str
    why: str | None
    copies: int


def takedown_rows(takedowns: Sequence[Takedown], uow: SqlUnitOfWork) -> list[TakedownRow]:
    """Show a page of takedowns, in their order."""
    copies = uow.matches.counted(one.id for one in takedowns)
    return [
        TakedownRow(
            id=one.id,
            case_id=one.case_id,
            state=one.state,
            created_at=one.created_at,
            reversed_at=one.reversed_at,
            source=one.source,
            acts=acts(one),
            why=why_held(one),
            copies=copies.get(one.id, 0),
        )
        for one in takedowns
    ]


def tabs(chosen: Part, uow: SqlUnitOfWork) -> list[ListTab]:
    """Show the parts of the list, with how many are in each."""
    counts = uow.figures.takedowns_by_state()
    return [
        ListTab(
            name=name,
            address=f"{ADDRESS}?part={part.value}",
            chosen=part is chosen,
            count=sum(counts.get(one.value, 0) for one in STATES[part]),
            words=words,
        )
        for part, (name, words) in _NAMES.items()
    ]


def acts(takedown: Takedown) -> str:
    """Say what may happen to a copy, as things stand."""
    if not takedown.state.stands:
        return "not matched"
    return "blocks copies" if takedown.acts_by_itself else "holds copies"


def why_held(takedown: Takedown) -> str | None:
    """Say why copies are not blocked without a person; None where they are, or where nothing is matched."""
    if not takedown.state.stands or takedown.acts_by_itself:
        return None
    if takedown.quarantined_at is not None:
        return "In quarantine: it matches far more people than its like."
    if takedown.is_interim:
        return "Nobody has decided yet."
    if takedown.is_imported:
        return f"On the list {takedown.source} of others; nobody here has decided."
    if takedown.trust_lacks:
        return " ".join(trust_rule(one).reason for one in takedown.trust_lacks)
    return "What this media means depends on the post."
