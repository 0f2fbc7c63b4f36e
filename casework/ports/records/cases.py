"""
Reports, the cases they open, what is decided about these, and who did what.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from casework.domain.cases.appeal import Appeal, AppealState
from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision
from casework.domain.cases.handles import Handles
from casework.domain.cases.listing import CaseFilter, CaseGroup, GroupBy, GroupKey
from casework.domain.cases.message import Message
from casework.domain.cases.report import Report, ReporterHistory, ReportPattern
from casework.domain.cases.second_look import FirstAnswer
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, DecisionId, TakedownId, UploadId
from casework.domain.keeping.audit import AuditEntry, AuditRow


class Reports(Protocol):
    """Reports, as received."""

    def add(self, report: Report) -> None:
        """Store a new one."""

    def get(self, report_id: str, *, lock: bool = False) -> Report:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def many(self, report_ids: Iterable[str]) -> dict[str, Report]:
        """Read several; ids without a row are left out."""

    def update(self, report: Report) -> None:
        """Store what is left of it once it is erased."""

    def of_case(self, case_id: CaseId) -> Report | None:
        """Return the report that opened a case, or None if a match did."""

    def by_receipt(self, number: str) -> Report | None:
        """Return the report with this receipt number."""

    def pattern(self, target: str, *, since: datetime) -> ReportPattern:
        """Measure the reports about a target since a moment."""

    def cases_about(self, target: str, *, since: datetime) -> list[CaseId]:
        """List the cases reports about a target opened since a moment."""

    def history(self, reporter_key: str) -> ReporterHistory:
        """Count what became of a reporter's reports."""


class Cases(Protocol):
    """Cases and the lists moderators work from."""

    def add(self, case: Case) -> None:
        """Store a new one."""

    def get(self, case_id: str, *, lock: bool = False) -> Case:
        """
        Read one; with `lock`, keep others from deciding it until this transaction ends.

        Raises:
            NotFoundError: If there is none.
        """

    def many(self, case_ids: Iterable[str]) -> dict[str, Case]:
        """Read several; ids without a row are left out."""

    def facts(self, case_ids: Iterable[str]) -> dict[str, Facts]:
        """Read the facts of several, and nothing else of them."""

    def update(self, case: Case) -> None:
        """Store its new state."""

    def find_by(self, case_id: CaseId, handles: Handles) -> None:
        """Let lists find a case by these, and by no others."""

    def listed(
        self, asked: CaseFilter, *, now: datetime, after: str | None, limit: int
    ) -> tuple[list[Case], str | None]:
        """
        List the cases that a filter asks for, in the order it asks for.

        Args:
            asked: The filter.

            now: When it is asked; leases run out.

            after: The cursor of the page before; None for the first.

            limit: How many at most.

        Returns:
            Up to `limit` cases, and the cursor of the next page or None.

        Raises:
            CursorError: If `after` is not a cursor this list gave.
        """

    def groups(self, by: GroupBy, *, after: str | None, limit: int) -> tuple[list[CaseGroup], str | None]:
        """
        List the groups of open cases that ask about matches, by their oldest deadline.

        Args:
            by: What the cases of a group have in common.

            after: The cursor of the page before; None for the first.

            limit: How many at most.

        Raises:
            CursorError: If `after` is not a cursor this list gave.
        """

    def members(self, group: GroupKey, *, limit: int) -> tuple[list[CaseId], int]:
        """List the ids of a group's cases, the first `limit` by deadline, and say how many there are in all."""

    def samples(self, groups: Sequence[GroupKey], *, size: int) -> dict[GroupKey, list[Case]]:
        """Take cases out of each of these groups, as many as `size`, evenly from the first due to the last."""

    def linked_to(self, takedown_id: TakedownId) -> int:
        """Count the reports of media that this takedown held already."""

    def resting_on(self, takedown_id: TakedownId, upload_ids: Sequence[UploadId]) -> list[Case]:
        """List the cases that matches of these uploads with a takedown opened."""

    def uploads_resting_on(self, takedown_id: TakedownId) -> list[UploadId]:
        """List the uploads of all cases that matches of a takedown opened."""


