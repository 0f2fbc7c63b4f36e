"""
Of a question that found nothing: what came nearest, and why it is no match.

Invariant: it measures as the matcher does, and decides nothing: that it is no match was said before.
"""

from dataclasses import dataclass
from typing import Final

from api.console.cases.case_page import EvidenceLine
from api.replica.nearest import NearestItem, nearest_item
from api.service import Service
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import Takedown
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.finding.known import Known
from matcher.comparing.hashes import HashEvidence, measure_nearest
from matcher.hashing.query import Query
from matcher.signals import signal_type
from matcher.signals.turning.orientations import AS_IS

_UNSEEN_SHARE: Final = 36 / 256
"""Of 12.9 million pairs of unrelated photos none was nearer (`matcher/thresholds.py`)."""

_UNRELATED_SHARE: Final = 0.3
"""From here on most of what is found is another picture; of unrelated photos hardly any are nearer."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """
    What came nearest.

    Args:
        why: Why it is no match, in sentences.

        lines: Each signal that was measured, and places that look alike.

        takedown_id: Whose reference it is; None where nothing is near at all.
    """

    why: tuple[str, ...]
    lines: tuple[EvidenceLine, ...]
    takedown_id: str | None


def nearest_to(query: Query, service: Service, uow: SqlUnitOfWork) -> Nearest:
    """
    Say what came nearest to a question that found nothing.

    Args:
        query: What was asked.

        service: For its indexes; they have followed all that was committed before.

        uow: To read what the nearest is.
    """
    at_least = service.replica.version(Collection.TAKEDOWNS)
    searcher = service.indexes[Collection.TAKEDOWNS].searcher(at_least=at_least)
    found = nearest_item(searcher, query.codes())
    alike = _places_alike(query, service)
    if found is None:
        nothing = "No banked picture is nearer than two unrelated pictures are."
        return Nearest((nothing,), alike, None)
    known = Known.of({found.item_id}, uow)
    item = known.items.get(found.item_id)
    if item is None:  # erased since the search
        return Nearest(("What came nearest has just been erased.",), alike, None)
    measured = measure_nearest(query, known.media[item.media_id].signals)
    lines = tuple(_line(one) for one in measured) or (_line_of_item(found),)
    takedown = known.takedowns.get(item.owner_id)
    return Nearest(
        why=_why(found, takedown),
        lines=lines + alike,
        takedown_id=None if takedown is None else takedown.id,
    )


def _why(found: NearestItem, takedown: Takedown | None) -> tuple[str, ...]:
    row = signal_type(found.signal_type)
    if found.distance <= row.threshold:
        if takedown is not None and not takedown.state.stands:
            return (f"It is near enough, but the takedown is {takedown.state.value}, and so nothing matches it.",)
        return (f"It is near enough by {row.label}, but what agrees is not enough to call it a copy.",)
    said = [
        f"The nearest differs in {found.distance} of {row.bits} bits of {row.label}; only up to {row.threshold} count."
    ]
    if found.distance >= _UNRELATED_SHARE * row.bits:
        said.append("Unrelated pictures are about that far apart: it is most likely another picture.")
    elif found.distance >= _UNSEEN_SHARE * row.bits:
        said.append("Few unrelated pictures are that near: it may be a strong edit. Compare the two by eye.")
    else:
        said.append("No two unrelated pictures measured were that near: it is likely an edit. Compare the two by eye.")
    return tuple(said)


def _line(one: HashEvidence) -> EvidenceLine:
    row = signal_type(one.signal)
    turned = "" if one.transformation == AS_IS else f", {one.transformation}"
    words = f"{one.distance} of {row.bits} bits differ{turned}; up to {one.threshold} count"
    if one.is_poor:
        words += f"; the quality of {one.quality} is below {row.minimum_quality}, so it alone says little"
    return EvidenceLine(row.label, words, one.agrees)


def _line_of_item(found: NearestItem) -> EvidenceLine:
    row = signal_type(found.signal_type)
    words = f"{found.distance} of {row.bits} bits differ in one frame; up to {row.threshold} count"
    return EvidenceLine(row.label, words, found.distance <= row.threshold)


def _places_alike(query: Query, service: Service) -> tuple[EvidenceLine, ...]:
    if query.features is None:
        return ()
    suspects = service.replica.find_local(Collection.TAKEDOWNS, query.features, limit=1).found
    if not suspects:
        words = "no banked picture has places that look like places of this one"
    else:
        count = len(suspects[0].pairs)
        words = f"{count} places look like places of one banked picture, and do not lie there as they do here"
    return (EvidenceLine(signal_type("local/1").label, words, agrees=False),)
