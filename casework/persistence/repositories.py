"""
The repositories of `ports`, over SQL. One class a port; each shares the transaction's connection.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, or_, select, update

from casework.domain.appeal import Appeal, AppealState
from casework.domain.case import Case, CaseState, Queue
from casework.domain.decision import Decision
from casework.domain.errors import CursorError
from casework.domain.ids import CaseId, DecisionId, LookbackId, MediaId, TakedownId, UploadId, new_id
from casework.domain.media import Media, SubmittedMedia
from casework.domain.report import Report, ReporterHistory, ReportPattern
from casework.domain.takedown import Takedown, TakedownState
from casework.domain.upload import Match, Upload
from casework.persistence import tables
from casework.persistence.bulk import store
from casework.persistence.rows import Rows, portions
from casework.persistence.safeguards import cases_about, report_pattern, reporter_history
from matcher.signals.base import Signal
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import VideoFrames
from matcher.variants import Query, Variants
from matcher.video_query import VideoQuery


class SqlReports(Rows[Report]):
    """Reports, as received."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.reports, Report)

    def of_case(self, case_id: CaseId) -> Report | None:
        """Return the report that opened a case, or None."""
        return self._first(tables.reports.c.case_id == case_id)

    def by_receipt(self, number: str) -> Report | None:
        """Return the report with this receipt number, or None."""
        return self._first(tables.reports.c.receipt_number == number)

    def pattern(self, target: str, *, since: datetime) -> ReportPattern:
        """Measure the reports about a target since a moment."""
        return report_pattern(self.connection, target, since)

    def cases_about(self, target: str, *, since: datetime) -> list[CaseId]:
        """List the cases reports about a target opened since a moment."""
        return cases_about(self.connection, target, since)

    def history(self, reporter_key: str) -> ReporterHistory:
        """Count what became of a reporter's reports."""
        return reporter_history(self.connection, reporter_key)

    def _first(self, condition: ColumnElement[bool]) -> Report | None:
        row = self.connection.execute(select(self.table).where(condition)).mappings().first()
        return None if row is None else self.load(row)


