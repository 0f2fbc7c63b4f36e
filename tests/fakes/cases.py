"""Reports, cases, decisions, appeals and the audit log (`casework/ports/cases.py`)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from casework.domain.audit import FIRST_LINK, AuditEntry, AuditRow, chained
from casework.domain.cases.appeal import Appeal, AppealState
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.message import Message
from casework.domain.cases.report import Report, ReporterHistory, ReportPattern
from casework.domain.facts import Facts
from tests.fakes.base import FakeRows
from tests.fakes.uploads import FakeUploads


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
            if decision.state is DecisionState.EFFECTIVE
            and decision.outcome in (DecisionOutcome.UPHOLD, DecisionOutcome.REJECT)
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

    def facts(self, case_ids: Iterable[str]) -> dict[str, Facts]:
        return {one: self.rows[one].facts for one in case_ids if one in self.rows}

    def linked_to(self, takedown_id: str) -> int:
        return len(self.where(linked_takedown_id=takedown_id))

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

    def __init__(self, uploads: FakeUploads) -> None:
        super().__init__("appeal")
        self._uploads = uploads

    def of_decision(self, decision_id: str) -> list[Appeal]:
        return self.where(decision_id=decision_id)

    def of_case(self, case_id: str) -> list[Appeal]:
        return self.where(case_id=case_id)

    def of_upload(self, upload_id: str) -> list[Appeal]:
        return self.where(upload_id=upload_id)

    def state_page(
        self, *, states: Sequence[AppealState], after: str | None, limit: int, owner_id: str | None = None
    ) -> tuple[list[Appeal], str | None]:
        listed = (one for one in self.rows.values() if one.state in states)
        if owner_id is not None:
            seen = {one.id for one in self._uploads.rows.values() if one.registered_by in (None, owner_id)}
            listed = (one for one in listed if one.upload_id in seen)
        return self.page(listed, after=after, limit=limit)


class FakeMessages(FakeRows[Message]):
    """Of `ports.Messages`."""

    def of_case(self, case_id: str) -> list[Message]:
        return sorted(self.where(case_id=case_id), key=lambda one: (one.at, one.id))


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
