"""Media, protected media and common parts (`casework/ports/records/media.py`)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from casework.domain.ids import MediaId, new_id
from casework.domain.media import Media, SubmittedMedia
from casework.domain.takedowns.common import CommonPart
from casework.domain.takedowns.protected import Kept, Protected
from casework.domain.takedowns.upload import Upload
from matcher.hashing.query import Query
from tests.fakes.base import START, FakeClock, FakeRows
from tests.fakes.records.cases import FakeCases, FakeDecisions
from tests.fakes.records.uploads import FakeMatches


class FakeMedia:
    """Of `ports.MediaRecords`."""

    def __init__(self, clock: FakeClock, retention: timedelta) -> None:
        self._clock, self._retention = clock, retention
        self.rows: dict[str, Media] = {}
        self._places: dict[str, tuple[str | None, int]] = {}
        self._queries: dict[str, Query] = {}
        self._previews: dict[str, tuple[datetime, bytes]] = {}

    def add(self, submitted: SubmittedMedia, *, case_id: str | None, position: int) -> Media:
        media = Media(
            id=MediaId(new_id("med", self._clock.now())),
            kind=submitted.kind,
            width=submitted.width,
            height=submitted.height,
            duration_s=submitted.duration_s,
            signals=submitted.signals,
            has_preview=submitted.preview is not None,
            seen_s=submitted.seen_s,
        )
        self.rows[media.id] = media
        self._places[media.id] = case_id, position
        if case_id is not None and submitted.query is not None:
            self._queries[media.id] = submitted.query
        if submitted.preview is not None:
            self.keep_preview(media.id, submitted.preview)
        return media

    def add_many(self, submitted: Sequence[tuple[SubmittedMedia, str | None, int]]) -> list[Media]:
        return [self.add(one, case_id=case_id, position=position) for one, case_id, position in submitted]

    def query_of(self, media: Media) -> Query:
        return self._queries.get(media.id) or Query.of_signals(media.signals)

    def queries_of(self, media: Iterable[Media]) -> dict[MediaId, Query]:
        return {one.id: self.query_of(one) for one in media}

    def get(self, media_id: str) -> Media:
        return self.many([media_id])[media_id]

    def many(self, media_ids: Iterable[str]) -> dict[str, Media]:
        known = [one for one in media_ids if one in self.rows]
        return {one: replace(self.rows[one], has_preview=self.preview(one) is not None) for one in known}

    def of_case(self, case_id: str) -> list[Media]:
        places = sorted((position, one) for one, (case, position) in self._places.items() if case == case_id)
        return [self.get(one) for _, one in places]

    def show_in_case(self, media_id: str, case_id: str | None) -> None:
        self._places[media_id] = case_id, self._places[media_id][1]

    def erase(self, media_ids: Iterable[str]) -> tuple[int, int]:
        ids = [one for one in media_ids if one in self.rows]
        previews = sum(self._previews.pop(one, None) is not None for one in ids)
        signals = sum(len(self.rows[one].signals) for one in ids)
        for one in ids:
            self._queries.pop(one, None)
            self.rows[one] = replace(self.rows[one], signals=())
        return previews, signals

    def erase_previews(self, media_ids: Iterable[str]) -> int:
        return sum(self._previews.pop(one, None) is not None for one in list(media_ids))

    def keep_preview(self, media_id: str, preview: bytes) -> None:
        self._previews[media_id] = self._clock.now() + self._retention, preview

    def preview(self, media_id: str) -> bytes | None:
        expires_at, preview = self._previews.get(media_id, (START, None))
        return preview if preview is not None and self._clock.now() < expires_at else None


class FakeMediaViews:
    """Of `ports.MediaViews`; set up with what it looks a confirmed copy up in."""

    def __init__(self, matches: FakeMatches, decisions: FakeDecisions, cases: FakeCases) -> None:
        self._matches, self._decisions, self._cases = matches, decisions, cases
        self.rows: set[tuple[str, str, str]] = set()

    def add(self, media_id: str, person_id: str, case_id: str) -> None:
        self.rows.add((media_id, person_id, case_id))

    def people(self, media_ids: Iterable[str]) -> dict[str, set[str]]:
        wanted = set(media_ids)
        found: dict[str, set[str]] = defaultdict(set)
        for media_id, person_id, _ in self.rows:
            if media_id in wanted:
                found[media_id].add(person_id)
        return dict(found)

    def confirmed_copy_of(self, takedown_id: str) -> bool:
        return any(self._is_confirmed_copy(upload, takedown_id) for upload in self._matches.uploads_of(takedown_id))

    def _is_confirmed_copy(self, upload: Upload, takedown_id: str) -> bool:
        match = next(one for one in self._matches.of_upload(upload.id) if one.takedown_id == takedown_id)
        if match.confirmed_by is None:
            return False
        decision = self._decisions.get(match.confirmed_by)
        case = self._cases.get(decision.case_id)
        seen_by = self.people([upload.media_id]).get(upload.media_id, set())
        by_match = (case.takedown_id, case.upload_id) == (takedown_id, upload.id)
        return by_match and bool(seen_by & {decision.decided_by, decision.approved_by})


class FakeProtected(FakeRows[Protected]):
    """Of `ports.ProtectedMedia`."""

    def listed(self, kept_as: Kept, *, after: str | None, limit: int) -> tuple[list[Protected], str | None]:
        return self.page(self.where(removed_at=None, kept_as=kept_as), after=after, limit=limit)


class FakeCommonParts:
    """Of `ports.CommonParts`."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], CommonPart] = {}

    def add(self, parts: Sequence[CommonPart]) -> None:
        self._parts.update({(one.media_id, one.seen_in): one for one in parts})

    def of(self, media_ids: Iterable[MediaId]) -> dict[MediaId, list[CommonPart]]:
        wanted = set(media_ids)
        found: dict[MediaId, list[CommonPart]] = defaultdict(list)
        for (media_id, _), part in sorted(self._parts.items()):
            if media_id in wanted:
                found[part.media_id].append(part)
        return dict(found)

    def erase(self, media_ids: Iterable[MediaId]) -> None:
        gone = set(media_ids)
        self._parts = {key: one for key, one in self._parts.items() if one.media_id not in gone}

    def forget(self, seen_in: str) -> None:
        self._parts = {key: one for key, one in self._parts.items() if one.seen_in != seen_in}
