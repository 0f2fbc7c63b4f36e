"""
Registered uploads and what they matched, over SQL.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from casework.domain.ids import DecisionId, LookbackId, MediaId, TakedownId, UploadId
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.persistence import tables
from casework.persistence.collected_writes import CollectedWrites, Kind
from casework.persistence.connection.bulk import insert_into
from casework.persistence.connection.direct import rows_of, write
from casework.persistence.encryption.sealed import SealedRows
from casework.persistence.rows import portions
from casework.ports.vault import Vault
from matcher.strength import Strength

_BY_PLATFORM_ID = select(tables.uploads).where(tables.uploads.c.platform_id.in_(bindparam("ids", expanding=True)))
_WITH_SOURCE = select(tables.matches, tables.takedowns.c.source).join(tables.takedowns)
"""Where a match came from is said by its takedown alone, so that a list can be renamed."""

_OF_UPLOADS = _WITH_SOURCE.where(tables.matches.c.upload_id.in_(bindparam("ids", expanding=True))).order_by(
    tables.matches.c.id
)
_UPDATE_ONE = update(tables.matches).where(
    tables.matches.c.upload_id == bindparam("of_upload"), tables.matches.c.takedown_id == bindparam("with_takedown")
)


class SqlUploads(SealedRows[Upload]):
    """Registered uploads."""

    WRITTEN_HERE_ALONE = True

    def __init__(self, connection: Connection, vault: Vault, *, writes: CollectedWrites) -> None:
        super().__init__(connection, tables.uploads, Upload, vault, writes=writes)
        self._media_ids: dict[str, MediaId] = {}
        """What was read in this transaction; an upload never gets other media."""

    def media_id_of(self, upload_id: UploadId) -> MediaId:
        """Return which media an upload has."""
        if upload_id not in self._media_ids:
            self._media_ids[upload_id] = self.get(upload_id).media_id
        return self._media_ids[upload_id]

    def by_platform_ids(self, platform_ids: Iterable[str]) -> dict[str, Upload]:
        """Return the uploads a platform registered under its own ids, by these."""
        found: dict[str, Upload] = {}
        for ids in portions(platform_ids):
            rows = rows_of(self.connection, _BY_PLATFORM_ID, {"ids": ids})
            found |= {row["platform_id"]: self.load(row) for row in rows}
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

    def __init__(self, connection: Connection, *, now: datetime, writes: CollectedWrites) -> None:
        self._connection = connection
        self._now = now
        self._writes = writes
        self._ahead: dict[UploadId, list[Match]] = {}
        """What was read ahead in this transaction, as it is now."""

    def add(self, upload_id: UploadId, match: Match, *, lookback_id: LookbackId | None = None) -> None:
        """Record one; `lookback_id` says which look-back found it."""
        self._ahead.pop(upload_id, None)
        values = self._dump(match)
        row = {"upload_id": upload_id, "lookback_id": lookback_id, "matched_at": self._now, **values}
        write(self._connection, insert_into(tables.matches), row)

    def uploaders(self, takedown_id: TakedownId, *, since: datetime) -> int:
        """Count the people whose uploads a takedown matched since; of what the policy keeps, none is counted."""
        matches, uploads = tables.matches.c, tables.uploads.c
        person = func.coalesce(uploads.uploader_id, uploads.id)
        found = (
            select(person)
            .select_from(tables.matches.join(tables.uploads))
            .where(
                matches.takedown_id == takedown_id,
                matches.matched_at >= since,
                or_(matches.verdict != Verdict.ALLOW.value, matches.strength == Strength.WEAK.value),
            )
            .distinct()
        )
        return int(self._connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())

    def explanations(self, upload_ids: Iterable[str]) -> dict[tuple[str, str], str]:
        """Return the sentence of each match of these uploads, by upload and takedown."""
        columns = tables.matches.c
        found: dict[tuple[str, str], str] = {}
        for ids in portions(upload_ids):
            query = select(columns.upload_id, columns.takedown_id, columns.explanation).where(
                columns.upload_id.in_(ids)
            )
            found |= {(row.upload_id, row.takedown_id): row.explanation for row in self._connection.execute(query)}
        return found

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
        if upload_id in self._ahead:
            known = self._ahead[upload_id]
            self._ahead[upload_id] = [match if one.takedown_id == match.takedown_id else one for one in known]
        key = (upload_id, match.takedown_id)
        self._writes.put(Kind.UPDATE, tables.matches, key, (upload_id, match), self._update)

    def remove(self, upload_id: UploadId, takedown_id: TakedownId) -> None:
        """Forget a match that turned out to be none."""
        self._ahead.pop(upload_id, None)
        columns = tables.matches.c
        self._connection.execute(
            delete(tables.matches).where(columns.upload_id == upload_id, columns.takedown_id == takedown_id)
        )

    def undismiss(self, decision_id: DecisionId) -> None:
        """Take back that a decision dismissed matches."""
        self._ahead.clear()
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
            _WITH_SOURCE.where(columns.takedown_id == takedown_id, columns.lookback_id.is_not(None), columns.id > after)
            .order_by(columns.id)
            .limit(limit)
        )
        rows = self._connection.execute(query).mappings()
        return [(row["id"], row["upload_id"], self._adapter.validate_python(dict(row))) for row in rows]

    def newest_of(
        self, takedown_id: TakedownId, *, before: int | None, limit: int
    ) -> list[tuple[int, UploadId, Match]]:
        """List what matched a takedown, the last first, each with its position."""
        columns = tables.matches.c
        query = select(tables.matches).where(columns.takedown_id == takedown_id)
        if before is not None:
            query = query.where(columns.id < before)
        rows = self._connection.execute(query.order_by(columns.id.desc()).limit(limit)).mappings()
        return [(row["id"], row["upload_id"], self._adapter.validate_python(dict(row))) for row in rows]

    def counted(self, takedown_ids: Iterable[str]) -> dict[str, int]:
        """Count what matched each of these takedowns; one that nothing matched is left out."""
        columns = tables.matches.c
        found: dict[str, int] = {}
        for ids in portions(takedown_ids):
            query = select(columns.takedown_id, func.count()).where(columns.takedown_id.in_(ids))
            rows = self._connection.execute(query.group_by(columns.takedown_id))
            found |= {str(takedown_id): int(count) for takedown_id, count in rows}
        return found

    def of_upload(self, upload_id: UploadId) -> list[Match]:
        """List what an upload matched, in the order it was found."""
        if upload_id in self._ahead:
            return list(self._ahead[upload_id])
        return self.of_uploads([upload_id])[upload_id]

    def read_ahead(self, upload_ids: Iterable[UploadId]) -> None:
        """Read what several uploads matched, for which `of_upload` is asked one by one."""
        self._ahead |= self.of_uploads(upload_ids)

    def forget_read(self) -> None:
        """Read again what was read ahead: a part of the transaction was undone."""
        self._ahead.clear()

    def of_uploads(self, upload_ids: Iterable[UploadId]) -> dict[UploadId, list[Match]]:
        """List what each of several uploads matched, in the order it was found."""
        found: dict[UploadId, list[Match]] = {}
        for ids in portions(upload_ids):
            found |= {upload_id: [] for upload_id in ids}
            for row in rows_of(self._connection, _OF_UPLOADS, {"ids": ids}):
                found[row["upload_id"]].append(self._adapter.validate_python(row))
        return found

    def _update(self, changed: Sequence[tuple[UploadId, Match]]) -> None:
        rows = []
        for upload_id, match in changed:
            values = self._dump(match)
            rows.append({"of_upload": upload_id, "with_takedown": values.pop("takedown_id"), **values})
        write(self._connection, _UPDATE_ONE, rows)

    def _dump(self, match: Match) -> dict[str, object]:
        return self._adapter.dump_python(match, mode="json", exclude={"source"})  # type: ignore[no-any-return]
