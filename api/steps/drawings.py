"""
The drawings of a case: made where files are decoded, from the previews that were kept, and held for some minutes.

Invariant: a drawing shows no photo, and whoever is shown one has the permission to view media and is written into the
audit log, once an hour for each case, before anything is drawn.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.service import Service
from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.errors import NotFoundError
from casework.domain.ids import CaseId, MediaId
from casework.domain.takedowns.upload import Match
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record
from matcher.comparing.drawings import draw_both, draw_preview, draw_sheet, draw_small
from matcher.local.evidence import LocalEvidence
from matcher.local.views import Form

ORIGINAL, COPY, DIFFERENCE, SMALL = "original", "copy", "difference", "small"
VIEWED: Final = "case:drawing:viewed"

_KEPT_S: Final = 300.0
_MOST: Final = 64
_BOTH: Final = 2
_AGAIN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sides:
    """
    What is compared in a case.

    Args:
        copy: The media of the case: what was uploaded, or reported.

        original: The removed media it may be a copy of; None for a first report.

        origin_case_id: The case in which that was decided.

        match: What says that it is one.
    """

    copy: MediaId | None
    original: MediaId | None = None
    origin_case_id: CaseId | None = None
    match: Match | None = None


def sides_of(case: Case, uow: UnitOfWork) -> Sides:
    """Find what is compared in a case: of several matches, the one the case rests on."""
    media = uow.media.of_case(case.id)
    if case.upload_id is None:
        return Sides(copy=media[0].id if media else None)
    upload = uow.uploads.get(case.upload_id)
    matches = uow.matches.of_upload(case.upload_id)
    match = next((one for one in matches if one.takedown_id == case.takedown_id), None)
    if match is None:
        return Sides(copy=upload.media_id)
    return Sides(upload.media_id, match.media_id, _origin_of(match, uow), match)


def both_sides_are_kept(case_id: CaseId | str, uow: UnitOfWork) -> bool:
    """Tell whether there are two sides in a case, and a preview of each to draw."""
    sides = sides_of(uow.cases.get(case_id), uow)
    shown = uow.media.many(side for side in (sides.copy, sides.original) if side is not None)
    return len(shown) == _BOTH and all(one.has_preview for one in shown.values())


def _origin_of(match: Match, uow: UnitOfWork) -> CaseId:
    """Return the case that shows the reference of a match: a copy that was confirmed since is in one of its own."""
    if any(one.id == match.media_id for one in uow.media.of_case(match.case_id)):
        return match.case_id
    decision_id = uow.takedowns.decision_of_reference(match.takedown_id, match.media_id)
    return match.case_id if decision_id is None else uow.decisions.get(decision_id).case_id


class DrawingCache:
    """Drawings of the last minutes: a page asks for five of one case, and has those of the next made ahead."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[float, Mapping[str, bytes]]] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Mapping[str, bytes] | None:
        """Return the drawings of two pieces of media, or None."""
        with self._lock:
            self._forget_old()
            found = self._kept.get(key)
            return None if found is None else found[1]

    def put(self, key: tuple[str, str], drawn: Mapping[str, bytes]) -> None:
        """Keep some for a while."""
        with self._lock:
            self._kept[key] = (time.monotonic(), drawn)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def _forget_old(self) -> None:
        before = time.monotonic() - _KEPT_S
        for key in [key for key, (at, _) in self._kept.items() if at < before]:
            del self._kept[key]


_cache: Final = DrawingCache()


def drawings_of(case_id: str, actor: Actor, service: Service) -> Mapping[str, bytes]:
    """
    Draw what is compared in a case.

    Args:
        case_id: Which.

        actor: Who looks.

        service: What this process holds.

    Returns:
        PNG files by the names of `matcher/comparing/drawings.py`; without an original, `copy` alone.

    Raises:
        NotFoundError: If nothing can be drawn: sent as signals only, or past its retention date.
        MatcherError: If a preview cannot be read.
    """
    return _drawn(*looked_at(case_id, actor, service), service)


def draw_ahead(case_id: str, service: Service) -> None:
    """
    Draw what is compared in a case before anybody asks for it: nobody is shown anything, so nothing is on record.

    Raises:
        NotFoundError: If there is no such case.
        MatcherError: If a preview cannot be read.
    """
    with service.reading() as uow:
        sides = sides_of(uow.cases.get(case_id), uow)
        copy, original = _preview(sides.copy, uow), _preview(sides.original, uow)
    if copy is not None:
        _drawn(sides, copy, original, service)