class SqlCases(Rows[Case]):
    """Cases and the lists moderators work from."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.cases, Case)

    def queue_page(
        self, *, states: Sequence[CaseState], queue: Queue | None, after: str | None, limit: int
    ) -> tuple[list[Case], str | None]:
        """List by deadline, then id; the cursor is both."""
        columns = tables.cases.c
        query = select(tables.cases).where(columns.state.in_([state.value for state in states]))
        if queue is not None:
            query = query.where(columns.queue == queue.value)
        if after is not None:
            deadline, case_id = _read_cursor(after)
            later = and_(columns.deadline == deadline, columns.id > case_id)
            query = query.where(or_(columns.deadline > deadline, later))
        rows = self.connection.execute(query.order_by(columns.deadline, columns.id).limit(limit + 1)).mappings()
        found = [self.load(row) for row in rows]
        last = found[limit - 1] if len(found) > limit else None
        return found[:limit], None if last is None else f"{last.deadline.isoformat()}~{last.id}"

    def resting_on(self, takedown_id: TakedownId, upload_ids: Sequence[UploadId]) -> list[Case]:
        """List the cases that matches of these uploads with a takedown opened."""
        columns = self.table.c
        query = select(self.table).where(columns.takedown_id == takedown_id, columns.upload_id.in_(upload_ids))
        return [self.load(row) for row in self.connection.execute(query.order_by(columns.id)).mappings()]

    def uploads_resting_on(self, takedown_id: TakedownId) -> list[UploadId]:
        """List the uploads of all cases that matches of a takedown opened."""
        columns = self.table.c
        query = select(columns.upload_id).where(columns.takedown_id == takedown_id, columns.upload_id.is_not(None))
        return list(self.connection.execute(query.distinct()).scalars())


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    moment, _, case_id = cursor.partition("~")
    try:
        deadline = datetime.fromisoformat(moment)
        in_utc = None if deadline.tzinfo is None else deadline.astimezone(UTC)
    except (ValueError, OverflowError):
        in_utc = None
    if in_utc is None or not case_id:
        message = f"{cursor!r} is not a cursor of this list; pass the `next` of the page before"
        raise CursorError(message)
    return in_utc, case_id


class SqlMedia:
    """
    Media as it was seen.

    Args:
        retention: How long a preview is kept.
    """

    def __init__(self, connection: Connection, *, now: datetime, retention: timedelta) -> None:
        self._connection = connection
        self._now = now
        self._retention = retention

    def add(self, submitted: SubmittedMedia, *, case_id: CaseId | None, position: int) -> Media:
        """Store and give it an id."""
        return self.add_many([(submitted, case_id, position)])[0]

    def add_many(self, submitted: Sequence[tuple[SubmittedMedia, CaseId | None, int]]) -> list[Media]:
        """Store several at once: each with its case and its position there. Variants are kept for cases alone."""
        if not submitted:
            return []
        stored = [self._media(one) for one, _, _ in submitted]
        rows = [
            {**_media_row(media), "case_id": case_id, "position": position}
            for media, (_, case_id, position) in zip(stored, submitted, strict=True)
        ]
        store(tables.media, rows, self._connection)
        store(tables.signals, [row for media in stored for row in _signal_rows(media)], self._connection)
        for media, (one, case_id, _) in zip(stored, submitted, strict=True):
            if case_id is not None and one.query is not None:
                self._connection.execute(insert(tables.variants), _variant_rows(media, one.query))
            if one.encrypted_preview is not None:
                self.keep_preview(media.id, one.encrypted_preview)
        return stored

    def query_of(self, media: Media) -> Query:
        """Return what to search for: its variants where they were kept, else its signals as they are."""
        query = select(tables.variants).where(tables.variants.c.media_id == media.id)
        rows = {row["signal_type"]: row for row in self._connection.execute(query).mappings()}
        moving = rows.pop(VIDEO, None)
        stored = Query.of_signals(media.signals)
        video = stored.video if moving is None or stored.video is None else _moving(stored.video.frames, moving)
        variants = {name: _variants(row) for name, row in rows.items()}
        return replace(stored, variants={**stored.variants, **variants}, video=video)

    def get(self, media_id: MediaId) -> Media:
        """Read one that is known to be there."""
        return self.many([media_id])[media_id]

    def many(self, media_ids: Iterable[MediaId]) -> dict[MediaId, Media]:
        """Read several at once."""
        return {one.id: one for ids in portions(media_ids) for one in self._where(tables.media.c.id.in_(ids))}

    def of_case(self, case_id: CaseId) -> list[Media]:
        """List the media of a case, in order."""
        return self._where(tables.media.c.case_id == case_id)

    def show_in_case(self, media_id: MediaId, case_id: CaseId) -> None:
        """Make an upload's media the media of the case its match opened."""
        self._connection.execute(update(tables.media).where(tables.media.c.id == media_id).values(case_id=case_id))

    def keep_preview(self, media_id: MediaId, ciphertext: bytes) -> None:
        """Keep an encrypted preview until its retention date."""
        expires_at = self._now + self._retention
        self._connection.execute(
            insert(tables.previews).values(media_id=media_id, ciphertext=ciphertext, expires_at=expires_at)
        )

    def preview(self, media_id: MediaId) -> bytes | None:
        """Return the encrypted preview, or None if there is none or its date has passed."""
        previews = tables.previews.c
        query = select(previews.ciphertext).where(previews.media_id == media_id, previews.expires_at > self._now)
        return self._connection.execute(query).scalar_one_or_none()

    def erase_expired_previews(self) -> int:
        """Erase the previews whose retention date has passed; return how many."""
        result = self._connection.execute(delete(tables.previews).where(tables.previews.c.expires_at <= self._now))
        return result.rowcount

    def _media(self, submitted: SubmittedMedia) -> Media:
        return Media(
            id=MediaId(new_id("med", self._now)),
            kind=submitted.kind,
            width=submitted.width,
            height=submitted.height,
            duration_s=submitted.duration_s,
            signals=submitted.signals,
            has_preview=submitted.encrypted_preview is not None,
            seen_s=submitted.seen_s,
        )

    def _where(self, condition: ColumnElement[bool]) -> list[Media]:
        rows = self._connection.execute(
            select(tables.media, tables.previews.c.media_id.label("preview_of"))
            .outerjoin(tables.previews)
            .where(condition)
            .order_by(tables.media.c.position, tables.media.c.id)
        ).mappings()
        found = list(rows)
        signals = self._signals([row["id"] for row in found])
        return [
            Media(
                id=row["id"],
                kind=row["kind"],
                width=row["width"],
                height=row["height"],
                duration_s=row["duration_s"],
                signals=tuple(signals.get(row["id"], ())),
                has_preview=row["preview_of"] is not None,
                seen_s=row["seen_s"],
            )
            for row in found
        ]

    def _signals(self, media_ids: list[str]) -> dict[str, list[Signal]]:
        columns = tables.signals.c
        query = select(tables.signals).where(columns.media_id.in_(media_ids)).order_by(columns.position)
        found: dict[str, list[Signal]] = {}
        for row in self._connection.execute(query).mappings():
            signal = Signal(type=row["signal_type"], value=row["value"], quality=row["quality"])
            found.setdefault(row["media_id"], []).append(signal)
        return found


