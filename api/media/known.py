"""Whether reported media is kept down already, looked for before the transaction that stores it."""

from collections.abc import Sequence

from api.service import Service
from casework.domain.ids import TakedownId
from casework.domain.media import SubmittedMedia
from casework.steps.reports.linking import known_takedown


def known_before(service: Service, media: Sequence[SubmittedMedia]) -> TakedownId | None:
    """Return the takedown that holds signals of some media, or None."""
    if not media:
        return None
    with service.reading() as uow:
        return known_takedown(media, uow, service.replica)
