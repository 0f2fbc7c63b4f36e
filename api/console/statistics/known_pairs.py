"""
How often people say of known pairs what is known: all of them, each of them, and week by week.

Invariant: whoever could not tell is left out, as in second looks.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from casework.domain.cases.known_pair import WEEK, KnownAnswer, agreement, by_week
from casework.policy.learning.share import Share
from casework.ports.unit_of_work import UnitOfWork

_MOST: Final = 5_000


@dataclass(frozen=True, slots=True)
class KnownAgreement:
    """
    Answers about known pairs.

    Args:
        of_all: Of everybody.

        weeks: By when each week began, the earliest first.

        people: Of each person who said one or the other, by their id.
    """

    of_all: Share
    weeks: tuple[tuple[datetime, Share], ...]
    people: tuple[tuple[str, Share], ...]


def known_agreement(since: datetime, uow: UnitOfWork) -> KnownAgreement:
    """Count the answers since a moment, the latest thousands of them."""
    answers = uow.blind_looks.known_answers(since, limit=_MOST)
    weeks = max(1, -(-(uow.now - since) // WEEK))
    of_person: dict[str, list[KnownAnswer]] = defaultdict(list)
    for one in answers:
        of_person[one.person_id].append(one)
    counted = ((person_id, Share(*agreement(theirs))) for person_id, theirs in sorted(of_person.items()))
    return KnownAgreement(
        of_all=Share(*agreement(answers)),
        weeks=tuple((begun, Share(*counts)) for begun, counts in by_week(answers, uow.now, weeks)),
        people=tuple((person_id, share) for person_id, share in counted if share.of),
    )


def own_agreement(person_id: str, since: datetime, uow: UnitOfWork) -> Share:
    """Count what one person answered since a moment."""
    return Share(*agreement(uow.blind_looks.known_answers(since, limit=_MOST, person_id=person_id)))
