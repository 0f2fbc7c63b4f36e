"""
Flood quarantine: a takedown that matches far more people than its like stops acting by itself and asks a person.

    note_spread   after matches were stored      counts people; the one too many puts the takedown into quarantine
    quarantine    the takedown, one case, an event, an audit row
    pictures_of   what that case shows            the media that was taken down, and the first uploads it matched

What was held meanwhile is judged anew once a person has lifted it (`rejudging.py`).

Invariant: whoever calls has locked the takedowns, so that people are counted one after another and nothing acts by
itself from the transaction on that noted one too many.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from casework.domain.actor import policy_actor
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.report import RESPONSE_TIME
from casework.domain.events import EventType
from casework.domain.ids import CaseId, TakedownId, new_id
from casework.domain.media import Media
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Upload
from casework.policy import POLICY_VERSION
from casework.policy.automation.flood import FLOOD_WINDOW, LIKE_SHARE, FloodLimits, flood_reason
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.judging import Judged, facts_of_match
from casework.steps.journal import announce, record

SAMPLES: Final = 12
"""Matched uploads whose pictures the case of a quarantine shows: enough to see what they have in common."""

LISTED: Final = 100
"""Matched uploads the case of a quarantine names."""


def note_spread(judged: Iterable[Judged], uow: UnitOfWork, limits: FloodLimits) -> None:
    """
    Count whom the takedowns of new matches match, and put into quarantine those that match far more than their like.

    Args:
        judged: Matches that were just stored.

        uow: The transaction.

        limits: How many people one takedown may match.
    """
    if limits.uploaders == 0:
        return
    for one in judged:
        if one.restricts:
            _count(one.match.takedown_id, uow, limits)


def _count(takedown_id: TakedownId, uow: UnitOfWork, limits: FloodLimits) -> None:
    takedown = uow.takedowns.get(takedown_id, lock=True)
    if not takedown.state.stands or takedown.quarantined_at is not None or takedown.is_imported:
        return  # nothing acts by itself on hashes of others in any case
    uploaders = uow.matches.uploaders(takedown.id, since=uow.now - FLOOD_WINDOW)
    if uploaders > takedown.most_uploaders:
        takedown = replace(takedown, most_uploaders=uploaders)
        uow.takedowns.update(takedown)
    if uploaders <= limits.most(like=0, agreed=takedown.agreed_uploaders):
        return
    like = uow.takedowns.usual_uploaders(takedown.hash_action, but=takedown.id, share=LIKE_SHARE)
    reason = flood_reason(uploaders, like=like, most=limits.most(like=like, agreed=takedown.agreed_uploaders))
    if reason is not None:
        _quarantine(takedown, reason, uploaders, uow)


def _quarantine(takedown: Takedown, reason: str, uploaders: int, uow: UnitOfWork) -> None:
    case = Case(
        id=CaseId(new_id("case", uow.now)),
        queue=Queue.QUARANTINES,
        state=CaseState.OPEN,
        opened_at=uow.now,
        deadline=uow.now + RESPONSE_TIME,
        facts=facts_of_match(uow.cases.get(takedown.case_id).facts, takedown, None),
        takedown_id=takedown.id,
        note=reason,
    )
    uow.cases.add(case)
    uow.takedowns.update(takedown.quarantine(case.id, reason=reason, now=uow.now))
    announce(uow, EventType.CASE_OPENED, takedown.id, case_id=case.id, queue=case.queue.value)
    announce(uow, EventType.TAKEDOWN_QUARANTINED, takedown.id, case_id=case.id, uploaders=uploaders)
    actor = policy_actor(POLICY_VERSION)
    record(uow, actor, "takedown:quarantined", takedown.id, case_id=case.id, uploaders=uploaders, reason=reason)


def close_quarantine_case(takedown: Takedown, uow: UnitOfWork, *, words: str | None = None) -> None:
    """
    Close the case that asks about a takedown, if one does: a person has lifted the quarantine, or withdrawn it.

    Args:
        takedown: As it is now.

        uow: The transaction.

        words: What that person wrote; they stay in the case's note, encrypted, and go with an erasure.
    """
    if takedown.quarantine_case_id is None:
        return
    case = uow.cases.get(takedown.quarantine_case_id, lock=True)
    if words is not None:
        case = replace(case, note=f"{case.note} {words}" if case.note else words)
        uow.cases.update(case)
    if case.is_open:
        uow.cases.update(case.moved_to(CaseState.DECIDED))


def pictures_of(case: Case, uow: UnitOfWork) -> list[Media]:
    """
    List what is looked at in a case: its own media; in that of a quarantine what was taken down, then what it matched.

    Their order stays as it is while the case is open: the oldest uploads are shown.
    """
    if not case.asks_about_takedown or case.takedown_id is None:
        return uow.media.of_case(case.id)
    takedown = uow.takedowns.get(case.takedown_id)
    uploads = uow.uploads.many(uow.matches.of_takedown(takedown.id)[:SAMPLES])
    shown = [*uow.takedowns.reference_of_decision(takedown.decision_id)]
    shown += [uploads[one].media_id for one in sorted(uploads)]
    media = uow.media.many(shown)
    return [media[one] for one in shown]


def matched_by(case: Case, uow: UnitOfWork) -> list[Upload]:
    """List the oldest uploads that the takedown of a quarantine's case matched, `LISTED` at most; else none."""
    if not case.asks_about_takedown or case.takedown_id is None:
        return []
    uploads = uow.uploads.many(uow.matches.of_takedown(case.takedown_id)[:LISTED])
    return [uploads[one] for one in sorted(uploads)]
