"""Protected media, and what safeguards measure over reports."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.domain.cases.report import ReporterHistory, ReportPattern
from casework.domain.ids import CaseId
from casework.domain.takedowns.protected import Kept, Protected
from casework.persistence import tables
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.encryption.sealed import SealedRows
from casework.ports.vault import Vault

_REPORTS = tables.reports.c


class SqlProtected(SealedRows[Protected]):
    """Media on a list: newsworthy media on which nothing acts by itself, and what is never banked."""

    def __init__(self, connection: Connection, vault: Vault, changed: ChangedRecords) -> None:
        super().__init__(connection, tables.protected, Protected, vault)
        self._changed = changed

    def update(self, entity: Protected) -> None:
        """Write every field of an existing one."""
        super().update(entity)
        self._changed.note(entity.id)

    def listed(self, kept_as: Kept, *, after: str | None, limit: int) -> tuple[list[Protected], str | None]:
        """List what is on a list, by age."""
        columns = self.table.c
        return self.page(columns.removed_at.is_(None), columns.kept_as == kept_as.value, after=after, limit=limit)


def report_pattern(connection: Connection, target: str, since: datetime) -> ReportPattern:
    """Measure the reports about a target since a moment; one without a known reporter counts as another person."""
    person = func.coalesce(_REPORTS.reporter_key, _REPORTS.id)
    about = select(person.label("person"), func.count().label("reports")).where(
        _REPORTS.target == target, _REPORTS.received_at >= since
    )
    people: dict[str, int] = {row.person: row.reports for row in connection.execute(about.group_by(person))}
    earlier = select(_REPORTS.reporter_key).where(_REPORTS.reporter_key.in_(list(people)), _REPORTS.received_at < since)
    known = set(connection.execute(earlier.distinct()).scalars())
    return ReportPattern(reports=sum(people.values()), reporters=len(people), newcomers=len(people.keys() - known))


def cases_about(connection: Connection, target: str, since: datetime) -> list[CaseId]:
    """List the cases reports about a target opened since a moment."""
    query = select(_REPORTS.case_id).where(_REPORTS.target == target, _REPORTS.received_at >= since)
    return [CaseId(one) for one in connection.execute(query.order_by(_REPORTS.case_id)).scalars()]


def reporter_history(connection: Connection, reporter_key: str) -> ReporterHistory:
    """Count what became of a reporter's reports: decided, and rejected."""
    decisions = tables.decisions.c
    query = (
        select(decisions.outcome, func.count().label("decisions"))
        .join(tables.reports, _REPORTS.case_id == decisions.case_id)
        .where(
            _REPORTS.reporter_key == reporter_key,
            decisions.state == DecisionState.EFFECTIVE.value,
            decisions.outcome.in_([DecisionOutcome.UPHOLD.value, DecisionOutcome.REJECT.value]),
        )
        .group_by(decisions.outcome)
    )
    counts: dict[str, int] = {row.outcome: row.decisions for row in connection.execute(query)}
    return ReporterHistory(decided=sum(counts.values()), rejected=counts.get(DecisionOutcome.REJECT.value, 0))