class Decisions(Protocol):
    """Everything that was ever decided."""

    def add(self, decision: Decision) -> None:
        """Store a new one."""

    def get(self, decision_id: str, *, lock: bool = False) -> Decision:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, decision: Decision) -> None:
        """Store its new state."""

    def of_case(self, case_id: CaseId) -> list[Decision]:
        """List the decisions about a case, oldest first."""

    def about_copies(self, since: datetime, endings: Collection[str], *, limit: int) -> list[FirstAnswer]:
        """
        List what people said of matches since a moment, where it stands: the latest, the earliest of them first.

        Args:
            since: When it was decided, at the earliest.

            endings: Two characters each: only decisions whose ids end so.

            limit: How many at most.
        """

    def awaiting(self, case_ids: Iterable[CaseId]) -> dict[CaseId, Decision]:
        """Read the decision of each of these cases that waits for a second person; cases without one are left out."""


class Appeals(Protocol):
    """Appeals against decisions."""

    def add(self, appeal: Appeal) -> None:
        """Store a new one."""

    def get(self, appeal_id: str, *, lock: bool = False) -> Appeal:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, appeal: Appeal) -> None:
        """Store its new state."""

    def of_decision(self, decision_id: DecisionId) -> list[Appeal]:
        """List the appeals against a decision."""

    def of_case(self, case_id: CaseId) -> list[Appeal]:
        """List the appeals about what was, or is to be, decided in a case, oldest first."""

    def of_upload(self, upload_id: UploadId) -> list[Appeal]:
        """List the appeals for who posted an upload, oldest first."""

    def state_page(
        self, *, states: Sequence[AppealState], after: str | None, limit: int, owner_id: str | None = None
    ) -> tuple[list[Appeal], str | None]:
        """List by id, which is by age; with an owner, only those about uploads of theirs and of the operator."""


class Messages(Protocol):
    """What reporters and moderators wrote to each other."""

    def add(self, message: Message) -> None:
        """Store a new one."""

    def update(self, message: Message) -> None:
        """Store what is left of it once it is erased."""

    def of_case(self, case_id: CaseId) -> list[Message]:
        """List the messages of a case, oldest first."""


class AuditLog(Protocol):
    """What was done, by whom; append-only, each row chained to the one before it."""

    def add(self, entry: AuditEntry) -> None:
        """Write one row."""

    def of(self, subject_ids: Iterable[str]) -> list[AuditEntry]:
        """List what was done to these, oldest first."""

    def subjects_of(self, actor_id: str, actions: Collection[str], subject_ids: Iterable[str]) -> set[str]:
        """Return to which of these somebody did one of these acts, by what was committed before."""

    def was_recorded(self, actor_id: str, action: str, subject_id: str, *, since: datetime) -> bool:
        """Tell whether somebody did this to a thing since a moment, by what was committed before."""

    def page(
        self, *, after: int, limit: int, actor_id: str | None = None, subject_id: str | None = None
    ) -> list[AuditRow]:
        """
        Read in order.

        Args:
            after: The position read up to; 0 at first.

            limit: How many at most.

            actor_id: Only what this person or key did.

            subject_id: Only what was done to this.
        """

    def rows(self) -> Iterator[AuditRow]:
        """Read all of it in order, a portion at a time."""

    def end(self) -> tuple[int, bytes]:
        """Return the position and the hash of the newest row; 0 and `FIRST_LINK` if there is none."""

    def erase_details(self, subject_ids: Sequence[str], *, action_ends: str = "") -> int:
        """
        Erase what was written beside acts; who did what, to what and when stays.

        Args:
            subject_ids: What they were done to.

            action_ends: How their tags end; all acts if left out.

        Returns:
            How many rows.
        """