def _media_row(media: Media) -> dict[str, object]:
    return {
        "id": media.id,
        "kind": media.kind,
        "width": media.width,
        "height": media.height,
        "duration_s": media.duration_s,
        "seen_s": media.seen_s,
    }


def _signal_rows(media: Media) -> list[dict[str, object]]:
    return [
        {
            "media_id": media.id,
            "position": place,
            "signal_type": signal.type,
            "value": signal.value,
            "quality": signal.quality,
        }
        for place, signal in enumerate(media.signals)
    ]


def _variant_rows(media: Media, query: Query) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {
            "media_id": media.id,
            "signal_type": name,
            "names": list(variants.names),
            "codes": variants.codes.tobytes(),
            "qualities": list(variants.qualities),
        }
        for name, variants in query.variants.items()
    ]
    if query.video is not None and (codes := query.video.variants()) is not None:
        names = list(query.video.names)
        rows.append({"media_id": media.id, "signal_type": VIDEO, "names": names, "codes": codes, "qualities": []})
    return rows


def _variants(row: RowMapping) -> Variants:
    names = tuple(row["names"])
    codes = np.frombuffer(row["codes"], dtype=np.uint8).reshape(len(names), -1)
    return Variants(names, codes, tuple(row["qualities"]))


def _moving(frames: VideoFrames, row: RowMapping) -> VideoQuery:
    return VideoQuery.of_variants(frames, tuple(row["names"]), row["codes"])


class SqlUploads(Rows[Upload]):
    """Registered uploads."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.uploads, Upload)

    def by_platform_ids(self, platform_ids: Iterable[str]) -> dict[str, Upload]:
        """Return the uploads a platform registered under its own ids, by these."""
        found: dict[str, Upload] = {}
        for ids in portions(platform_ids):
            query = select(self.table).where(self.table.c.platform_id.in_(ids))
            found |= {row["platform_id"]: self.load(row) for row in self.connection.execute(query).mappings()}
        return found

    def uploaders_of(self, upload_ids: Iterable[str]) -> int:
        """Count the distinct people who posted these; an upload without a known one counts as another person."""
        columns = self.table.c
        people: set[str] = set()
        for ids in portions(upload_ids):
            query = select(func.coalesce(columns.uploader_id, columns.id)).where(columns.id.in_(ids)).distinct()
            people.update(self.connection.execute(query).scalars())
        return len(people)


class SqlMatches:
    """Which upload matched which takedown."""

    _adapter = TypeAdapter(Match)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, upload_id: UploadId, match: Match, *, lookback_id: LookbackId | None = None) -> None:
        """Record one; `lookback_id` says which look-back found it."""
        values = self._adapter.dump_python(match, mode="json")
        self._connection.execute(insert(tables.matches).values(upload_id=upload_id, lookback_id=lookback_id, **values))

    def known(self, upload_ids: Iterable[str], takedown_id: TakedownId) -> set[UploadId]:
        """Return which of these uploads are known to match a takedown."""
        columns = tables.matches.c
        found: set[UploadId] = set()
        for ids in portions(upload_ids):
            query = select(columns.upload_id).where(columns.upload_id.in_(ids), columns.takedown_id == takedown_id)
            found.update(self._connection.execute(query).scalars())
        return found

    def of_takedown(self, takedown_id: TakedownId) -> list[UploadId]:
        """List the uploads that matched a takedown."""
        columns = tables.matches.c
        query = select(columns.upload_id).where(columns.takedown_id == takedown_id).order_by(columns.upload_id)
        return list(self._connection.execute(query).scalars())

    def resting_on_media(self, takedown_id: TakedownId, media_id: MediaId) -> list[UploadId]:
        """List the uploads that matched one reference of a takedown."""
        columns = tables.matches.c
        query = select(columns.upload_id).where(columns.takedown_id == takedown_id, columns.media_id == media_id)
        return list(self._connection.execute(query.order_by(columns.upload_id)).scalars())

    def update(self, upload_id: UploadId, match: Match) -> None:
        """Store its new state."""
        columns = tables.matches.c
        values = self._adapter.dump_python(match, mode="json")
        self._connection.execute(
            update(tables.matches)
            .where(columns.upload_id == upload_id, columns.takedown_id == match.takedown_id)
            .values(values)
        )

    def remove(self, upload_id: UploadId, takedown_id: TakedownId) -> None:
        """Forget a match that turned out to be none."""
        columns = tables.matches.c
        self._connection.execute(
            delete(tables.matches).where(columns.upload_id == upload_id, columns.takedown_id == takedown_id)
        )

    def undismiss(self, decision_id: DecisionId) -> None:
        """Take back that a decision dismissed matches."""
        columns = tables.matches.c
        self._connection.execute(
            update(tables.matches).where(columns.dismissed_by == decision_id).values(dismissed_by=None)
        )

    def found_by_lookback(
        self, takedown_id: TakedownId, *, after: int, limit: int
    ) -> list[tuple[int, UploadId, Match]]:
        """List the matches look-backs found for a takedown, each with its position."""
        columns = tables.matches.c
        query = (
            select(tables.matches)
            .where(columns.takedown_id == takedown_id, columns.lookback_id.is_not(None), columns.id > after)
            .order_by(columns.id)
            .limit(limit)
        )
        rows = self._connection.execute(query).mappings()
        return [(row["id"], row["upload_id"], self._adapter.validate_python(dict(row))) for row in rows]

    def of_upload(self, upload_id: UploadId) -> list[Match]:
        """List what an upload matched, in the order it was found."""
        return self.of_uploads([upload_id])[upload_id]

    def of_uploads(self, upload_ids: Iterable[UploadId]) -> dict[UploadId, list[Match]]:
        """List what each of several uploads matched, in the order it was found."""
        columns = tables.matches.c
        found: dict[UploadId, list[Match]] = {}
        for ids in portions(upload_ids):
            found |= {upload_id: [] for upload_id in ids}
            query = select(tables.matches).where(columns.upload_id.in_(ids)).order_by(columns.id)
            for row in self._connection.execute(query).mappings():
                found[row["upload_id"]].append(self._adapter.validate_python(dict(row)))
        return found


class SqlDecisions(Rows[Decision]):
    """Everything that was ever decided."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.decisions, Decision)

    def of_case(self, case_id: CaseId) -> list[Decision]:
        """List the decisions about a case, oldest first."""
        query = select(self.table).where(self.table.c.case_id == case_id).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]


