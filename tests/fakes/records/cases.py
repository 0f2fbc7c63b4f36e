"""Reports, cases, decisions, appeals and the audit log (`casework/ports/records/cases.py`)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from casework.domain.cases.appeal import Appeal, AppealState
from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.handles import Handle, Handles, as_searched
from casework.domain.cases.listing import CaseFilter, CaseGroup, GroupBy, GroupKey, Order
from casework.domain.cases.message import Message
from casework.domain.cases.report import Report, ReporterHistory, ReportPattern
from casework.domain.cases.second_look import FirstAnswer
from casework.domain.facts import Facts
from casework.domain.ids import first_id
from casework.domain.keeping.audit import FIRST_LINK, AuditEntry, AuditRow, chained
from tests.fakes.base import FakeRows
from tests.fakes.records.uploads import FakeUploads


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

    def __init__(self, reports: FakeReports, decisions: "FakeDecisions") -> None:
        super().__init__("case")
        self._reports = reports
        self._decisions = decisions
        self._handles: dict[str, set[tuple[Handle, str]]] = {}

    def find_by(self, case_id: str, handles: Handles) -> None:
        self.get(case_id)
        self._handles[case_id] = set(handles)

    def listed(
        self, asked: CaseFilter, *, now: datetime, after: str | None, limit: int
    ) -> tuple[list[Case], str | None]:
        found = [one for one in self.rows.values() if self._is_asked_for(one, asked, now)]
        newest = asked.order is Order.NEWEST
        ordered = sorted(found, key=lambda one: one.id, reverse=True) if newest else sorted(found, key=_by_deadline)
        before = [one for one in ordered if after is not None and self._cursor(one, asked) == after]
        later = ordered[ordered.index(before[0]) + 1 :] if before else ordered
        last = later[limit - 1] if len(later) > limit else None
        return later[:limit], None if last is None else self._cursor(last, asked)

    def _is_asked_for(self, case: Case, asked: CaseFilter, now: datetime) -> bool:
        handles = self._handles.get(case.id, set())
        wanted = {"state": asked.state, "queue": asked.queue, "takedown_id": asked.takedown_id}
        wanted["strength"] = asked.strength
        return (
            all(value is None or getattr(case, name) == value for name, value in wanted.items())
            and (asked.uploader_id is None or (Handle.UPLOADER, asked.uploader_id) in handles)
            and (asked.of_person is None or self._is_of_person(case, asked.of_person, now))
            and (asked.text is None or self._is_named(case, asked.text.strip(), handles))
        )

    def _is_of_person(self, case: Case, actor_id: str, now: datetime) -> bool:
        if case.is_open:  # only open cases have a lease
            return case.claimed_by == actor_id and case.claimed_until is not None and case.claimed_until > now
        return any(one.decided_by == actor_id for one in self._decisions.of_case(case.id))

    def _is_named(self, case: Case, text: str, handles: set[tuple[Handle, str]]) -> bool:
        report = self._reports.of_case(case.id)
        ids = {case.id, case.upload_id, case.takedown_id, case.report_id}
        number = None if report is None else report.receipt_number
        return text in ids or text.upper() == number or any((one, as_searched(one, text)) in handles for one in Handle)

    @staticmethod
    def _cursor(case: Case, asked: CaseFilter) -> str:
        return case.id if asked.order is Order.NEWEST else f"{case.deadline.isoformat()}~{case.id}"

    def groups(self, by: GroupBy, *, after: str | None, limit: int) -> tuple[list[CaseGroup], str | None]:
        found: dict[GroupKey, list[Case]] = {}
        for case in self._of_matches():
            key = GroupKey(case.takedown_id, case.evidence if by is GroupBy.EVIDENCE else None)
            found.setdefault(key, []).append(case)
        groups = [CaseGroup(key, len(cases), cases[0].deadline) for key, cases in found.items()]
        ordered = sorted(groups, key=lambda one: (one.oldest_deadline, str(one.key)))
        start = 0 if after is None else [str(one.key) for one in ordered].index(after) + 1
        page = ordered[start : start + limit]
        return page, str(page[-1].key) if len(ordered) > start + limit else None

    def members(self, group: GroupKey, *, limit: int) -> tuple[list[str], int]:
        found = [one.id for one in self._of_matches() if _belongs_to(one, group)]
        return found[:limit], len(found)

    def samples(self, groups: Sequence[GroupKey], *, size: int) -> dict[GroupKey, list[Case]]:
        sampled = {}
        for group in groups:
            found = [one for one in self._of_matches() if _belongs_to(one, group)]
            taken = min(size, len(found))
            sampled[group] = [found[-(-n * len(found) // taken)] for n in range(taken)]
        return sampled

    def _of_matches(self) -> list[Case]:
        found = [one for one in self.rows.values() if one.is_open and one.evidence is not None]
        return sorted(found, key=_by_deadline)

    def facts(self, case_ids: Iterable[str]) -> dict[str, Facts]:
        return {one: self.rows[one].facts for one in case_ids if one in self.rows}

    def linked_to(self, takedown_id: str) -> int:
        return len(self.where(linked_takedown_id=takedown_id))

    def resting_on(self, takedown_id: str, upload_ids: Sequence[str]) -> list[Case]:
        return [one for one in self.where(takedown_id=takedown_id) if one.upload_id in upload_ids]

    def uploads_resting_on(self, takedown_id: str) -> list[str]:
        return sorted({one.upload_id for one in self.where(takedown_id=takedown_id) if one.upload_id is not None})


def _belongs_to(case: Case, group: GroupKey) -> bool:
    return case.takedown_id == group.takedown_id and group.evidence in (None, case.evidence)


def _by_deadline(case: Case) -> tuple[datetime, str]:
    return case.deadline, case.id


class FakeDecisions(FakeRows[Decision]):
    """Of `ports.Decisions`."""

    cases: "FakeCases | None" = None

    def of_case(self, case_id: str) -> list[Decision]:
        return self.where(case_id=case_id)

    def about_copies(self, since: datetime, endings: Collection[str], *, limit: int) -> list[FirstAnswer]:
        found = [
            FirstAnswer(
                decision_id=one.id,
                case_id=one.case_id,
                is_copy=one.outcome is DecisionOutcome.UPHOLD,
                decided_by=one.decided_by,
                approved_by=one.approved_by,
                decided_at=one.decided_at,
            )
            for one in self.where(state=DecisionState.EFFECTIVE)
            if one.outcome in (DecisionOutcome.UPHOLD, DecisionOutcome.REJECT)
            and one.id >= first_id("dec", since)
            and one.id[-2:] in endings
            and not one.decided_by.startswith("policy:")
            and self.cases is not None
            and self.cases.get(one.case_id).upload_id is not None
            and self.cases.get(one.case_id).takedown_id is not None
        ]
        return sorted(found, key=lambda one: one.decision_id)[-limit:]

    def awaiting(self, case_ids: Iterable[str]) -> dict[str, Decision]:
        waiting = self.where(state=DecisionState.AWAITING_APPROVAL)
        return {one.case_id: one for one in waiting if one.case_id in set(case_ids)}


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

    def subjects_of(self, actor_id: str, actions: Collection[str], subject_ids: Iterable[str]) -> set[str]:
        done = {one.subject_id for one in self.entries if one.actor_id == actor_id and one.action in actions}
        return done & set(subject_ids)

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
