"""
One fake of each port of casework, in memory: handlers run in milliseconds, without a database, an index or a clock.

    record = FakeUnitOfWork()
    decide_case(command, record, search=FakeSearch(record.index_log), limits=SafeguardLimits())

`tests/contracts/test_repositories.py` runs the same tests on these and on SQL, so the two cannot part. A fake has no
transaction: what an exception leaves behind stays, so a test looks at what was refused, not at what was undone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import numpy as np

from casework.domain.actor import Role
from casework.domain.audit import FIRST_LINK, AuditEntry, AuditRow, chained
from casework.domain.banking import HashAction
from casework.domain.cases.appeal import Appeal, AppealState
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.report import Report, ReporterHistory, ReportPattern
from casework.domain.erasure import Erasure, ErasureState
from casework.domain.errors import DeliveryFailedError, NotFoundError
from casework.domain.events import OF_UPLOADS, Event, EventType
from casework.domain.ids import DeliveryId, MediaId, new_id
from casework.domain.keys import ApiKey
from casework.domain.lease import Lease
from casework.domain.media import Collection, Item, Media, SubmittedMedia
from casework.domain.retention import Dated
from casework.domain.takedowns.common import CommonPart
from casework.domain.takedowns.propagation import (
    UNFINISHED,
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
    Message,
    Receipt,
)
from casework.domain.takedowns.protected import Kept, Protected
from casework.domain.takedowns.sweep import Sweep, SweepKind, SweepState
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match, UnfinishedSearch, Upload
from casework.domain.verdict import Verdict
from casework.ports.operations import KeptAnswer
from casework.ports.propagation import DeliveryTally
from casework.ports.search import Candidate, Candidates, Codes, Suspects
from matcher.hashing.query import Query
from matcher.signals import SIGNAL_TYPES, searched_as
from matcher.signals.local import QueryFeatures
from matcher.strength import Strength

START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)

EntityT = TypeVar("EntityT")


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment it shows."""
        return self.moment


