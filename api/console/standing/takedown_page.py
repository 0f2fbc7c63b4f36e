"""
What a takedown's page shows, put together from the API's views of it.

Invariant: nothing is decided or written here. Values of signals are not shown: whoever may read them asks the API,
which writes down that they did.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.console.standing.takedown_lists import acts, why_held
from api.console.waiting.listing import OUTCOMES
from api.schemas.casework.people import PersonOut
from api.schemas.casework.takedowns import TakedownOut
from api.schemas.propagation import DeliveryOut, LookbackOut, PropagationOut
from api.views.casework.people import People
from api.views.lookback import lookback_out
from api.views.propagation import propagation_out
from api.views.takedowns import takedown_out
from casework.domain.cases.decision import Decision
from casework.domain.takedowns.propagation import DeliveryState
from casework.domain.takedowns.takedown import Takedown
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.signals import SIGNAL_TYPES

_OUTCOMES: Final = {one.value: words for one, words in OUTCOMES.items()}
_COPIES: Final = 25
_LINES: Final = 50


@dataclass(frozen=True, slots=True)
class Copy:
    """
    An upload that matched.

    Args:
        upload_id: As the platform calls it.

        sentence: What was done to it.

        settled: What a person said of it, in two words; None where nobody did.

        verdict: Of the upload, as it stands now.
    """

    upload_id: str
    case_id: str | None
    sentence: str
    strength: str
    settled: str | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Line:
    """
    A line of the ledger.

    Args:
        destination: What it is called.

        may_be_retried: Whether it waits, or was given up.
    """

    delivery: DeliveryOut
    destination: str
    may_be_retried: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """
    The decision a takedown stands on.

    Args:
        recommended: What the policy recommended, in two words.
    """

    id: str
    by: PersonOut
    approved_by: PersonOut | None
    at: datetime
    recommended: str
    rule: str
    policy: str
    reasons: tuple[str, ...]
    override_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakedownPage:
    """Everything a takedown's page shows."""

    takedown: TakedownOut
    acts: str
    why_held: str | None
    decided: Decided | None
    reversed_by: PersonOut | None
    signals: list[tuple[str, int]]
    ledger: PropagationOut
    lines: list[Line]
    left_s: float | None
    lookback: LookbackOut
    copies: list[Copy]
    copies_in_all: int
    copies_following: int | None


def takedown_page(takedown: Takedown, uow: SqlUnitOfWork, *, before: int | None, after: str | None) -> TakedownPage:
    """
    Put a takedown's page together.

    Args:
        takedown: The takedown.

        uow: To read.

        before: The position of the last copy of the page before; None for the first page.

        after: The last line of the page of the ledger before; None for the first page.
    """
    people = People(uow)
    shown = takedown_out(takedown, uow, with_values=False)
    ledger = propagation_out(takedown, uow, after=after, limit=_LINES)
    copies, following = _copies(takedown, uow, before=before)
    deadline = ledger.clock.deadline
    return TakedownPage(
        takedown=shown,
        acts=acts(takedown),
        why_held=why_held(takedown),
        decided=None if takedown.is_interim or takedown.is_imported else _decided(takedown, people, uow),
        reversed_by=people.maybe(takedown.reversed_by),
        signals=[
            (SIGNAL_TYPES[name].label if name in SIGNAL_TYPES else name, count)
            for name, count in sorted(shown.signals.items())
        ],
        ledger=ledger,
        lines=_lines(ledger),
        left_s=None if deadline is None else (deadline - uow.now).total_seconds(),
        lookback=lookback_out(takedown, uow, after=0, limit=1),
        copies=copies,
        copies_in_all=uow.matches.counted([takedown.id]).get(takedown.id, 0),
        copies_following=following,
    )


def _decided(takedown: Takedown, people: People, uow: SqlUnitOfWork) -> Decided:
    decision: Decision = uow.decisions.get(takedown.decision_id)
    recommended = decision.recommendation
    return Decided(
        id=decision.id,
        by=people.named(decision.decided_by),
        approved_by=people.maybe(decision.approved_by),
        at=decision.decided_at,
        recommended=_OUTCOMES.get(recommended.outcome, recommended.outcome),
        rule=recommended.rule,
        policy=decision.policy_version,
        reasons=recommended.reasons,
        override_reason=decision.override_reason,
    )


def _lines(ledger: PropagationOut) -> list[Line]:
    names = {one.destination_id: one.name for one in ledger.destinations}
    return [
        Line(
            delivery=one,
            destination=names.get(one.destination_id, one.destination_id),
            may_be_retried=one.state is not DeliveryState.DELIVERED,
        )
        for one in ledger.items
    ]


def _copies(takedown: Takedown, uow: SqlUnitOfWork, *, before: int | None) -> tuple[list[Copy], int | None]:
    found = uow.matches.newest_of(takedown.id, before=before, limit=_COPIES + 1)
    more, found = len(found) > _COPIES, found[:_COPIES]
    uploads = uow.uploads.many(upload_id for _, upload_id, _ in found)
    copies = [
        Copy(
            upload_id=uploads[upload_id].platform_id,
            case_id=uploads[upload_id].case_id,
            sentence=match.explanation[:1].upper() + match.explanation[1:],
            strength=match.strength.value,
            settled=_settled(match.confirmed_by, match.dismissed_by),
            verdict=uploads[upload_id].verdict.value,
        )
        for _, upload_id, match in found
    ]
    return copies, found[-1][0] if more else None


def _settled(confirmed_by: str | None, dismissed_by: str | None) -> str | None:
    if dismissed_by is not None:
        return "not a copy"
    return None if confirmed_by is None else "confirmed"
