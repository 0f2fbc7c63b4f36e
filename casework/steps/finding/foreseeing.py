"""
What an upheld case would do, worked out before the transaction that decides it.

Comparing with uploads takes milliseconds each, and a transaction that decides holds up every registration: so this
reads, in a snapshot of its own, and `decide_case` takes the result. What is uploaded in between is not in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from casework.domain.cases.decision import BlastRadius
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.blast_radius import blast_radius_of
from casework.steps.take_effect import media_of


@dataclass(frozen=True, slots=True)
class Foreseen:
    """
    What an upheld case would do.

    Args:
        blast_radius: The registered uploads it would hit.
    """

    blast_radius: BlastRadius = field(default_factory=BlastRadius)


def foresee(
    case_id: str, uow: UnitOfWork, search: CandidateSearch, *, out_of_time: Callable[[], bool] = lambda: False
) -> Foreseen:
    """
    Look ahead at what happens if a case is upheld.

    Args:
        case_id: The case.

        uow: To read.

        search: Over the `uploads` collection.

        out_of_time: Asked before each comparison but the first.

    Returns:
        What would happen; nothing, if the case is decided already.

    Raises:
        NotFoundError: If there is no such case.
    """
    case = uow.cases.get(case_id)
    if not case.is_open:
        return Foreseen()
    media = media_of(case, uow)
    radius = blast_radius_of(media, uow, search, takedown_id=case.takedown_id, out_of_time=out_of_time)
    return Foreseen(radius)
