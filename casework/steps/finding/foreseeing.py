"""
What an upheld case would do, worked out before the transaction that decides it.

Comparing with uploads takes milliseconds each, and a transaction that decides holds up every registration: so this
reads, in a snapshot of its own, and `decide_case` takes the result. What is uploaded in between is not in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from casework.domain.cases.decision import BlastRadius
from casework.domain.takedowns.common import CommonPart
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.blast_radius import blast_radius_of
from casework.steps.finding.common_parts import learn_common_parts
from casework.steps.finding.looking_back import references_of
from casework.steps.take_effect import media_of


@dataclass(frozen=True, slots=True)
class Foreseen:
    """
    What an upheld case would do.

    Args:
        blast_radius: The registered uploads it would hit.

        common_parts: Parts of what would be banked that strangers' pictures have too.
    """

    blast_radius: BlastRadius = field(default_factory=BlastRadius)
    common_parts: tuple[CommonPart, ...] = ()


def foresee(
    case_id: str, uow: UnitOfWork, search: CandidateSearch, *, out_of_time: Callable[[], bool] = lambda: False
) -> Foreseen:
    """
    Look ahead at what happens if a case is upheld.

    Args:
        case_id: The case.

        uow: To read.

        search: Over the `uploads` and `takedowns` collections.

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
    learned = [
        part
        for one in media
        for part in learn_common_parts(
            one, uow, search, before=case.opened_at, takedown_id=case.takedown_id, out_of_time=out_of_time
        )
    ]
    references = references_of(media, uow, learned=learned)
    radius = blast_radius_of(references, uow, search, takedown_id=case.takedown_id, out_of_time=out_of_time)
    return Foreseen(radius, tuple(learned))
