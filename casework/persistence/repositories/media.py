"""
Media and their signals, over SQL: what is kept of a file once it is hashed.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, bindparam, delete, select, update

from casework.domain.ids import CaseId, MediaId, new_ids
from casework.domain.media import Media, SubmittedMedia
from casework.persistence import tables
from casework.persistence.changed_records import EVERYTHING, ChangedRecords
from casework.persistence.connection.bulk import insert_into, store_columns
from casework.persistence.connection.direct import Found, rows_of, write
from casework.persistence.encryption.sealed import open_row, seal_row
from casework.persistence.index_log.values import leave_to_live_items
from casework.persistence.rows import portions
from casework.ports.vault import Vault
from matcher.hashing.query import Query
from matcher.hashing.video_query import VideoQuery
from matcher.signals.base import Signal
from matcher.signals.turning.variants import Variants
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import VideoFrames

_SIGNAL = tables.signals.c
_MEDIA = (
    select(
        tables.media,
        tables.previews.c.media_id.label("preview_of"),
        _SIGNAL.position.label("place"),
        _SIGNAL.signal_type,
        _SIGNAL.value,
        _SIGNAL.quality,
    )
    .outerjoin(
        tables.previews,
        (tables.previews.c.media_id == tables.media.c.id) & (tables.previews.c.expires_at > bindparam("now")),
    )
    .outerjoin(tables.signals, tables.media.c.id == _SIGNAL.media_id)
)
"""A row for each signal, in no order: the database would carry whole videos about to sort them."""

_SEVERAL = _MEDIA.where(tables.media.c.id.in_(bindparam("ids", expanding=True)))
_OF_CASE = _MEDIA.where(tables.media.c.case_id == bindparam("case"))
_VARIANTS = select(tables.variants).where(tables.variants.c.media_id.in_(bindparam("of", expanding=True)))


class SqlMedia:
    """
    Media as it was seen.

    Args:
        retention: How long a preview is kept.

        vault: Encrypts previews.

        changed: Where it is noted what others must forget.
    """

    def __init__(
        self, connection: Connection, *, now: datetime, retention: timedelta, vault: Vault, changed: ChangedRecords
    ) -> None:
        self._connection = connection
        self._changed = changed
        self._vault = vault
        self._now = now
        self._retention = retention
        self._read_of_case: dict[CaseId, list[Media]] = {}
        self._read_one: dict[MediaId, Media] = {}
        self._read_queries: dict[MediaId, Query] = {}
        """What was read in this transaction: a decision asks about the same media five times."""

    def add(self, submitted: SubmittedMedia, *, case_id: CaseId | None, position: int) -> Media:
        """Store and give it an id."""
        return self.add_many([(submitted, case_id, position)])[0]

    def add_many(self, submitted: Sequence[tuple[SubmittedMedia, CaseId | None, int]]) -> list[Media]:
        """Store several at once: each with its case and its position there. Variants are kept for cases alone."""
        if not submitted:
            return []
        self.forget_read()
        ids = new_ids("med", self._now, len(submitted))
        stored = [_numbered(MediaId(media_id), one) for media_id, (one, _, _) in zip(ids, submitted, strict=True)]
        each = _media_columns(stored)
        each |= {"case_id": [case for _, case, _ in submitted], "position": [place for _, _, place in submitted]}
        store_columns(tables.media, each, self._connection, same={})
        store_columns(tables.signals, _signal_columns(stored), self._connection, same={})
        for media, (one, case_id, _) in zip(stored, submitted, strict=True):
            if case_id is not None and one.query is not None:
                write(self._connection, insert_into(tables.variants), _variant_rows(media, one.query))
            if one.preview is not None:
                self.keep_preview(media.id, one.preview)
        return stored

    def query_of(self, media: Media) -> Query:
        """Return what to search for: its variants where they were kept, else its signals as they are."""
        return self.queries_of([media])[media.id]

    def queries_of(self, media: Iterable[Media]) -> dict[MediaId, Query]:
        """Return what to search for, for several at once."""
        asked = {one.id: one for one in media}
        unread = [one for one in asked if one not in self._read_queries]
        for ids in portions(unread):
            rows: dict[MediaId, list[Found]] = {one: [] for one in ids}
            for row in rows_of(self._connection, _VARIANTS, {"of": ids}):
                rows[row["media_id"]].append(row)
            self._read_queries |= {one: _query_of(asked[one], rows[one]) for one in ids}
        return {one: self._read_queries[one] for one in asked}

    def read_ahead(self, media_ids: Iterable[MediaId]) -> list[Media]:
        """Read and return several, and what to search for, which are asked for one by one."""
        found = self.many(media_ids)
        self._read_one |= found
        self.queries_of(found.values())
        return list(found.values())

    def get(self, media_id: MediaId) -> Media:
        """Read one that is known to be there."""
        if media_id not in self._read_one:
            self._read_one[media_id] = self.many([media_id])[media_id]
        return self._read_one[media_id]

    def many(self, media_ids: Iterable[MediaId]) -> dict[MediaId, Media]:
        """Read several at once."""
        return {one.id: one for ids in portions(media_ids) for one in self._read(_SEVERAL, {"ids": ids})}

    def of_case(self, case_id: CaseId) -> list[Media]:
        """List the media of a case, in order."""
        if case_id not in self._read_of_case:
            self._read_of_case[case_id] = self._read(_OF_CASE, {"case": case_id})
        return list(self._read_of_case[case_id])

    def show_in_case(self, media_id: MediaId, case_id: CaseId | None) -> None:
        """Make an upload's media the media of the case its match opened, or of none."""
        self.forget_read()
        self._connection.execute(update(tables.media).where(tables.media.c.id == media_id).values(case_id=case_id))

    def keep_preview(self, media_id: MediaId, preview: bytes) -> None:
        """Keep a preview, encrypted, until its retention date."""
        self.forget_read()
        row = {"media_id": media_id, "ciphertext": preview, "expires_at": self._now + self._retention}
        self._connection.execute(insert_into(tables.previews), seal_row(tables.previews, row, self._vault))

    def preview(self, media_id: MediaId) -> bytes | None:
        """Return the preview, or None if there is none or its date has passed."""
        previews = tables.previews.c
        query = select(tables.previews).where(previews.media_id == media_id, previews.expires_at > self._now)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else bytes(open_row(tables.previews, row, self._vault)["ciphertext"])

    def erase(self, media_ids: Iterable[MediaId]) -> tuple[int, int]:
        """Erase previews, signals and variants; return how many previews and how many signals there were."""
        self.forget_read()
        previews = signals = 0
        for ids in portions(media_ids):
            leave_to_live_items(ids, self._connection)
            previews += self._connection.execute(
                delete(tables.previews).where(tables.previews.c.media_id.in_(ids))
            ).rowcount
            signals += self._connection.execute(
                delete(tables.signals).where(tables.signals.c.media_id.in_(ids))
            ).rowcount
            self._connection.execute(delete(tables.variants).where(tables.variants.c.media_id.in_(ids)))
        self._changed.note(EVERYTHING)  # no memory may hold a value that is erased, whosever it was
        return previews, signals

    def erase_previews(self, media_ids: Iterable[MediaId]) -> int:
        """Erase previews alone; return how many there were."""
        self.forget_read()
        previews = tables.previews
        return sum(
            self._connection.execute(delete(previews).where(previews.c.media_id.in_(ids))).rowcount
            for ids in portions(media_ids)
        )

    def erase_expired_previews(self) -> int:
        """Erase the previews whose retention date has passed; return how many."""
        self.forget_read()
        result = self._connection.execute(delete(tables.previews).where(tables.previews.c.expires_at <= self._now))
        return result.rowcount

    def forget_read(self) -> None:
        """Read again what was read: this transaction writes it, or a part of it was undone."""
        self._read_of_case.clear()
        self._read_one.clear()
        self._read_queries.clear()

    def _read(self, query: Select[Any], asked: Mapping[str, object]) -> list[Media]:
        found: dict[str, list[Found]] = {}
        for row in rows_of(self._connection, query, {**asked, "now": self._now}):
            found.setdefault(row["id"], []).append(row)
        return [_loaded(rows) for rows in sorted(found.values(), key=lambda rows: (rows[0]["position"], rows[0]["id"]))]


