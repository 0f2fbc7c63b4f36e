"""
What an upheld case would do, worked out before the transaction that decides it.

Comparing with uploads takes milliseconds each, and a transaction that decides holds up every registration: so this
reads, in a snapshot of its own, and `decide_case` takes the result. What is uploaded in between is not in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from casework.domain.cases.case import Case
from casework.domain.cases.decision import BlastRadius
from casework.domain.ids import MediaId, TakedownId
from casework.domain.media import Media, SubmittedMedia
from casework.domain.takedowns.common import CommonPart
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.common_parts import common_parts_of, learn_common_parts
from casework.steps.finding.looking_ahead.blast_radius import blast_radius_of
from casework.steps.finding.looking_back import Reference, references_of
from casework.steps.taking_down.take_effect import media_of
from matcher.hashing.query import Query


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
    case: Case, uow: UnitOfWork, search: CandidateSearch, *, out_of_time: Callable[[], bool] = lambda: False
) -> Foreseen:
    """
    Look ahead at what happens if a case is upheld.

    Args:
        case: As it is in this transaction.

        uow: To read.

        search: Over the `uploads` and `takedowns` collections.

        out_of_time: Asked before each comparison but the first.

    Returns:
        What would happen; nothing, if the case is decided already.
    """
    if not case.is_open:
        return Foreseen()
    media = media_of(case, uow)
    own = next((one.id for one in uow.takedowns.of_case(case.id) if one.is_interim), case.takedown_id)
    learned = [
        part
        for one in media
        for part in learn_common_parts(
            one, uow, search, before=case.opened_at, takedown_id=own, out_of_time=out_of_time
        )
    ]
    references = references_of(media, uow, learned=learned)
    joined = joined_if_upheld(case, uow.takedowns.many({*filter(None, (case.takedown_id,))}))
    radius = blast_radius_of(references, uow, search, takedown_id=joined, out_of_time=out_of_time)
    return Foreseen(radius, tuple(learned))


def joined_if_upheld(case: Case, takedowns: Mapping[str, Takedown]) -> TakedownId | None:
    """
    Return the takedown that a case joins if it is upheld, whose matches it does not hit again; None for one of its own.

    Of what a list names, and of what was taken back, whoever upholds a copy makes a takedown, which hits what the other
    only holds, or does not restrict any more.

    Args:
        case: The case.

        takedowns: By id; the one that it is about is among them.
    """
    if case.takedown_id is None or takedowns[case.takedown_id].state is not TakedownState.ACTIVE:
        return None
    return case.takedown_id


def foresee_submitted(
    submitted: Sequence[SubmittedMedia],
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Foreseen:
    """
    Look ahead at what happens if media is restricted in the moment it is reported.

    Args:
        submitted: What is reported; none of it is stored yet.

        uow: To read.

        search: Over the `uploads` and `takedowns` collections.

        out_of_time: Asked before each comparison but the first.

    Returns:
        What would happen. Of its common parts, `media_id` is the place of the media among these, from ``"0"`` on.
    """
    references: dict[MediaId, Reference] = {}
    learned: list[CommonPart] = []
    for place, one in enumerate(submitted):
        media = Media(MediaId(f"{place}"), one.kind, one.width, one.height, one.duration_s, one.signals)
        parts = learn_common_parts(media, uow, search, before=uow.now, takedown_id=None, out_of_time=out_of_time)
        common = common_parts_of([media], uow, parts)
        query = one.query or Query.of_signals(one.signals)
        references[media.id] = Reference(query, media, common.get(media.id))
        learned += parts
    radius = blast_radius_of(references, uow, search, out_of_time=out_of_time)
    return Foreseen(radius, tuple(learned))