class FakeRows(Generic[EntityT]):
    """Objects by their ids, as every repository keeps them."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.rows: dict[str, EntityT] = {}

    def add(self, entity: EntityT) -> None:
        self.rows[entity.id] = entity

    def add_many(self, entities: Sequence[EntityT]) -> None:
        for entity in entities:
            self.add(entity)

    def get(self, entity_id: str, *, lock: bool = False) -> EntityT:
        if entity_id not in self.rows:
            message = f"there is no {self.noun} {entity_id!r}"
            raise NotFoundError(message)
        return self.rows[entity_id]

    def many(self, entity_ids: Iterable[str]) -> dict[str, EntityT]:
        return {one: self.rows[one] for one in entity_ids if one in self.rows}

    def update(self, entity: EntityT) -> None:
        self.rows[entity.id] = entity

    def page(self, found: Iterable[EntityT], *, after: str | None, limit: int) -> tuple[list[EntityT], str | None]:
        later = sorted((one for one in found if after is None or one.id > after), key=lambda one: one.id)
        return later[:limit], later[limit - 1].id if len(later) > limit else None

    def where(self, **values: object) -> list[EntityT]:
        """List, by id, those whose fields have these values."""
        found = (row for row in self.rows.values() if all(getattr(row, name) == one for name, one in values.items()))
        return sorted(found, key=lambda row: row.id)


class FakeReports(FakeRows[Report]):
    """Of `ports.Reports`."""

    def __init__(self, decisions: "FakeDecisions") -> None:
        super().__init__("report")
        self._decisions = decisions

    def of_case(self, case_id: str) -> Report | None:
        return next(iter(self.where(case_id=case_id)), None)

    def by_receipt(self, number: str) -> Report | None:
        return next(iter(self.where(receipt_number=number)), None)

    def pattern(self, target: str, *, since: datetime) -> ReportPattern:
        about = [one for one in self.where(target=target) if one.received_at >= since]
        people = {one.reporter_key or one.id for one in about}
        known = {one.reporter_key for one in self.rows.values() if one.received_at < since}
        return ReportPattern(reports=len(about), reporters=len(people), newcomers=len(people - known))

    def cases_about(self, target: str, *, since: datetime) -> list[str]:
        return sorted(one.case_id for one in self.where(target=target) if one.received_at >= since)

    def history(self, reporter_key: str) -> ReporterHistory:
        outcomes = [
            decision.outcome
            for report in self.where(reporter_key=reporter_key)
            for decision in self._decisions.of_case(report.case_id)
            if decision.state is DecisionState.EFFECTIVE and decision.outcome is not DecisionOutcome.REQUEST_INFORMATION
        ]
        return ReporterHistory(decided=len(outcomes), rejected=outcomes.count(DecisionOutcome.REJECT))


class FakeCases(FakeRows[Case]):
    """Of `ports.Cases`."""

    def queue_page(
        self, *, states: Sequence[CaseState], queue: Queue | None, after: str | None, limit: int
    ) -> tuple[list[Case], str | None]:
        waiting = [one for one in self.rows.values() if one.state in states and queue in (None, one.queue)]
        ordered = sorted(waiting, key=lambda one: (one.deadline, one.id))
        later = [one for one in ordered if after is None or f"{one.deadline.isoformat()}~{one.id}" > after]
        last = later[limit - 1] if len(later) > limit else None
        return later[:limit], None if last is None else f"{last.deadline.isoformat()}~{last.id}"

    def resting_on(self, takedown_id: str, upload_ids: Sequence[str]) -> list[Case]:
        return [one for one in self.where(takedown_id=takedown_id) if one.upload_id in upload_ids]

    def uploads_resting_on(self, takedown_id: str) -> list[str]:
        return sorted({one.upload_id for one in self.where(takedown_id=takedown_id) if one.upload_id is not None})


class FakeDecisions(FakeRows[Decision]):
    """Of `ports.Decisions`."""

    def of_case(self, case_id: str) -> list[Decision]:
        return self.where(case_id=case_id)


class FakeAppeals(FakeRows[Appeal]):
    """Of `ports.Appeals`."""

    def of_decision(self, decision_id: str) -> list[Appeal]:
        return self.where(decision_id=decision_id)

    def state_page(
        self, *, states: Sequence[AppealState], after: str | None, limit: int
    ) -> tuple[list[Appeal], str | None]:
        return self.page((one for one in self.rows.values() if one.state in states), after=after, limit=limit)


class FakeAuditLog:
    """Of `ports.AuditLog`."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.kept: list[AuditRow] = []

    def add(self, entry: AuditEntry) -> None:
        _, before = self.end()
        self.entries.append(entry)
        self.kept.append(chained(entry, position=len(self.entries), before=before))

    def of(self, subject_ids: Iterable[str]) -> list[AuditEntry]:
        wanted = set(subject_ids)
        return [one for one in self.entries if one.subject_id in wanted]

    def was_recorded(self, actor_id: str, action: str, subject_id: str, *, since: datetime) -> bool:
        asked = (actor_id, action, subject_id)
        return any((one.actor_id, one.action, one.subject_id) == asked and one.at >= since for one in self.entries)

    def page(
        self, *, after: int, limit: int, actor_id: str | None = None, subject_id: str | None = None
    ) -> list[AuditRow]:
        found = [one for one in self.kept[after:] if actor_id in (None, one.actor_id)]
        return [one for one in found if subject_id in (None, one.subject_id)][:limit]

    def rows(self) -> Iterator[AuditRow]:
        yield from self.kept

    def end(self) -> tuple[int, bytes]:
        return (self.kept[-1].position, self.kept[-1].hash) if self.kept else (0, FIRST_LINK)

    def erase_details(self, subject_ids: Sequence[str], *, action_ends: str = "") -> int:
        told = [one for one in self.kept if one.subject_id in subject_ids and one.action.endswith(action_ends)]
        erased = [one for one in told if one.salt is not None]
        for one in erased:
            self.kept[one.position - 1] = replace(one, detail=None, salt=None)
            self.entries[one.position - 1] = replace(self.entries[one.position - 1], detail={})
        return len(erased)


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

    def get(self, media_id: str) -> Media:
        return self.many([media_id])[media_id]

    def many(self, media_ids: Iterable[str]) -> dict[str, Media]:
        return {
            one: replace(self.rows[one], has_preview=one in self._previews) for one in media_ids if one in self.rows
        }

    def of_case(self, case_id: str) -> list[Media]:
        places = sorted((position, one) for one, (case, position) in self._places.items() if case == case_id)
        return [self.get(one) for _, one in places]

    def show_in_case(self, media_id: str, case_id: str) -> None:
        self._places[media_id] = case_id, self._places[media_id][1]

    def erase(self, media_ids: Iterable[str]) -> tuple[int, int]:
        ids = [one for one in media_ids if one in self.rows]
        previews = sum(self._previews.pop(one, None) is not None for one in ids)
        signals = sum(len(self.rows[one].signals) for one in ids)
        for one in ids:
            self._queries.pop(one, None)
            self.rows[one] = replace(self.rows[one], signals=())
        return previews, signals

    def keep_preview(self, media_id: str, preview: bytes) -> None:
        self._previews[media_id] = self._clock.now() + self._retention, preview

    def preview(self, media_id: str) -> bytes | None:
        expires_at, preview = self._previews.get(media_id, (START, None))
        return preview if preview is not None and self._clock.now() < expires_at else None


