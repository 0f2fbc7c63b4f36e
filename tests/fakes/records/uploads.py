"""Uploads, what they match, and takedowns (`casework/ports/records/uploads.py`)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from casework.domain.banking import HashAction
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match, UnfinishedSearch, Upload
from casework.domain.verdict import Verdict
from casework.domain.work.lease import Lease
from matcher.strength import Strength
from tests.fakes.base import FakeClock, FakeRows, is_free


class FakeUploads(FakeRows[Upload]):
    """Of `ports.Uploads`."""

    def by_platform_ids(self, platform_ids: Iterable[str]) -> dict[str, Upload]:
        wanted = set(platform_ids)
        return {one.platform_id: one for one in self.rows.values() if one.platform_id in wanted}

    def media_id_of(self, upload_id: str) -> str:
        return self.get(upload_id).media_id

    def uploaders_of(self, upload_ids: Iterable[str]) -> int:
        return len({one.uploader_id or one.id for one in self.many(upload_ids).values()})


class FakeMatches:
    """Of `ports.Matches`."""

    def __init__(self, clock: FakeClock, uploads: "FakeUploads") -> None:
        self._clock, self._uploads = clock, uploads
        self.rows: list[tuple[str, Match, str | None]] = []
        self._matched_at: dict[tuple[str, str], datetime] = {}

    def add(self, upload_id: str, match: Match, *, lookback_id: str | None = None) -> None:
        self.rows.append((upload_id, match, lookback_id))
        self._matched_at[upload_id, match.takedown_id] = self._clock.now()

    def uploaders(self, takedown_id: str, *, since: datetime) -> int:
        counted = (
            self._uploads.get(upload_id)
            for upload_id, match, _ in self.rows
            if match.takedown_id == takedown_id
            and self._matched_at[upload_id, takedown_id] >= since
            and (match.verdict is not Verdict.ALLOW or match.strength is Strength.WEAK)
        )
        return len({upload.uploader_id or upload.id for upload in counted})

    def matched_at(self, upload_id: str, match: Match) -> datetime:
        """Return when one was recorded."""
        return self._matched_at[upload_id, match.takedown_id]

    def of_upload(self, upload_id: str) -> list[Match]:
        return self.of_uploads([upload_id])[upload_id]

    def of_uploads(self, upload_ids: Iterable[str]) -> dict[str, list[Match]]:
        return {wanted: [match for upload_id, match, _ in self.rows if upload_id == wanted] for wanted in upload_ids}

    def explanations(self, upload_ids: Iterable[str]) -> dict[tuple[str, str], str]:
        wanted = set(upload_ids)
        return {(one, match.takedown_id): match.explanation for one, match, _ in self.rows if one in wanted}

    def known(self, upload_ids: Iterable[str], takedown_id: str) -> set[str]:
        return set(upload_ids) & set(self.of_takedown(takedown_id))

    def of_takedown(self, takedown_id: str) -> list[str]:
        return sorted(upload_id for upload_id, match, _ in self.rows if match.takedown_id == takedown_id)

    def uploads_of(self, takedown_id: str) -> list[Upload]:
        """List the uploads that matched a takedown."""
        return [self._uploads.get(one) for one in self.of_takedown(takedown_id)]

    def resting_on_media(self, takedown_id: str, media_id: str) -> list[str]:
        wanted = (takedown_id, media_id)
        return sorted(upload_id for upload_id, match, _ in self.rows if (match.takedown_id, match.media_id) == wanted)

    def update(self, upload_id: str, match: Match) -> None:
        self.rows = [
            (one, match if (one, old.takedown_id) == (upload_id, match.takedown_id) else old, lookback_id)
            for one, old, lookback_id in self.rows
        ]

    def remove(self, upload_id: str, takedown_id: str) -> None:
        self.rows = [row for row in self.rows if (row[0], row[1].takedown_id) != (upload_id, takedown_id)]

    def undismiss(self, decision_id: str) -> None:
        self.rows = [
            (one, replace(match, dismissed_by=None) if match.dismissed_by == decision_id else match, lookback_id)
            for one, match, lookback_id in self.rows
        ]

    def found_by_lookback(self, takedown_id: str, *, after: int, limit: int) -> list[tuple[int, str, Match]]:
        found = [
            (position, upload_id, match)
            for position, (upload_id, match, lookback_id) in enumerate(self.rows, start=1)
            if match.takedown_id == takedown_id and lookback_id is not None and position > after
        ]
        return found[:limit]


class FakeUnfinishedSearches:
    """Of `ports.UnfinishedSearches`."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.rows: dict[str, UnfinishedSearch] = {}

    def add(self, upload_id: str, features: bytes) -> None:
        self.rows[upload_id] = UnfinishedSearch(upload_id, features, self._clock.now())

    def has(self, upload_id: str) -> bool:
        return upload_id in self.rows

    def next_due(self, now: datetime) -> UnfinishedSearch | None:
        due = (self.rows[one] for one in sorted(self.rows) if is_free(self.rows[one].lease, now))
        return next(due, None)

    def claim(self, search: UnfinishedSearch, lease: Lease) -> UnfinishedSearch:
        self.rows[search.upload_id] = replace(search, lease=lease)
        return self.rows[search.upload_id]

    def erase(self, upload_ids: Iterable[str]) -> None:
        for one in upload_ids:
            self.rows.pop(one, None)

    def remove(self, search: UnfinishedSearch) -> bool:
        current = self.rows.get(search.upload_id)
        if current is None or current.lease != search.lease:
            return False
        del self.rows[search.upload_id]
        return True


