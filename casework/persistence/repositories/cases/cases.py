"""
Reports, the cases they open, what is decided about them and what is appealed, over SQL.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, exists, func, or_, select

from casework.domain.cases.appeal import Appeal, AppealState
from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.handles import Handle, Handles
from casework.domain.cases.listing import CaseFilter, CaseGroup, GroupBy, GroupKey
from casework.domain.cases.report import Report, ReporterHistory, ReportPattern, reporter_key_of, target_of
from casework.domain.cases.second_look import FirstAnswer
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, DecisionId, TakedownId, UploadId, first_id, new_id
from casework.persistence import tables
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.collected_writes import CollectedWrites
from casework.persistence.connection.bulk import insert_into
from casework.persistence.connection.direct import rows_of, write
from casework.persistence.encryption.sealed import SealedRows
from casework.persistence.repositories.cases.case_groups import groups_by, members_of, sampled_from
from casework.persistence.repositories.cases.case_lists import asked_for, cursor_of, page_of
from casework.persistence.repositories.safeguards import cases_about, report_pattern, reporter_history
from casework.persistence.rows import portions
from casework.ports.vault import Vault

_OF_CASE = select(tables.reports).where(tables.reports.c.case_id == bindparam("case"))
_OF_CASES = select(tables.reports).where(tables.reports.c.case_id.in_(bindparam("cases", expanding=True)))
_FACTS = select(tables.cases.c.id, tables.cases.c.facts).where(tables.cases.c.id.in_(bindparam("ids", expanding=True)))
_FACTS_OF = TypeAdapter(Facts)
_BY_RECEIPT = select(tables.reports).where(tables.reports.c.receipt_number == bindparam("number"))

_FORGET_HANDLES = delete(tables.case_handles).where(tables.case_handles.c.case_id == bindparam("case"))

_BY_POLICY = "policy:%"

LOOKED_UP = ("target", "reporter_key")
"""Columns of a report that are compared, never read: they hold a digest that only the keyring can tell."""


class SqlReports(SealedRows[Report]):
    """Reports, as received."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.reports, Report, vault)
        self._read_of_case: dict[CaseId, Report | None] = {}
        """What was read in this transaction: a decision asks for the same report three times."""

    def of_case(self, case_id: CaseId) -> Report | None:
        """Return the report that opened a case, or None."""
        if case_id not in self._read_of_case:
            self._read_of_case[case_id] = self._first(_OF_CASE, {"case": case_id})
        return self._read_of_case[case_id]

    def read_ahead_of_cases(self, case_ids: Iterable[CaseId]) -> None:
        """Read the reports of several cases, for which `of_case` is asked one by one; most cases have none."""
        for ids in portions(case_ids):
            self._read_of_case |= dict.fromkeys(ids)
            for row in self.connection.execute(_OF_CASES, {"cases": ids}).mappings():
                self._read_of_case[row["case_id"]] = self.load(row)

    def add(self, entity: Report) -> None:
        """Insert."""
        self._read_of_case.clear()
        super().add(entity)

    def update(self, entity: Report) -> None:
        """Write every field of an existing row."""
        self._read_of_case.clear()
        super().update(entity)

    def forget_read(self) -> None:
        """Read again what was read: a part of the transaction was undone."""
        super().forget_read()
        self._read_of_case.clear()

    def by_receipt(self, number: str) -> Report | None:
        """Return the report with this receipt number, or None."""
        return self._first(_BY_RECEIPT, {"number": number})

    def pattern(self, target: str, *, since: datetime) -> ReportPattern:
        """Measure the reports about a target since a moment."""
        return report_pattern(self.connection, self._digest("target", target), since)

    def cases_about(self, target: str, *, since: datetime) -> list[CaseId]:
        """List the cases reports about a target opened since a moment."""
        return cases_about(self.connection, self._digest("target", target), since)

    def history(self, reporter_key: str) -> ReporterHistory:
        """Count what became of a reporter's reports."""
        return reporter_history(self.connection, self._digest("reporter_key", reporter_key))

    def load(self, row: Mapping[Any, Any]) -> Report:
        """Turn a row into its object; what reports are looked up by is derived again, since only its digest is kept."""
        report = super().load(row)
        return replace(report, target=target_of(report.content), reporter_key=reporter_key_of(report.reporter))

    def dump(self, entity: Report) -> dict[str, Any]:
        """Turn an object into column values."""
        values = super().dump(entity)
        looked_up = {name: values[name] for name in LOOKED_UP if values[name] is not None}
        return values | {name: self._digest(name, value) for name, value in looked_up.items()}

    def _digest(self, column: str, value: str) -> str:
        return self.vault.digest(value, f"reports/{column}")

    def _first(self, query: Select[Any], asked: Mapping[str, str]) -> Report | None:
        rows = rows_of(self.connection, query, asked)
        return self.load(rows[0]) if rows else None