class FakeUploads(FakeRows[Upload]):
    """Of `ports.Uploads`."""

    def by_platform_ids(self, platform_ids: Iterable[str]) -> dict[str, Upload]:
        wanted = set(platform_ids)
        return {one.platform_id: one for one in self.rows.values() if one.platform_id in wanted}

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

    def of_upload(self, upload_id: str) -> list[Match]:
        return self.of_uploads([upload_id])[upload_id]

    def of_uploads(self, upload_ids: Iterable[str]) -> dict[str, list[Match]]:
        return {wanted: [match for upload_id, match, _ in self.rows if upload_id == wanted] for wanted in upload_ids}

    def known(self, upload_ids: Iterable[str], takedown_id: str) -> set[str]:
        return set(upload_ids) & set(self.of_takedown(takedown_id))

    def of_takedown(self, takedown_id: str) -> list[str]:
        return sorted(upload_id for upload_id, match, _ in self.rows if match.takedown_id == takedown_id)

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
        due = (self.rows[one] for one in sorted(self.rows) if _is_free(self.rows[one].lease, now))
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
        active = {one.id for one in self.where(state=TakedownState.ACTIVE)}
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

    def references(self, takedown_id: str) -> list[str]:
        return sorted(media_id for one, media_id, _ in self._references if one == takedown_id)

    def reference_of_decision(self, decision_id: str) -> list[str]:
        return sorted(media_id for _, media_id, one in self._references if one == decision_id)

    def drop_reference(self, takedown_id: str, media_id: str) -> None:
        self._references = [one for one in self._references if one[:2] != (takedown_id, media_id)]


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


class FakeProtected(FakeRows[Protected]):
    """Of `ports.ProtectedMedia`."""

    def listed(self, kept_as: Kept, *, after: str | None, limit: int) -> tuple[list[Protected], str | None]:
        return self.page(self.where(removed_at=None, kept_as=kept_as), after=after, limit=limit)


class FakeIndexLog:
    """Of `ports.IndexLog`; `FakeSearch` reads it."""

    def __init__(self) -> None:
        self.live: dict[int, Item] = {}
        self.removed: dict[int, Item] = {}
        self.versions: Counter[Collection] = Counter()
        self._last_id = 0

    def version(self, collection: Collection) -> int:
        return self.versions[collection]

    def add(self, collection: Collection, owner_id: str, media: Media) -> int:
        for signal in searched_as(media.signals):
            self._last_id += 1
            self.live[self._last_id] = Item(self._last_id, collection, owner_id, media.id, signal)
            self.versions[collection] += 1
        return self.versions[collection]

    def add_many(self, collection: Collection, owned: Sequence[tuple[str, Media]]) -> int:
        for owner_id, media in owned:
            self.add(collection, owner_id, media)
        return self.versions[collection]

    def remove(self, collection: Collection, owner_id: str, media_id: str | None = None) -> int:
        gone = [
            one.id
            for one in self.live.values()
            if (one.collection, one.owner_id) == (collection, owner_id) and media_id in (None, one.media_id)
        ]
        for item_id in gone:
            self.removed[item_id] = self.live.pop(item_id)
            self.versions[collection] += 1
        return self.versions[collection]

    def erase(self, owner_ids: Iterable[str], media_ids: Iterable[str]) -> None:
        owners, media = set(owner_ids), set(media_ids)
        self.removed = {
            key: one for key, one in self.removed.items() if one.owner_id not in owners and one.media_id not in media
        }

    def items(self, item_ids: Iterable[int]) -> dict[int, Item]:
        return {one: self.live[one] for one in item_ids if one in self.live}

    def owners(self, item_ids: Iterable[int]) -> set[str]:
        return {one.owner_id for one in self.items(item_ids).values()}

    def of_owner(self, owner_id: str) -> list[Item]:
        return [one for one in self.live.values() if one.owner_id == owner_id]


