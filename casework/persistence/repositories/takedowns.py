"""
Takedowns, and which parts of their references are common, over SQL.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from casework.domain.banking import HashAction
from casework.domain.ids import CaseId, DecisionId, MediaId, TakedownId
from casework.domain.takedowns.common import CommonPart, Stranger
from casework.domain.takedowns.takedown import STANDING, Takedown, TakedownState
from casework.domain.takedowns.trust import Lack
from casework.persistence import tables
from casework.persistence.changed_records import EVERYTHING, ChangedRecords
from casework.persistence.collected_writes import CollectedWrites, Kind
from casework.persistence.connection.bulk import insert_into, store_columns
from casework.persistence.connection.direct import column_of, rows_of, write
from casework.persistence.encryption.sealed import SealedRows
from casework.persistence.rows import portions
from casework.ports.vault import Vault

_OF_A_LIST = (TakedownState.IMPORTED.value, TakedownState.PAUSED.value)
_OF_CASES = (
    select(tables.takedowns)
    .where(tables.takedowns.c.case_id.in_(bindparam("cases", expanding=True)))
    .order_by(tables.takedowns.c.id)
)
_REFERENCES_AMONG = (
    select(tables.takedown_references.c.media_id)
    .where(
        tables.takedown_references.c.takedown_id == bindparam("takedown"),
        tables.takedown_references.c.media_id.in_(bindparam("media", expanding=True)),
    )
    .order_by(tables.takedown_references.c.media_id)
)
_ALL_REFERENCES = (
    select(tables.takedown_references.c.media_id)
    .where(tables.takedown_references.c.takedown_id == bindparam("takedown"))
    .order_by(tables.takedown_references.c.media_id)
)
_REFERENCES_OF_DECISION = (
    select(tables.takedown_references.c.media_id)
    .where(tables.takedown_references.c.decision_id == bindparam("decision"))
    .order_by(tables.takedown_references.c.media_id)
)
_REFERENCES_OF = select(tables.takedown_references.c.takedown_id, tables.takedown_references.c.media_id).where(
    tables.takedown_references.c.takedown_id.in_(bindparam("takedowns", expanding=True)),
    tables.takedown_references.c.media_id.in_(bindparam("media", expanding=True)),
)
_INTERIM_DUE = (
    select(tables.takedowns.c.id)
    .where(
        tables.takedowns.c.state == TakedownState.INTERIM.value,
        tables.takedowns.c.interim_until <= bindparam("now"),
    )
    .order_by(tables.takedowns.c.interim_until, tables.takedowns.c.id)
    .limit(1)
)
_FORGET_SEEN_IN = delete(tables.common_parts).where(
    tables.common_parts.c.seen_in.in_(bindparam("strangers", expanding=True))
)
_BETWEEN = " "
"""Stands between the names of what a takedown lacks."""


def lacks_in(names: str | None) -> tuple[Lack, ...]:
    """Read the column that says what a takedown lacks."""
    return tuple(Lack(one) for one in names.split(_BETWEEN)) if names else ()


class SqlTakedowns(SealedRows[Takedown]):
    """Takedowns, and the media that copies are compared with."""

    WRITTEN_HERE_ALONE = True

    def __init__(
        self, connection: Connection, vault: Vault, changed: ChangedRecords, *, writes: CollectedWrites
    ) -> None:
        super().__init__(connection, tables.takedowns, Takedown, vault)
        self._changed = changed
        self._writes = writes
        self._of_cases_ahead: dict[CaseId, list[Takedown]] = {}
        self._references_ahead: dict[tuple[TakedownId, MediaId], bool] = {}
        """Whether media is a reference of a takedown, as far as that was read ahead, as it is now."""
        self._made_here: set[TakedownId] = set()
        """Takedowns of this transaction: what is not known to be a reference of theirs is none."""

    def add(self, entity: Takedown) -> None:
        """Insert."""
        self._of_cases_ahead.clear()
        super().add(entity)
        self._made_here.add(entity.id)

    def add_many(self, entities: Sequence[Takedown]) -> None:
        """Insert several."""
        self._of_cases_ahead.clear()
        super().add_many(entities)

    def update(self, entity: Takedown) -> None:
        """Write every field of an existing one."""
        self._of_cases_ahead.clear()
        super().update(entity)
        self._changed.note(entity.id)

    def read_ahead_of_cases(self, case_ids: Sequence[CaseId]) -> None:
        """Read the takedowns of several cases, for which `of_case` is asked one by one."""
        self._of_cases_ahead |= {one: [] for one in case_ids}
        for ids in portions(case_ids):
            for row in self.connection.execute(_OF_CASES, {"cases": ids}).mappings():
                self._of_cases_ahead[row["case_id"]].append(self.load(row))

    def read_ahead_references(self, takedown_ids: Iterable[TakedownId], media_ids: Iterable[MediaId]) -> None:
        """Read which of these media are references of which of these takedowns; `references` is asked one by one."""
        takedowns, media = sorted(set(takedown_ids)), sorted(set(media_ids))
        self._references_ahead |= {(one, other): False for one in takedowns for other in media}
        rows = self.connection.execute(_REFERENCES_OF, {"takedowns": takedowns, "media": media})
        self._references_ahead |= {(row.takedown_id, row.media_id): True for row in rows}

    def forget_read(self) -> None:
        """Read again what was read ahead: a part of the transaction was undone, or wrote past this."""
        super().forget_read()
        self._of_cases_ahead.clear()
        self._forget_references()

    def load(self, row: Mapping[Any, Any]) -> Takedown:
        """Turn a row into its object; what it lacks is a list of names, and none where it lacks nothing."""
        return super().load({**row, "trust_lacks": lacks_in(row["trust_lacks"])})

    def dump(self, entity: Takedown) -> dict[str, Any]:
        """Turn an object into column values."""
        return {**super().dump(entity), "trust_lacks": _BETWEEN.join(entity.trust_lacks) or None}

    def state_page(
        self, *, states: Sequence[TakedownState], after: str | None, limit: int
    ) -> tuple[list[Takedown], str | None]:
        """List by id, which is by age."""
        return self.page(self.table.c.state.in_([state.value for state in states]), after=after, limit=limit)

    def newest_in(
        self, states: Sequence[TakedownState], *, before: str | None, limit: int
    ) -> tuple[list[Takedown], str | None]:
        """List the latest first; the second is the id to go on before, or None."""
        return self.newest(self.table.c.state.in_([state.value for state in states]), before=before, limit=limit)

    def newest_ids(self, *, before: str | None, limit: int) -> list[TakedownId]:
        """List ids, standing or not, the newest first, from before an id."""
        query = select(self.table.c.id).order_by(self.table.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(self.table.c.id < before)
        return [TakedownId(one) for one in self.connection.execute(query).scalars()]

    def of_case(self, case_id: CaseId) -> list[Takedown]:
        """List the takedowns that a case's decisions made."""
        if case_id in self._of_cases_ahead:
            return list(self._of_cases_ahead[case_id])
        return [self.load(row) for row in rows_of(self.connection, _OF_CASES, {"cases": [case_id]})]

    def standing_on(self, media_ids: Iterable[MediaId]) -> dict[MediaId, TakedownId]:
        """Return which of these media are references of takedowns that stand, and of which."""
        references = tables.takedown_references.c
        found: dict[MediaId, TakedownId] = {}
        for ids in portions(media_ids):
            query = (
                select(references.media_id, references.takedown_id)
                .join(self.table, self.table.c.id == references.takedown_id)
                .where(references.media_id.in_(ids), self.table.c.state.in_([state.value for state in STANDING]))
            )
            found.update((row.media_id, row.takedown_id) for row in self.connection.execute(query))
        return found

    def of_reference(self, media_id: MediaId) -> list[TakedownId]:
        """List the takedowns, standing or not, whose reference a piece of media is."""
        columns = tables.takedown_references.c
        query = select(columns.takedown_id).where(columns.media_id == media_id).order_by(columns.takedown_id)
        return list(self.connection.execute(query).scalars())

    def next_interim_due(self, now: datetime) -> TakedownId | None:
        """Return the interim takedown whose limit passed first, or None."""
        return next(iter(column_of(self.connection, _INTERIM_DUE, {"now": now})), None)

    def usual_uploaders(self, hash_action: HashAction, *, but: TakedownId, share: float) -> int:
        """Return how many people takedowns banked alike match at most, leaving out those that match the most."""
        columns = self.table.c
        alike = (
            columns.state == TakedownState.ACTIVE.value,
            columns.hash_action == hash_action.value,
            columns.most_uploaders > 0,
            columns.id != but,
        )
        count: int = self.connection.execute(select(func.count()).where(*alike)).scalar_one()
        place = max(0, int(share * (count - 1)))  # of two, the one that matches fewer
        query = select(columns.most_uploaders).where(*alike).order_by(columns.most_uploaders).offset(place).limit(1)
        return self.connection.execute(query).scalar_one_or_none() or 0

    def add_reference(self, takedown_id: TakedownId, media_id: MediaId, decision_id: DecisionId) -> None:
        """Let a piece of media be one of its references, by this decision."""
        key = (takedown_id, media_id)
        self._references_ahead[key] = True
        row = {"takedown_id": takedown_id, "media_id": media_id, "decision_id": decision_id}
        self._writes.put(Kind.INSERT, tables.takedown_references, key, row, self._insert_references)
        self._changed.note(takedown_id)

    def add_references(self, takedown_id: TakedownId, media_ids: Sequence[MediaId], decision_id: DecisionId) -> None:
        """Do the same for several at once."""
        self._forget_references()
        same = {"takedown_id": takedown_id, "decision_id": decision_id}
        store_columns(tables.takedown_references, {"media_id": media_ids}, self.connection, same=same)
        self._changed.note(takedown_id)

    def of_source(self, source: str) -> list[TakedownId]:
        """List those that stand, or are paused, of hashes that came from a list, by age."""
        columns = self.table.c
        query = select(columns.id).where(columns.source == source, columns.state.in_(_OF_A_LIST)).order_by(columns.id)
        return [TakedownId(one) for one in self.connection.execute(query).scalars()]

    def match_source(self, source: str, *, matched: bool) -> None:
        """Let all that was imported from a list match, or not, for now."""
        self.forget_read()
        columns = self.table.c
        state = TakedownState.IMPORTED if matched else TakedownState.PAUSED
        theirs = (columns.source == source, columns.state.in_(_OF_A_LIST))
        self.connection.execute(update(self.table).where(*theirs).values(state=state.value))
        self._changed.note(EVERYTHING)

    def rename_source(self, source: str, name: str) -> None:
        """Name a list otherwise, in all that was imported from it."""
        self.forget_read()
        self.connection.execute(update(self.table).where(self.table.c.source == source).values(source=name))
        self._changed.note(EVERYTHING)

    def references(self, takedown_id: TakedownId, *, among: Sequence[MediaId] | None = None) -> list[MediaId]:
        """List its references, or those of these media that are."""
        known = self._references_ahead
        if among is not None and (takedown_id in self._made_here or all((takedown_id, one) in known for one in among)):
            return sorted({one for one in among if known.get((takedown_id, one), False)})
        if among is not None:
            asked = {"takedown": takedown_id, "media": list(among)}
            return column_of(self.connection, _REFERENCES_AMONG, asked)
        return column_of(self.connection, _ALL_REFERENCES, {"takedown": takedown_id})

    def decision_of_reference(self, takedown_id: TakedownId, media_id: MediaId) -> DecisionId | None:
        """Return the decision that added a reference; None where it is none (any more)."""
        columns = tables.takedown_references.c
        query = select(columns.decision_id).where(columns.takedown_id == takedown_id, columns.media_id == media_id)
        found = self.connection.execute(query).scalar_one_or_none()
        return None if found is None else DecisionId(found)

    def reference_of_decision(self, decision_id: DecisionId) -> list[MediaId]:
        """List the references a decision added."""
        return column_of(self.connection, _REFERENCES_OF_DECISION, {"decision": decision_id})

    def references_of_decisions(self, decision_ids: Iterable[DecisionId]) -> dict[DecisionId, list[MediaId]]:
        """List the references that each of several decisions added."""
        columns = tables.takedown_references.c
        found: dict[DecisionId, list[MediaId]] = {one: [] for one in decision_ids}
        for ids in portions(found):
            query = select(columns.decision_id, columns.media_id).where(columns.decision_id.in_(ids))
            for row in self.connection.execute(query.order_by(columns.media_id)):
                found[row.decision_id].append(row.media_id)
        return found

    def take_over_references(self, takedown_id: TakedownId, decision_id: DecisionId) -> None:
        """Let all its references be those of another decision: of the one that upheld it."""
        columns = tables.takedown_references.c
        self.connection.execute(
            update(tables.takedown_references).where(columns.takedown_id == takedown_id).values(decision_id=decision_id)
        )
        self._changed.note(takedown_id)

    def drop_reference(self, takedown_id: TakedownId, media_id: MediaId) -> None:
        """Take a reference back."""
        self._forget_references()
        columns = tables.takedown_references.c
        self.connection.execute(
            delete(tables.takedown_references).where(columns.takedown_id == takedown_id, columns.media_id == media_id)
        )
        self._changed.note(takedown_id)

    def _forget_references(self) -> None:
        self._references_ahead.clear()
        self._made_here.clear()

    def _insert_references(self, rows: list[dict[str, str]]) -> None:
        write(self.connection, insert_into(tables.takedown_references), rows)


