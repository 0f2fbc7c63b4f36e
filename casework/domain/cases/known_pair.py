"""
Pairs of pictures whose answer is known, and looks in between: now and then somebody who decides cases is shown two
drawings, and asked whether one is a copy of the other.

    known_pair     the answer is known: what stands decided of a case, or what an operator says
    second_look    somebody else decided about it (`second_look.py`)

Whoever is asked is not told which of the two it is. After which decisions somebody is asked is chosen by their ids, as
second looks are: nobody knows beforehand, and the choice stays the same. Invariant: a look in between is no case, and
nothing follows from an answer: it says how often people see what is there.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from casework.domain.errors import WrongStateError
from casework.domain.ids import BlindLookId, CaseId, DecisionId, PairId, pairs

SIDES: Final = ("original", "copy")
"""The drawings that every pair has."""

WEEK: Final = timedelta(days=7)


class InBetween(StrEnum):
    """What somebody is shown in between."""

    KNOWN_PAIR = "known_pair"
    SECOND_LOOK = "second_look"


@dataclass(frozen=True, slots=True)
class KnownPair:
    """
    Two pictures, and whether one is a copy of the other.

    Args:
        is_copy: Whether it is.

        case_id: The case whose pictures they are; None where an operator gave them: of those drawings are kept alone.

        removed_at: From when on nobody is asked about it any more.
    """

    id: PairId
    is_copy: bool
    added_by: str
    added_at: datetime
    case_id: CaseId | None = None
    removed_at: datetime | None = None

    def remove(self, now: datetime) -> "KnownPair":
        """
        Ask nobody about it any more.

        Raises:
            WrongStateError: If that was done before.
        """
        if self.removed_at is not None:
            message = f"the known pair {self.id} was taken off before"
            raise WrongStateError(message)
        return replace(self, removed_at=now)


@dataclass(frozen=True, slots=True)
class BlindLook:
    """
    One look in between, asked of one person.

    Args:
        pair_id: The known pair it shows; None for a second look.

        decision_id: The decision it looks at again; None for a known pair.

        answered_at: When they answered; None if they have not.

        is_copy: What they said; None where they could not tell.

        known: What was known, of a known pair that was answered; None where that was taken back meanwhile.
    """

    id: BlindLookId
    person_id: str
    asked_at: datetime
    pair_id: PairId | None = None
    decision_id: DecisionId | None = None
    answered_at: datetime | None = None
    is_copy: bool | None = None
    known: bool | None = None

    def answer(self, now: datetime, *, is_copy: bool | None, known: bool | None) -> "BlindLook":
        """
        Note what they said, and what was known.

        Raises:
            WrongStateError: If they answered before.
        """
        if self.answered_at is not None:
            message = f"the look {self.id} was answered before"
            raise WrongStateError(message)
        return replace(self, answered_at=now, is_copy=is_copy, known=known)


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """
    What somebody said of a known pair.

    Args:
        is_copy: None where they could not tell.
    """

    person_id: str
    pair_id: PairId
    at: datetime
    is_copy: bool | None
    known: bool

    @property
    def is_told(self) -> bool:
        """Whether they said one or the other."""
        return self.is_copy is not None

    @property
    def agrees(self) -> bool:
        """Whether they said what is known."""
        return self.is_copy is self.known


def asked_after(decision_id: str, percent: float) -> InBetween | None:
    """
    Tell what somebody is asked after they made a decision.

    Args:
        decision_id: Of the decision.

        percent: After how many of a hundred a known pair is shown; after as many others a second look, so that being
            asked says nothing of which it is.
    """
    every = pairs()
    if decision_id[-2:] not in every:
        return None
    share = round(len(every) * percent / 100)
    place = len(every) - 1 - every.index(decision_id[-2:])  # from the other end than second looks are chosen
    if place < share:
        return InBetween.KNOWN_PAIR
    return InBetween.SECOND_LOOK if place < 2 * share else None


def agreement(answers: Iterable[KnownAnswer]) -> tuple[int, int]:
    """Count the answers that say what is known, and all that say one or the other."""
    told = [one for one in answers if one.is_told]
    return sum(one.agrees for one in told), len(told)


def by_week(answers: Iterable[KnownAnswer], now: datetime, weeks: int) -> list[tuple[datetime, tuple[int, int]]]:
    """
    Count agreement week by week.

    Args:
        answers: In any order.

        now: Where the last week ends; weeks are counted back from there.

        weeks: How many.

    Returns:
        When each began and its counts, the earliest first; a week without answers is there, too.
    """
    found, told = Counter[int](), Counter[int]()
    for one in answers:
        number = int((now - one.at) / WEEK)
        if one.is_told and 0 <= number < weeks:
            told[number] += 1
            found[number] += one.agrees
    return [(now - (number + 1) * WEEK, (found[number], told[number])) for number in reversed(range(weeks))]