class FakeSearch:
    """Of `ports.CandidateSearch`: every item is compared; parts of pictures are never found."""

    def __init__(self, log: FakeIndexLog) -> None:
        self._log = log

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        return [Candidates(self._log.version(collection), tuple(self._near(collection, one))) for one in questions]

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        return Suspects(self._log.version(collection), ())

    def _near(self, collection: Collection, question: Mapping[str, Codes]) -> Iterable[Candidate]:
        for item in self._log.live.values():
            asked = question.get(item.signal.type)
            if item.collection is not collection or asked is None:
                continue
            stored = np.frombuffer(item.signal.value, dtype=np.uint8)
            distance = int(np.unpackbits(asked ^ stored, axis=1).sum(axis=1).min())
            if distance <= SIGNAL_TYPES[item.signal.type].threshold:
                yield Candidate(item.id, item.signal.type, distance)


class FakeSweeps(FakeRows[Sweep]):
    """Of `ports.Sweeps`."""

    def next_due(self, now: datetime) -> Sweep | None:
        unfinished = (SweepState.PENDING, SweepState.RUNNING)
        due = [one for one in self.rows.values() if one.state in unfinished and _is_free(one.lease, now)]
        return min(due, key=lambda one: (one.checked, one.id), default=None)

    def of_takedown(self, takedown_id: str) -> list[Sweep]:
        return self.where(takedown_id=takedown_id)

    def unfinished_searches(self) -> list[Sweep]:
        unfinished = (SweepState.PENDING, SweepState.RUNNING)
        return [one for one in self.where(kind=SweepKind.SEARCH) if one.state in unfinished]


class FakeDestinations(FakeRows[Destination]):
    """Of `ports.Destinations`."""

    def __init__(self) -> None:
        super().__init__("destination")
        self.deliveries: FakeDeliveries | None = None

    def listed(self, *, after: str | None, limit: int) -> tuple[list[Destination], str | None]:
        kept = (one for one in self.rows.values() if one.state is not DestinationState.DELETED)
        return self.page(kept, after=after, limit=limit)

    def owed_something(self, now: datetime) -> list[Destination]:
        ready = (one for one in self.where(state=DestinationState.ACTIVE) if not one.retry_at or one.retry_at <= now)
        return [one for one in ready if self.deliveries is not None and self.deliveries.claimable(one.id, now)]