class SqlTakedowns(Rows[Takedown]):
    """Standing effects."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.takedowns, Takedown)

    def state_page(
        self, *, states: Sequence[TakedownState], after: str | None, limit: int
    ) -> tuple[list[Takedown], str | None]:
        """List by id, which is by age."""
        return self.page(self.table.c.state.in_([state.value for state in states]), after=after, limit=limit)

    def add_reference(self, takedown_id: TakedownId, media_id: MediaId, decision_id: DecisionId) -> None:
        """Let a piece of media be one of its references, by this decision."""
        self.connection.execute(
            insert(tables.takedown_references).values(
                takedown_id=takedown_id, media_id=media_id, decision_id=decision_id
            )
        )

    def references(self, takedown_id: TakedownId) -> list[MediaId]:
        """List its references."""
        return self._references(tables.takedown_references.c.takedown_id == takedown_id)

    def reference_of_decision(self, decision_id: DecisionId) -> list[MediaId]:
        """List the references a decision added."""
        return self._references(tables.takedown_references.c.decision_id == decision_id)

    def drop_reference(self, takedown_id: TakedownId, media_id: MediaId) -> None:
        """Take a reference back."""
        columns = tables.takedown_references.c
        self.connection.execute(
            delete(tables.takedown_references).where(columns.takedown_id == takedown_id, columns.media_id == media_id)
        )

    def _references(self, condition: ColumnElement[bool]) -> list[MediaId]:
        columns = tables.takedown_references.c
        query = select(columns.media_id).where(condition).order_by(columns.media_id)
        return [MediaId(media_id) for media_id in self.connection.execute(query).scalars()]


class SqlAppeals(Rows[Appeal]):
    """Appeals against decisions."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.appeals, Appeal)

    def of_decision(self, decision_id: DecisionId) -> list[Appeal]:
        """List the appeals against a decision."""
        query = select(self.table).where(self.table.c.decision_id == decision_id).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]

    def state_page(
        self, *, states: Sequence[AppealState], after: str | None, limit: int
    ) -> tuple[list[Appeal], str | None]:
        """List by id, which is by age."""
        return self.page(self.table.c.state.in_([state.value for state in states]), after=after, limit=limit)
