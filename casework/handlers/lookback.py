"""
Looking back: which earlier uploads are copies of what was just taken down.

    request  in the decision's transaction      a sweep             `steps/sweeps.py`
    claim    (a transaction)                    a worker takes it   `steps/sweeps.py`
    survey   (reads, asks the index)            which uploads are near
    compare  (reads)                            a batch of them against the references
    apply    (a transaction a batch)            matches, verdicts, cases, events for downstream, how far it came

Invariant: an upload is matched to a takedown once, by its registration or by a look-back. Batches are small, so ten
thousand hits hold up nobody for longer than one batch takes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from casework.domain.facts import Facts
from casework.domain.ids import LookbackId, MediaId, TakedownId, UploadId
from casework.domain.media import Media
from casework.domain.takedowns.sweep import Sweep, SweepState
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Upload
from casework.policy.automation.flood import DEFAULT_FLOOD, FloodLimits
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.judging import Judged, as_takedown_is_now, judge_copy
from casework.steps.finding.looking_back import NearUploads, Reference, likenesses, near_each, references_of
from casework.steps.finding.matching import Question, answer
from casework.steps.finding.protection import is_protected
from casework.steps.judging_anew.flood import note_spread
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.sweeps import require_lease
from casework.steps.uploads.copies import note_copy
from matcher.comparing.shared_frames import small_part
from matcher.hashing.query import Query
from matcher.strength import Strength


@dataclass(frozen=True, slots=True)
class Survey:
    """
    What a look-back has before it.

    Args:
        takedown: As it stood when the survey was made.

        origin: Facts of the case it was decided in.

        references: What the decision added.

        upload_ids: Uploads near any of them and not known to match the takedown, in the order they are worked through,
            after the last one checked.

        index_version: The `uploads` version they are exact for.
    """

    takedown: Takedown
    origin: Facts
    references: Mapping[MediaId, Reference]
    upload_ids: tuple[UploadId, ...]
    index_version: int


def survey(sweep: Sweep, uow: UnitOfWork, search: CandidateSearch) -> Survey:
    """
    Ask the index which registered uploads are near what a decision added, and not known to match its takedown.

    Args:
        sweep: The look-back, as claimed.

        uow: To read.

        search: Over the `uploads` collection.
    """
    return surveys([sweep], uow, search)[sweep.id]


def surveys(sweeps: Sequence[Sweep], uow: UnitOfWork, search: CandidateSearch) -> dict[LookbackId, Survey]:
    """
    Survey several look-backs with a few questions, however many they are.

    Args:
        sweeps: As claimed.

        uow: To read.

        search: Over the `uploads` collection.
    """
    takedowns = uow.takedowns.many({one.takedown_id for one in sweeps})
    added = uow.takedowns.references_of_decisions(one.decision_id for one in sweeps)
    media = uow.media.many({one for ids in added.values() for one in ids})
    references = references_of(list(media.values()), uow)
    each = [{one: references[one] for one in added[sweep.decision_id]} for sweep in sweeps]
    near = near_each(each, uow, search)
    near_of: dict[TakedownId, set[UploadId]] = {TakedownId(one): set() for one in takedowns}
    for sweep, found in zip(sweeps, near, strict=True):
        near_of[sweep.takedown_id] |= found.ids
    # Not again what it matched before: each of five hundred confirmed copies is near all the others. Whoever takes a
    # match away compares the upload with every reference that is left, so none is missed meanwhile.
    known = {takedown_id: uow.matches.known(ids, takedown_id) for takedown_id, ids in near_of.items()}
    origins = uow.cases.facts({one.case_id for one in takedowns.values()})
    return {
        sweep.id: Survey(
            takedown=takedowns[sweep.takedown_id],
            origin=origins[takedowns[sweep.takedown_id].case_id],
            references=references,
            upload_ids=_left(found, known[sweep.takedown_id], after=sweep.after),
            index_version=found.version,
        )
        for sweep, references, found in zip(sweeps, each, near, strict=True)
    }


def _left(near: NearUploads, known: set[UploadId], *, after: UploadId | None) -> tuple[UploadId, ...]:
    return tuple(sorted(one for one in near.ids - known if after is None or one > after))


def compare_batch(
    found: Survey,
    upload_ids: Sequence[UploadId],
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    out_of_time: Callable[[], bool],
) -> tuple[Sequence[UploadId], dict[UploadId, Judged]]:
    """
    Compare uploads with the references, and ask the policy about each copy.

    Args:
        found: The survey.

        upload_ids: In order; the first is compared in any case.

        uow: To read.

        search: Over all collections.

        out_of_time: Asked before each of the others: a video beside many others takes seconds.

    Returns:
        Those that were compared, and the copies among them.
    """
    uploads = uow.uploads.many(upload_ids)
    media = uow.media.many({upload.media_id for upload in uploads.values()})
    judged: dict[UploadId, Judged] = {}
    for place, upload_id in enumerate(upload_ids):
        if place and out_of_time():
            return upload_ids[:place], judged
        upload = uploads.get(upload_id)
        if upload is None:
            continue
        stored = media[upload.media_id]
        protected = is_protected(Query.of_signals(stored.signals), uow, search)
        best = max(_judged(found, upload, stored, protected=protected), key=lambda one: one.rank, default=None)
        if best is not None:
            judged[upload.id] = _beside_others(best, upload, stored, uow, search)
    return upload_ids, judged


def _beside_others(judged: Judged, upload: Upload, media: Media, uow: UnitOfWork, search: CandidateSearch) -> Judged:
    """Weigh what may be a title or an end card by its frames as it would be weighed today: beside all takedowns."""
    if small_part(judged.comparison) is None:
        return judged
    query = Query.of_signals(media.signals).without_parts()
    today = answer([Question(query, uploader_id=upload.uploader_id)], uow, search)[0]
    same = (one for one in today.judged if one.match.takedown_id == judged.match.takedown_id)
    return next((one for one in same if one.match.strength is Strength.WEAK), judged)


def apply_batch(
    sweep: Sweep,
    found: Survey,
    upload_ids: Sequence[UploadId],
    judged: Mapping[UploadId, Judged],
    uow: UnitOfWork,
    *,
    lease: timedelta,
    flood: FloodLimits = DEFAULT_FLOOD,
) -> Sweep:
    """
    Write down what a batch found, and how far the look-back came.

    Args:
        sweep: As claimed, or as the last batch left it.

        found: The survey it works through.

        upload_ids: This batch, in order.

        judged: The copies among them.

        uow: The transaction.

        lease: How long it stays this worker's.

        flood: How many people its takedown may match before it goes into quarantine.

    Returns:
        It now; done, if the batch was the last, or cancelled, if its takedown was taken back.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    lock_takedowns(uow)
    current = require_lease(sweep, uow)
    if not uow.takedowns.get(sweep.takedown_id, lock=True).state.stands:
        cancelled = current.ended(SweepState.CANCELLED, uow.now)
        uow.sweeps.update(cancelled)
        return cancelled
    fresh = _fresh(judged, sweep, uow) if judged else []
    opened = _note(fresh, judged, sweep, uow, flood) if fresh else 0
    is_last = not upload_ids or upload_ids[-1] == found.upload_ids[-1]
    counted = replace(
        current,
        candidates=current.candidates or len(found.upload_ids),
        hits=current.hits + len(fresh),
        cases=current.cases + opened,
        index_version=found.index_version,
    )
    moved = counted.past(upload_ids, uow.now, is_last=is_last, lease=lease)
    uow.sweeps.update(moved)
    return moved