class FakeDeliveries(FakeRows[Delivery]):
    """Of `ports.Deliveries`."""

    def claimable(self, destination_id: str, now: datetime) -> list[Delivery]:
        """List, in order, what is unfinished, due, and no worker has."""
        return sorted(
            (
                one
                for one in self.where(destination_id=destination_id)
                if one.state in UNFINISHED and one.next_attempt_at <= now and _is_free(one.lease, now)
            ),
            key=lambda one: one.position,
        )

    def due(self, destination_id: str, now: datetime, *, limit: int) -> list[Delivery]:
        first: dict[str | None, int] = {}
        for one in sorted(self.where(destination_id=destination_id), key=lambda one: one.position):
            if one.state in UNFINISHED and one.takedown_id is not None:
                first.setdefault(one.takedown_id, one.position)
        found = [
            one
            for one in self.claimable(destination_id, now)
            if first.get(one.takedown_id, one.position) == one.position
        ]
        return sorted(found, key=lambda one: (one.next_attempt_at, one.position))[:limit]

    def following(self, first: Delivery, now: datetime, *, limit: int) -> list[Delivery]:
        later = [
            one
            for one in self.claimable(first.destination_id, now)
            if one.takedown_id == first.takedown_id and one.position > first.position
        ]
        return later[:limit]

    def lease(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        for one in deliveries:
            self.update(replace(self.rows[one.id], lease=lease))

    def settle(self, delivery: Delivery, lease: Lease) -> bool:
        if not self._has(delivery, lease):
            return False
        self.update(replace(delivery, lease=None))
        return True

    def give_back(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        for one in deliveries:
            if self._has(one, lease):
                self.update(replace(self.rows[one.id], lease=None))

    def state_page(
        self, *, states: Sequence[DeliveryState], after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        return self.page((one for one in self.rows.values() if one.state in states), after=after, limit=limit)

    def of_takedown(self, takedown_id: str, *, after: str | None, limit: int) -> tuple[list[Delivery], str | None]:
        return self.page(self.where(takedown_id=takedown_id), after=after, limit=limit)

    def announcing(self, takedown_id: str) -> list[Delivery]:
        return self.where(takedown_id=takedown_id, event_type=EventType.TAKEDOWN_CREATED)

    def tally(self, takedown_id: str) -> list[DeliveryTally]:
        counted = Counter((one.destination_id, one.state) for one in self.where(takedown_id=takedown_id))
        return [
            DeliveryTally(destination_id, state, count) for (destination_id, state), count in sorted(counted.items())
        ]

    def reversal_of(self, delivery: Delivery) -> Delivery | None:
        found = self.where(
            takedown_id=delivery.takedown_id,
            destination_id=delivery.destination_id,
            event_type=EventType.TAKEDOWN_REVERSED,
        )
        return next(iter(found), None)

    def give_up_all(self, destination_id: str, *, error: str) -> int:
        unfinished = [one for one in self.where(destination_id=destination_id) if one.state in UNFINISHED]
        for one in unfinished:
            self.update(replace(one, state=DeliveryState.DEAD, error=error))
        return len(unfinished)

    def _has(self, delivery: Delivery, lease: Lease) -> bool:
        current = self.rows[delivery.id].lease
        return current is not None and current.id == lease.id


class FakeOutbox:
    """Of `ports.Outbox`: a line in the ledger for each destination that wants an event."""

    def __init__(self, clock: FakeClock, destinations: FakeDestinations, deliveries: FakeDeliveries) -> None:
        self._clock, self._destinations, self._deliveries = clock, destinations, deliveries
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        self.events.append(event)
        for destination in self._destinations.rows.values():
            if destination.wants(event.type):
                self._deliveries.add(
                    Delivery(
                        id=DeliveryId(new_id("dlv", self._clock.now())),
                        event_id=event.id,
                        position=len(self.events),
                        event_type=event.type,
                        takedown_id=event.takedown_id,
                        destination_id=destination.id,
                        state=DeliveryState.PENDING,
                        attempts=0,
                        created_at=self._clock.now(),
                        next_attempt_at=self._clock.now(),
                    )
                )

    def feed(
        self, *, types: Sequence[EventType], after: int, limit: int, owner_id: str | None = None
    ) -> list[tuple[int, Event]]:
        def is_theirs(one: Event) -> bool:
            return owner_id in (None, one.owner_id) or (one.owner_id is None and one.type in OF_UPLOADS)

        placed = enumerate(self.events, start=1)
        return [(place, one) for place, one in placed if place > after and one.type in types and is_theirs(one)][:limit]

    def many(self, event_ids: Iterable[str]) -> dict[str, Event]:
        wanted = set(event_ids)
        return {one.id: one for one in self.events if one.id in wanted}

    def erase_addresses(self, takedown_ids: Iterable[str]) -> int:
        wanted = set(takedown_ids)
        telling = {one.id for one in self.events if one.takedown_id in wanted and one.data.get("url")}
        self.events = [
            replace(one, data={**one.data, "url": None}) if one.id in telling else one for one in self.events
        ]
        return len(telling)


class FakeSender:
    """Of `ports.Sender`: keeps what it sent, and fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.sent: list[Message] = []
        self._failures = failures

    async def send(self, message: Message) -> Receipt:
        if self._failures:
            self._failures -= 1
            message_ = "it was told to fail"
            raise DeliveryFailedError(message_)
        self.sent.append(message)
        return {"status": 200}

    async def close(self) -> None:
        return


class FakeKeys(FakeRows[ApiKey]):
    """Of `ports.Keys`."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("key")
        self._clock = clock
        self._hashes: dict[str, bytes] = {}

    def add(self, key: ApiKey, *, key_hash: bytes) -> None:
        self.rows[key.id] = key
        self._hashes[key.id] = key_hash

    def pause(self, principal: str) -> None:
        for key in [one for one in self.rows.values() if one.speaks_for == principal and one.paused_at is None]:
            self.update(replace(key, paused_at=self._clock.now()))

    def replace(self, key_id: str, *, by: str, expires_at: datetime) -> None:
        self.update(replace(self.rows[key_id], replaced_by=by, expires_at=expires_at))

    def revoke(self, key_id: str) -> bool:
        key = self.rows.get(key_id)
        if key is None or key.revoked_at is not None:
            return False
        self.update(replace(key, revoked_at=self._clock.now()))
        return True

    def find(self, key_hash: bytes) -> ApiKey | None:
        return next((one for one in self.rows.values() if self._hashes[one.id] == key_hash), None)

    def has_admin(self) -> bool:
        now = self._clock.now()
        return any(one.refused_because(now) is None for one in self.where(role=Role.ADMIN))

    def note_uses(self, uses: Mapping[str, datetime], *, apart: timedelta) -> None:
        for key_id, used_at in uses.items():
            before = self.rows[key_id].last_used_at
            if before is None or before <= used_at - apart:
                self.update(replace(self.rows[key_id], last_used_at=used_at))

    def listed(self, *, after: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
        return self.page(self.rows.values(), after=after, limit=limit)


class FakeKeptAnswers:
    """Of `ports.KeptAnswers`."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[datetime, KeptAnswer]] = {}

    def take_turn(self, scope: str, key: str) -> None:
        """Wait for nobody: a fake has one transaction."""

    def find(self, scope: str, key: str) -> KeptAnswer | None:
        return self._kept.get((scope, key), (START, None))[1]

    def keep(self, answer: KeptAnswer) -> None:
        self._kept[answer.scope, answer.key] = self._clock.now(), answer

    def forget_before(self, moment: datetime) -> int:
        old = [key for key, (kept_at, _) in self._kept.items() if kept_at < moment]
        for key in old:
            del self._kept[key]
        return len(old)

    def page(self, after: tuple[str, str] | None, *, limit: int) -> list[KeptAnswer]:
        keys = sorted(key for key in self._kept if after is None or key > after)
        return [self._kept[key][1] for key in keys[:limit]]

    def forget(self, scope: str, key: str) -> None:
        del self._kept[scope, key]


class FakeErasures(FakeRows[Erasure]):
    """Of `ports.Erasures`."""

    def of_scope(self, scope_id: str) -> Erasure | None:
        return next(iter(self.where(scope_id=scope_id)), None)

    def next_due(self, now: datetime) -> Erasure | None:
        due = (self.rows[one] for one in sorted(self.rows) if _is_free(self.rows[one].lease, now))
        return next((one for one in due if one.state is not ErasureState.COMPLETED), None)

    def last_from_index(self) -> datetime | None:
        from_index = (ErasureState.INDEX_ERASED, ErasureState.COMPLETED)
        erased = (one.record_erased_at for one in self.rows.values() if one.state in from_index)
        return max((at for at in erased if at is not None), default=None)


class FakePastDate:
    """Of `ports.PastDate`."""

    def __init__(self, record: "FakeUnitOfWork") -> None:
        self._record = record

    def due(self, kind: Dated, before: datetime, *, limit: int) -> list[str]:
        listed = {
            Dated.WITHDRAWN: self._withdrawn,
            Dated.REJECTED: self._rejected,
            Dated.UPLOADS: self._uploads,
            Dated.POST_TEXTS: self._post_texts,
        }
        return sorted(listed[kind](before))[:limit]

    def count(self, kind: Dated, before: datetime) -> int:
        return len(self.due(kind, before, limit=len(self._record.uploads.rows) + len(self._record.cases.rows)))

    def _withdrawn(self, before: datetime) -> list[str]:
        ended = (one for one in self._record.takedowns.rows.values() if one.reversed_at and one.reversed_at < before)
        return [one.id for one in ended if self._is_settled(one.case_id)]

    def _rejected(self, before: datetime) -> list[str]:
        return [
            one.id
            for one in self._record.reports.rows.values()
            if self._is_settled(one.case_id)
            and not self._record.takedowns.of_case(one.case_id)
            and all(decision.decided_at < before for decision in self._record.decisions.of_case(one.case_id))
        ]

    def _uploads(self, before: datetime) -> list[str]:
        active = {one.id for one in self._record.takedowns.where(state=TakedownState.ACTIVE)}
        return [
            one.id
            for one in self._old(before)
            if one.sha256 and one.verdict is Verdict.ALLOW
            if not active & {match.takedown_id for match in self._record.matches.of_upload(one.id)}
        ]

    def _post_texts(self, before: datetime) -> list[str]:
        return [one.id for one in self._old(before) if one.post_text is not None]

    def _old(self, before: datetime) -> list[Upload]:
        return [
            one
            for one in self._record.uploads.rows.values()
            if one.registered_at < before
            and (one.case_id is None or self._record.cases.get(one.case_id).state is CaseState.DECIDED)
        ]

    def _is_settled(self, case_id: str) -> bool:
        appealed = self._record.appeals.where(case_id=case_id, state=AppealState.OPEN)
        decided = self._record.cases.get(case_id).state is CaseState.DECIDED
        return decided and not appealed and self._record.erasures.of_scope(case_id) is None


class FakeFigures:
    """Of `ports.Figures`."""

    def __init__(self, record: "FakeUnitOfWork") -> None:
        self._record = record

    def cases_by_state(self) -> dict[str, int]:
        return dict(Counter(one.state.value for one in self._record.cases.rows.values()))

    def takedowns_by_state(self) -> dict[str, int]:
        return dict(Counter(one.state.value for one in self._record.takedowns.rows.values()))

    def uploads(self) -> int:
        return len(self._record.uploads.rows)


class FakeUnitOfWork:
    """
    Of `ports.UnitOfWork`: the whole record, in memory.

    Args:
        clock: What time it is; moved by a test.
    """

    def __init__(self, clock: FakeClock | None = None, *, preview_retention: timedelta = timedelta(days=1)) -> None:
        self.clock = clock or FakeClock()
        self.decisions = FakeDecisions("decision")
        self.reports = FakeReports(self.decisions)
        self.cases = FakeCases("case")
        self.media = FakeMedia(self.clock, preview_retention)
        self.uploads = FakeUploads("upload")
        self.matches = FakeMatches(self.clock, self.uploads)
        self.takedowns = FakeTakedowns()
        self.index_log = FakeIndexLog()
        self.destinations = FakeDestinations()
        self.deliveries = self.destinations.deliveries = FakeDeliveries("delivery")
        self.outbox = FakeOutbox(self.clock, self.destinations, self.deliveries)
        self.audit = FakeAuditLog()
        self.sweeps = FakeSweeps("lookback")
        self.unfinished = FakeUnfinishedSearches(self.clock)
        self.common_parts = FakeCommonParts()
        self.protected = FakeProtected("protected")
        self.appeals = FakeAppeals("appeal")
        self.keys = FakeKeys(self.clock)
        self.kept_answers = FakeKeptAnswers(self.clock)
        self.erasures = FakeErasures("erasure")
        self.past_date = FakePastDate(self)
        self.figures = FakeFigures(self)

    @property
    def now(self) -> datetime:
        """The moment the clock shows."""
        return self.clock.now()

    def told(self, *types: EventType) -> list[dict[str, object]]:
        """Return what downstream is told, of some types or of all, in order."""
        return [one.data for one in self.outbox.events if not types or one.type in types]

    def audited(self) -> dict[str, list[str]]:
        """Return the actions of the audit log by what they were done to."""
        actions: dict[str, list[str]] = defaultdict(list)
        for entry in self.audit.entries:
            actions[entry.subject_id].append(entry.action)
        return actions


def _is_free(lease: Lease | None, now: datetime) -> bool:
    return lease is None or lease.until <= now