def _loaded(rows: Sequence[Found]) -> Media:
    """Put together one piece of media from the rows of its signals; one row without a signal where it has none."""
    first = rows[0]
    with_signal = sorted((row for row in rows if row["place"] is not None), key=lambda row: int(row["place"]))
    return Media(
        id=first["id"],
        kind=first["kind"],
        width=first["width"],
        height=first["height"],
        duration_s=first["duration_s"],
        signals=tuple(Signal(row["signal_type"], row["value"], row["quality"]) for row in with_signal),
        has_preview=first["preview_of"] is not None,
        seen_s=first["seen_s"],
    )


def _query_of(media: Media, kept: Iterable[Found]) -> Query:
    """Put together what is searched for from the rows of its variants, where they were kept."""
    rows = {row["signal_type"]: row for row in kept}
    moving = rows.pop(VIDEO, None)
    stored = Query.of_signals(media.signals)
    video = stored.video if moving is None or stored.video is None else _moving(stored.video.frames, moving)
    variants = {name: _variants(row) for name, row in rows.items()}
    return replace(stored, variants={**stored.variants, **variants}, video=video)


def _numbered(media_id: MediaId, submitted: SubmittedMedia) -> Media:
    return Media(
        id=media_id,
        kind=submitted.kind,
        width=submitted.width,
        height=submitted.height,
        duration_s=submitted.duration_s,
        signals=submitted.signals,
        has_preview=submitted.preview is not None,
        seen_s=submitted.seen_s,
    )


def _media_columns(media: Sequence[Media]) -> dict[str, Sequence[object]]:
    return {
        "id": [one.id for one in media],
        "kind": [one.kind for one in media],
        "width": [one.width for one in media],
        "height": [one.height for one in media],
        "duration_s": [one.duration_s for one in media],
        "seen_s": [one.seen_s for one in media],
    }


def _signal_columns(media: Sequence[Media]) -> dict[str, Sequence[object]]:
    placed = [(one.id, place, signal) for one in media for place, signal in enumerate(one.signals)]
    return {
        "media_id": [media_id for media_id, _, _ in placed],
        "position": [place for _, place, _ in placed],
        "signal_type": [signal.type for _, _, signal in placed],
        "value": [signal.value for _, _, signal in placed],
        "quality": [signal.quality for _, _, signal in placed],
    }


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


def _variants(row: Found) -> Variants:
    names = tuple(row["names"])
    codes = np.frombuffer(row["codes"], dtype=np.uint8).reshape(len(names), -1)
    return Variants(names, codes, tuple(row["qualities"]))


def _moving(frames: VideoFrames, row: Found) -> VideoQuery:
    return VideoQuery.of_variants(frames, tuple(row["names"]), row["codes"])