def _fresh(judged: Mapping[UploadId, Judged], sweep: Sweep, uow: UnitOfWork) -> list[UploadId]:
    """Return the copies that are not known to match, in order, by references that were not given up since."""
    known = uow.matches.known(judged, sweep.takedown_id)
    left = set(uow.takedowns.references(sweep.takedown_id))
    return [one for one in sorted(judged) if one not in known and judged[one].match.media_id in left]


def _note(
    fresh: Sequence[UploadId], judged: Mapping[UploadId, Judged], sweep: Sweep, uow: UnitOfWork, flood: FloodLimits
) -> int:
    """Write down copies, as the takedown is now; return how many cases that opened."""
    uploads = uow.uploads.many(fresh)  # each transaction that changes one locks the takedowns first
    origin = uow.cases.get(uow.takedowns.get(sweep.takedown_id).case_id).facts
    opened = 0
    for upload_id in fresh:
        takedown, uploader_id = uow.takedowns.get(sweep.takedown_id), uploads[upload_id].uploader_id
        now = as_takedown_is_now(judged[upload_id], takedown, origin=origin, uploader_id=uploader_id)
        opened += note_copy(uploads[upload_id], now, uow, lookback_id=sweep.id)
        note_spread([now], uow, flood)
    return opened


def _judged(found: Survey, upload: Upload, media: Media, *, protected: bool) -> list[Judged]:
    judged = [
        judge_copy(
            comparison,
            takedown=found.takedown,
            origin=found.origin,
            reference=found.references[media_id].media,
            uploader_id=upload.uploader_id,
            protected=protected,
        )
        for media_id, comparison in likenesses(found.references, media)
    ]
    return [one for one in judged if one is not None]