def _drawn(sides: Sides, copy: bytes, original: bytes | None, service: Service) -> Mapping[str, bytes]:
    """Draw both sides, unless that was done in the last minutes."""
    key = (sides.copy or "", sides.original or "")
    drawn = _cache.get(key)
    if drawn is None:
        if original is None:
            drawn = {COPY: service.sandbox.run(draw_preview, copy)}
        else:
            form, region = _form_of(sides.match), _region_of(sides.match)
            drawn = dict(service.sandbox.run(draw_both, original, copy, first=form, region=region))
        _cache.put(key, drawn)
    return drawn


def sheet_of(case_id: str, actor: Actor, service: Service) -> bytes:
    """
    Draw what is compared in a case beside each other: the removed picture, what was posted, and where they differ.

    Args:
        case_id: Which.

        actor: Who looks.

        service: What this process holds.

    Returns:
        A PNG; of a first report, what was reported alone.

    Raises:
        NotFoundError: If nothing can be drawn: sent as signals only, or past its retention date.
        MatcherError: If a preview cannot be read.
    """
    sides, copy, original = looked_at(case_id, actor, service)
    return service.sandbox.run(draw_sheet, original, copy, first=_form_of(sides.match), region=_region_of(sides.match))


def small_drawing_of(case_id: str, actor: Actor, service: Service) -> bytes:
    """
    Draw what was uploaded, or reported, small, for a contact sheet.

    Raises:
        NotFoundError: If nothing can be drawn.
    """
    with service.reading() as uow:
        case = uow.cases.get(case_id)
        known = uow.audit.was_recorded(actor.id, VIEWED, case.id, since=uow.now - _AGAIN_AFTER)
        preview = _preview(sides_of(case, uow).copy, uow)
    if preview is None:
        message = f"case {case_id} has nothing to draw: sent as signals only, or past its retention date"
        raise NotFoundError(message)
    if not known:
        _note_view(case, actor, service)
    return service.sandbox.run(draw_small, preview)


def drawing_of_media(case_id: str, position: int, actor: Actor, service: Service) -> bytes:
    """
    Draw the n-th piece of a case's media by itself.

    Raises:
        NotFoundError: If there is none, or no preview of it.
    """
    with service.reading() as uow:
        case = uow.cases.get(case_id)
        media = uow.media.of_case(case.id)
        known = uow.audit.was_recorded(actor.id, VIEWED, case.id, since=uow.now - _AGAIN_AFTER)
        preview = _preview(media[position].id, uow) if 0 <= position < len(media) else None
    if preview is None:
        message = f"case {case_id} has no preview {position}: sent as signals only, or past its retention date"
        raise NotFoundError(message)
    if not known:
        _note_view(case, actor, service)
    return service.sandbox.run(draw_preview, preview)


def looked_at(case_id: str, actor: Actor, service: Service) -> tuple[Sides, bytes, bytes | None]:
    """
    Return what is compared in a case, and the previews of copy and original, with the view on record.

    Raises:
        NotFoundError: If nothing can be drawn: sent as signals only, or past its retention date.
    """
    with service.reading() as uow:
        case = uow.cases.get(case_id)
        sides = sides_of(case, uow)
        known = uow.audit.was_recorded(actor.id, VIEWED, case.id, since=uow.now - _AGAIN_AFTER)
        copy, original = _preview(sides.copy, uow), _preview(sides.original, uow)
    if copy is None:
        message = f"case {case_id} has nothing to draw: sent as signals only, or past its retention date"
        raise NotFoundError(message)
    if not known:
        _note_view(case, actor, service)
    return sides, copy, original


def _note_view(case: Case, actor: Actor, service: Service) -> None:
    with service.writing() as uow:
        if not uow.audit.was_recorded(actor.id, VIEWED, case.id, since=uow.now - _AGAIN_AFTER):
            record(uow, actor, VIEWED, case.id)


def _preview(media_id: MediaId | None, uow: SqlUnitOfWork) -> bytes | None:
    return None if media_id is None else uow.media.preview(media_id)


def _form_of(match: Match | None) -> str:
    words = "" if match is None else match.explanation
    return Form.of(mirrored=Form.MIRRORED in words, inverted=Form.INVERTED in words).value


def _region_of(match: Match | None) -> list[list[float]] | None:
    """Return where the files themselves say that the original lies in the copy, if they do."""
    for one in () if match is None else match.evidence:
        if isinstance(one, LocalEvidence) and one.agrees:
            return [list(corner) for corner in one.region]
    return None