class SqlCommonParts:
    """Which parts of references strangers' pictures have too."""

    def __init__(self, connection: Connection, *, writes: CollectedWrites) -> None:
        self._connection = connection
        self._writes = writes

    def add(self, parts: Sequence[CommonPart]) -> None:
        """Store what strangers share; of a stranger and a reference the last counts."""
        columns = tables.common_parts.c
        for part in parts:
            known = (columns.media_id == part.media_id, columns.seen_in == part.seen_in)
            self._connection.execute(delete(tables.common_parts).where(*known))
        if parts:
            rows = [
                {"media_id": one.media_id, "seen_in": one.seen_in, "stranger": one.stranger.value, "blocks": one.blocks}
                for one in parts
            ]
            self._connection.execute(insert_into(tables.common_parts), rows)

    def of(self, media_ids: Iterable[MediaId]) -> dict[MediaId, list[CommonPart]]:
        """List what is known of references, by reference; those of which nothing is known are left out."""
        columns = tables.common_parts.c
        found: dict[MediaId, list[CommonPart]] = {}
        for ids in portions(media_ids):
            query = select(tables.common_parts).where(columns.media_id.in_(ids)).order_by(columns.seen_in)
            for row in self._connection.execute(query).mappings():
                part = CommonPart(MediaId(row["media_id"]), row["seen_in"], Stranger(row["stranger"]), row["blocks"])
                found.setdefault(part.media_id, []).append(part)
        return found

    def erase(self, media_ids: Iterable[MediaId]) -> None:
        """Forget what is known of references that are erased."""
        for ids in portions(media_ids):
            self._connection.execute(delete(tables.common_parts).where(tables.common_parts.c.media_id.in_(ids)))

    def forget(self, seen_in: str) -> None:
        """Forget what was learned from an upload, or from another takedown: it is no stranger."""
        self._writes.put(Kind.DELETE, tables.common_parts, seen_in, seen_in, self._forget)

    def _forget(self, seen_in: Sequence[str]) -> None:
        self._connection.execute(_FORGET_SEEN_IN, {"strangers": list(seen_in)})
