"""Whether reported media is kept down already, looked for before the transaction that stores it."""

from collections.abc import Sequence

from api.service import Service
from casework.domain.ids import TakedownId
from casework.domain.media import SubmittedMedia
from casework.steps.reports.linking import known_takedown, near_takedowns


def known_before(service: Service, media: Sequence[SubmittedMedia]) -> TakedownId | None:
    """Return the takedown that holds signals of some media, or None."""
    near = near_takedowns(media, service.replica)
    if not any(one.found for one in near):
        return None  # as for most: then nothing is read
    with service.reading() as uow:
        return known_takedown(media, near, uow, service.replica)
