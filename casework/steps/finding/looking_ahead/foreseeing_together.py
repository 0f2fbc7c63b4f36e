"""
Looking ahead at many cases that are decided at once, most of which ask about copies of one picture.

    hashes   of all copies together, in one question: exact, as for one case
    parts    of the first copy of each kind of evidence; the others show what it shows, and are counted with it

Looking for a picture by its parts takes a tenth of a second, and 500 copies of one picture would name the same uploads
500 times. What counts for the first is taken for the others, and the answer says that it is not complete. A copy that
is the whole removed picture has the common parts of that; where they are known and lie elsewhere in the copy, they are
learned anew.

Invariant: a report is looked at as `foresee` looks at it, by itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from casework.domain.cases.case import Case
from casework.domain.cases.decision import UNKNOWN_RADIUS, BlastRadius
from casework.domain.errors import SearchAwayError
from casework.domain.ids import CaseId, MediaId, TakedownId, UploadId
from casework.domain.media import Collection, Media
from casework.domain.takedowns.common import CommonPart
from casework.domain.takedowns.upload import Match
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.common_parts import picture_of
from casework.steps.finding.looking_ahead.blast_radius import blast_radius_of
from casework.steps.finding.looking_ahead.foreseeing import Foreseen, foresee, joined_if_upheld
from casework.steps.finding.looking_back import Reference
from casework.steps.taking_down.banked_copy import is_whole, without_other_parts
from matcher.signals import shows_parts
from matcher.signals.turning.orientations import AS_IS

Kind: TypeAlias = tuple[TakedownId, str]
"""A takedown, and the kind of evidence that a copy of it rests on."""


@dataclass(slots=True)
class ForeseenTogether:
    """
    What upholding each of many cases would do, a few of them at a time.

    Args:
        search: Over the `uploads` and `takedowns` collections.

        out_of_time: Asked before each comparison but the first, and before a kind is looked at by its parts.
    """

    search: CandidateSearch
    out_of_time: Callable[[], bool] = lambda: False
    _by_parts: dict[Kind, BlastRadius] = field(default_factory=dict)

    def of(self, case_ids: Sequence[str], uow: UnitOfWork) -> dict[str, Foreseen]:
        """
        Look ahead at some of the cases; those that are not there, or not open, are left out.

        Args:
            case_ids: Which.

            uow: To read, in a snapshot before the transaction that decides them.
        """
        cases = [one for one in uow.cases.many(case_ids).values() if one.is_open and not one.asks_about_takedown]
        copies = [one for one in cases if one.upload_id is not None and one.takedown_id is not None]
        foreseen: dict[str, Foreseen] = {one.id: self._alone(one, uow) for one in cases if one not in copies}
        return foreseen | self._copies(copies, uow)

    def _alone(self, case: Case, uow: UnitOfWork) -> Foreseen:
        return foresee(case, uow, self.search, out_of_time=self.out_of_time)

    def _copies(self, cases: Sequence[Case], uow: UnitOfWork) -> dict[str, Foreseen]:
        uploads = uow.uploads.many(one.upload_id for one in cases if one.upload_id is not None)
        media = uow.media.many({one.media_id for one in uploads.values()})
        of_case = {one.id: media[uploads[one.upload_id or ""].media_id] for one in cases}
        try:
            by_hashes = self._by_hashes(cases, of_case, uow)
        except SearchAwayError:
            return {one.id: Foreseen(UNKNOWN_RADIUS) for one in cases}
        matches = uow.matches.of_uploads(UploadId(one) for one in uploads)
        found: dict[str, Foreseen] = {}
        for case in cases:
            match = next(
                (one for one in matches[UploadId(case.upload_id or "")] if one.takedown_id == case.takedown_id), None
            )
            found[case.id] = self._copy(case, of_case[case.id], match, by_hashes[case.id], uow)
        return found

    def _by_hashes(
        self, cases: Sequence[Case], media: Mapping[CaseId, Media], uow: UnitOfWork
    ) -> dict[CaseId, BlastRadius]:
        """Count what each copy would hit by its hashes: nothing, where all that is near is known to match already."""
        whole = uow.media.queries_of(media.values())
        queries = {one.id: whole[media[one.id].id].without_parts() for one in cases}
        answers = self.search.near(Collection.UPLOADS, [queries[one.id].codes() for one in cases])
        near = {one.id: found for one, found in zip(cases, answers.item_ids, strict=True)}
        takedowns = uow.takedowns.many({one.takedown_id for one in cases if one.takedown_id is not None})
        joined = {one.id: joined_if_upheld(one, takedowns) for one in cases}
        unknown = {
            takedown: self._unknown(takedown, [near[one] for one in near if joined[one] == takedown], uow)
            for takedown in set(joined.values())
        }
        radius = {}
        for case in cases:
            if not unknown[joined[case.id]]:
                radius[case.id] = BlastRadius()
                continue
            reference = Reference(queries[case.id], media[case.id])
            radius[case.id] = blast_radius_of(
                {media[case.id].id: reference},
                uow,
                self.search,
                takedown_id=joined[case.id],
                out_of_time=self.out_of_time,
            )
        return radius

    @staticmethod
    def _unknown(takedown_id: TakedownId | None, near: Iterable[frozenset[int]], uow: UnitOfWork) -> set[str]:
        """Return which uploads are near, and not known to match what these cases join."""
        owners = uow.index_log.owners(frozenset().union(*near))
        return owners if takedown_id is None else owners - uow.matches.known(owners, takedown_id)

    def _copy(self, case: Case, media: Media, match: Match | None, by_hashes: BlastRadius, uow: UnitOfWork) -> Foreseen:
        if not _has_parts(media):
            return Foreseen(by_hashes)
        if match is None or case.takedown_id is None or case.evidence is None:
            return self._alone(case, uow)
        kind = (case.takedown_id, case.evidence)
        common = _common_parts(media, match, uow)
        alike = next((radius for known, radius in self._by_parts.items() if known[0] == kind[0]), None)
        if common is None or alike is None or (kind not in self._by_parts and not self.out_of_time()):
            foreseen = self._alone(case, uow)
            if foreseen.blast_radius.known:
                self._by_parts.setdefault(kind, foreseen.blast_radius)
            return foreseen
        first = self._by_parts.get(kind, alike)
        radius = BlastRadius(
            uploads=max(by_hashes.uploads, first.uploads),
            uploaders=max(by_hashes.uploaders, first.uploaders),
            complete=False,
            known=by_hashes.known,
        )
        return Foreseen(radius, common)


def _has_parts(media: Media) -> bool:
    """Tell whether media is looked for by its parts, too."""
    return any(shows_parts(signal.type) for signal in media.signals)


def _common_parts(media: Media, match: Match, uow: UnitOfWork) -> tuple[CommonPart, ...] | None:
    """
    Return the common parts of a copy as those of what it is a copy of; None where they have to be learned.

    What is only partly the removed picture is banked without its parts, and needs none.
    """
    if picture_of(media.signals) is None or without_other_parts(media, [match]) is not media:
        return ()
    known = uow.common_parts.of([match.media_id]).get(match.media_id, [])
    if not known:
        return ()
    whole = [one for one in match.evidence if is_whole(one, moves=False)]
    if any(one.transformation == AS_IS for one in whole):
        return tuple(replace(one, media_id=MediaId(media.id)) for one in known)
    return None