class FakeTakedowns(FakeRows[Takedown]):
    """Of `ports.Takedowns`."""

    def __init__(self) -> None:
        super().__init__("takedown")
        self._references: list[tuple[str, str, str]] = []

    def state_page(
        self, *, states: Sequence[TakedownState], after: str | None, limit: int
    ) -> tuple[list[Takedown], str | None]:
        return self.page((one for one in self.rows.values() if one.state in states), after=after, limit=limit)

    def of_case(self, case_id: str) -> list[Takedown]:
        return self.where(case_id=case_id)

    def standing_on(self, media_ids: Iterable[str]) -> dict[str, str]:
        wanted = set(media_ids)
        active = {one.id for one in self.rows.values() if one.state.stands}
        return {media: one for one, media, _ in self._references if media in wanted and one in active}

    def usual_uploaders(self, hash_action: HashAction, *, but: str, share: float) -> int:
        alike = sorted(
            one.most_uploaders
            for one in self.where(state=TakedownState.ACTIVE, hash_action=hash_action)
            if one.most_uploaders > 0 and one.id != but
        )
        return alike[max(0, int(share * (len(alike) - 1)))] if alike else 0

    def add_reference(self, takedown_id: str, media_id: str, decision_id: str) -> None:
        self._references.append((takedown_id, media_id, decision_id))

    def add_references(self, takedown_id: str, media_ids: Sequence[str], decision_id: str) -> None:
        for media_id in media_ids:
            self.add_reference(takedown_id, media_id, decision_id)

    def of_source(self, source: str) -> list[str]:
        return [one.id for one in self.where(source=source) if one.is_imported]

    def match_source(self, source: str, *, matched: bool) -> None:
        for takedown_id in self.of_source(source):
            self.rows[takedown_id] = self.rows[takedown_id].matched(matched=matched)

    def rename_source(self, source: str, name: str) -> None:
        for one in self.where(source=source):
            self.rows[one.id] = replace(one, source=name)

    def references(self, takedown_id: str, *, among: Sequence[str] | None = None) -> list[str]:
        found = (media_id for one, media_id, _ in self._references if one == takedown_id)
        return sorted(one for one in found if among is None or one in among)

    def decision_of_reference(self, takedown_id: str, media_id: str) -> str | None:
        return next((by for one, media, by in self._references if (one, media) == (takedown_id, media_id)), None)

    def references_of_decisions(self, decision_ids: Iterable[str]) -> dict[str, list[str]]:
        return {one: self.reference_of_decision(one) for one in decision_ids}

    def reference_of_decision(self, decision_id: str) -> list[str]:
        return sorted(media_id for _, media_id, one in self._references if one == decision_id)

    def take_over_references(self, takedown_id: str, decision_id: str) -> None:
        self._references = [
            (one, media_id, decision_id if one == takedown_id else by) for one, media_id, by in self._references
        ]

    def of_reference(self, media_id: str) -> list[str]:
        return sorted(takedown_id for takedown_id, one, _ in self._references if one == media_id)

    def next_interim_due(self, now: datetime) -> str | None:
        due = [one for one in self.rows.values() if one.is_interim and one.interim_until and one.interim_until <= now]
        return min(due, key=lambda one: (one.interim_until, one.id)).id if due else None

    def drop_reference(self, takedown_id: str, media_id: str) -> None:
        self._references = [one for one in self._references if one[:2] != (takedown_id, media_id)]
