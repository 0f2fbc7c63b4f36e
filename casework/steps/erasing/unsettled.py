"""
What takedowns will match that have not looked back yet: those that wait for a second person, and those whose look-back
is not done.

There is no match row for it yet, so the record alone says of such an upload that nothing needs it. Erased then, the
look-back would pass over it, and whoever reported it second would never learn of it.
"""

from collections.abc import Collection, Iterator

from casework.domain.ids import MediaId, TakedownId, UploadId
from casework.domain.media import Media
from casework.domain.takedowns.sweep import Sweep
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.looking_back import likenesses, near_uploads, references_of
from casework.steps.taking_down.take_effect import media_of

_PAGE = 500


def unfinished_look_backs(uow: UnitOfWork) -> list[Sweep]:
    """List the searches for copies of takedowns that stand which are not done, oldest first."""
    sweeps = uow.sweeps.unfinished_searches()
    takedowns = uow.takedowns.many({one.takedown_id for one in sweeps})
    return [one for one in sweeps if takedowns[one.takedown_id].state.stands]


def unsettled_matches(
    upload_ids: Collection[UploadId], uow: UnitOfWork, search: CandidateSearch
) -> dict[UploadId, TakedownId]:
    """
    Return which of these uploads a takedown that has not looked back yet is about, or would match, and which does.

    Args:
        upload_ids: That are asked about.

        uow: To read, with the takedowns locked where something follows from it.

        search: Over the `uploads` collection.
    """
    found: dict[UploadId, TakedownId] = {}
    if not upload_ids:
        return found
    sought: dict[MediaId, Media] = {}
    whose: dict[MediaId, TakedownId] = {}
    for sweep in unfinished_look_backs(uow):
        for one in uow.media.many(uow.takedowns.reference_of_decision(sweep.decision_id)).values():
            sought[one.id], whose[one.id] = one, sweep.takedown_id
    for takedown in _pending(uow):
        case = uow.cases.get(takedown.case_id)
        if case.upload_id is not None and case.upload_id in upload_ids:
            found[case.upload_id] = takedown.id
        if takedown.hash_action.is_banked:
            for one in media_of(case, uow):
                sought[one.id], whose[one.id] = one, takedown.id
    if not sought:
        return found
    references = references_of(list(sought.values()), uow)
    near = near_uploads(references, uow, search).ids.intersection(upload_ids)
    uploads = uow.uploads.many(near)
    media = uow.media.many({one.media_id for one in uploads.values()})
    for upload_id in sorted(near):
        alike = likenesses(references, media[uploads[upload_id].media_id])
        if alike:
            found.setdefault(upload_id, whose[alike[0][0]])
    return found


def _pending(uow: UnitOfWork) -> Iterator[Takedown]:
    after: str | None = None
    while True:
        page, after = uow.takedowns.state_page(states=[TakedownState.PENDING], after=after, limit=_PAGE)
        yield from page
        if after is None:
            return