class SqlCases(SealedRows[Case]):
    """Cases and the lists moderators work from."""

    WRITTEN_HERE_ALONE = True

    def __init__(
        self, connection: Connection, vault: Vault, changed: ChangedRecords, *, writes: CollectedWrites
    ) -> None:
        super().__init__(connection, tables.cases, Case, vault, writes=writes)
        self._changed = changed
        self._found_by_nothing: set[str] = set()
        """Cases that this transaction opened, as long as it let nothing find them."""

    def add(self, entity: Case) -> None:
        """Insert."""
        super().add(entity)
        self._found_by_nothing.add(entity.id)

    def update(self, entity: Case) -> None:
        """Write every field of an existing one."""
        super().update(entity)
        self._changed.note_case(entity.id)

    def find_by(self, case_id: CaseId, handles: Handles) -> None:
        """Let lists find a case by these, and by no others."""
        if case_id not in self._found_by_nothing:
            write(self.connection, _FORGET_HANDLES, {"case": case_id})
        self._found_by_nothing.discard(case_id)
        rows = [{"digest": one, "case_id": case_id} for one in {self._digest(*handle) for handle in handles}]
        if rows:
            write(self.connection, insert_into(tables.case_handles), rows)

    def listed(
        self, asked: CaseFilter, *, now: datetime, after: str | None, limit: int
    ) -> tuple[list[Case], str | None]:
        """List what a filter asks for; the cursor is the place of the page's last case in the order."""
        conditions = asked_for(asked, now=now, digest=self._digest)
        rows = self.connection.execute(page_of(asked, conditions, after=after, limit=limit)).mappings()
        found = [self.load(row) for row in rows]
        return found[:limit], cursor_of(found[limit - 1], asked.order) if len(found) > limit else None

    def groups(self, by: GroupBy, *, after: str | None, limit: int) -> tuple[list[CaseGroup], str | None]:
        """List the groups of open cases, by their oldest deadline."""
        return groups_by(by, self.connection, after=after, limit=limit)

    def members(self, group: GroupKey, *, limit: int) -> tuple[list[CaseId], int]:
        """List the ids of a group's first cases, and say how many there are in all."""
        return members_of(group, self.connection, limit=limit)

    def samples(self, groups: Sequence[GroupKey], *, size: int) -> dict[GroupKey, list[Case]]:
        """Take cases out of each of these groups, evenly from the first due to the last."""
        sampled = sampled_from(groups, self.connection, size=size)
        cases = self.many(one for ids in sampled.values() for one in ids)
        return {group: [cases[one] for one in ids] for group, ids in sampled.items()}

    def facts(self, case_ids: Iterable[str]) -> dict[str, Facts]:
        """Read the facts of several, and nothing else of them."""
        found: dict[str, Facts] = {}
        for ids in portions(case_ids):
            rows = self.connection.execute(_FACTS, {"ids": ids})
            found |= {row.id: _FACTS_OF.validate_python(row.facts) for row in rows}
        return found

    def linked_to(self, takedown_id: TakedownId) -> int:
        """Count the reports of media that a takedown held already."""
        query = select(func.count()).where(self.table.c.linked_takedown_id == takedown_id)
        return int(self.connection.execute(query).scalar_one())

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

    def _digest(self, kind: Handle, value: str) -> str:
        return self.vault.digest(value, f"case_handles/{kind.value}")


class SqlDecisions(SealedRows[Decision]):
    """Everything that was ever decided."""

    WRITTEN_HERE_ALONE = True

    def __init__(self, connection: Connection, vault: Vault, *, writes: CollectedWrites) -> None:
        super().__init__(connection, tables.decisions, Decision, vault, writes=writes)

    def of_case(self, case_id: CaseId) -> list[Decision]:
        """List the decisions about a case, oldest first."""
        query = select(self.table).where(self.table.c.case_id == case_id).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]

    def about_copies(self, since: datetime, endings: Collection[str], *, limit: int) -> list[FirstAnswer]:
        """List what people said of matches since a moment, where it stands: the latest, the earliest of them first."""
        decisions, cases = self.table.c, tables.cases.c
        begin, characters = first_id("dec", since), len(new_id("dec", since))
        query = (
            select(
                decisions.id.label("decision_id"),
                decisions.case_id,
                (decisions.outcome == DecisionOutcome.UPHOLD.value).label("is_copy"),
                decisions.decided_by,
                decisions.approved_by,
                decisions.decided_at,
            )
            .join(tables.cases, cases.id == decisions.case_id)
            .where(
                decisions.id >= begin,
                func.substr(decisions.id, characters - 1, 2).in_(endings),
                decisions.state == DecisionState.EFFECTIVE.value,
                decisions.outcome.in_([DecisionOutcome.UPHOLD.value, DecisionOutcome.REJECT.value]),
                decisions.decided_by.not_like(_BY_POLICY),
                cases.upload_id.is_not(None),
                cases.takedown_id.is_not(None),
            )
            .order_by(decisions.id.desc())
            .limit(limit)
        )
        found = [FirstAnswer(**row) for row in self.connection.execute(query).mappings()]
        return found[::-1]

    def awaiting(self, case_ids: Iterable[CaseId]) -> dict[CaseId, Decision]:
        """Read the decision of each of these cases that waits for a second person."""
        found: dict[CaseId, Decision] = {}
        for some in portions(case_ids):
            waits = self.table.c.state == DecisionState.AWAITING_APPROVAL.value
            query = select(self.table).where(self.table.c.case_id.in_(some), waits)
            decisions = (self.load(row) for row in self.connection.execute(query).mappings())
            found |= {one.case_id: one for one in decisions}
        return found


class SqlAppeals(SealedRows[Appeal]):
    """Appeals against decisions."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.appeals, Appeal, vault)

    def of_decision(self, decision_id: DecisionId) -> list[Appeal]:
        """List the appeals against a decision."""
        return self._listed(self.table.c.decision_id == decision_id)

    def of_case(self, case_id: CaseId) -> list[Appeal]:
        """List the appeals about what was, or is to be, decided in a case, oldest first."""
        return self._listed(self.table.c.case_id == case_id)

    def of_upload(self, upload_id: UploadId) -> list[Appeal]:
        """List the appeals for who posted an upload, oldest first."""
        return self._listed(self.table.c.upload_id == upload_id)

    def state_page(
        self, *, states: Sequence[AppealState], after: str | None, limit: int, owner_id: str | None = None
    ) -> tuple[list[Appeal], str | None]:
        """List by id, which is by age; with an owner, only those about uploads of theirs and of the operator."""
        chosen: list[ColumnElement[bool]] = [self.table.c.state.in_([state.value for state in states])]
        if owner_id is not None:
            uploads = tables.uploads.c
            seen = or_(uploads.registered_by.is_(None), uploads.registered_by == owner_id)
            chosen.append(exists().where(uploads.id == self.table.c.upload_id, seen))
        return self.page(*chosen, after=after, limit=limit)

    def newest_in(
        self, states: Sequence[AppealState], *, before: str | None, limit: int
    ) -> tuple[list[Appeal], str | None]:
        """List the latest first; the second is the id to go on before, or None."""
        return self.newest(self.table.c.state.in_([state.value for state in states]), before=before, limit=limit)

    def _listed(self, condition: ColumnElement[bool]) -> list[Appeal]:
        query = select(self.table).where(condition).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]
