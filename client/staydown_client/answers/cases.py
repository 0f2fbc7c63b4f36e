"""Reports, cases and decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from staydown_client.answers.reading import Raw, moment


@dataclass(frozen=True)
class Receipt:
    """
    What a reporter keeps. The secret is shown this once.

    Args:
        number: ``"SD-…"``.

        secret: Whoever has both follows, withdraws and erases the report.
    """

    number: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Report:
    """
    A report that was taken in.

    Args:
        report_id: Of the report.

        case_id: Of its case.

        receipt: For the reporter.

        deadline: When a decision is due.

        missing: What a complete notice still needs.

        raw: All that was said.
    """

    report_id: str
    case_id: str
    receipt: Receipt
    deadline: datetime
    missing: Sequence[str]
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Report":
        """Read one."""
        return cls(
            report_id=raw["report_id"],
            case_id=raw["case_id"],
            receipt=Receipt(raw["receipt"]["number"], raw["receipt"]["secret"]),
            deadline=moment(raw["deadline"]),
            missing=raw["missing"],
            raw=raw,
        )


@dataclass(frozen=True)
class CaseRow:
    """
    A case in a list.

    Args:
        id: Of the case.

        queue: ``"reports"``, ``"matches"``, …

        state: ``"open"`` or ``"decided"``.

        opened_at: When.

        deadline: When a decision is due.

        outcome: What the policy recommends.

        raw: All that was said.
    """

    id: str
    queue: str
    state: str
    opened_at: datetime
    deadline: datetime
    outcome: str
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "CaseRow":
        """Read one."""
        return cls(
            id=raw["id"],
            queue=raw["queue"],
            state=raw["state"],
            opened_at=moment(raw["opened_at"]),
            deadline=moment(raw["deadline"]),
            outcome=raw["outcome"],
            raw=raw,
        )


@dataclass(frozen=True)
class Decision:
    """
    A decision.

    Args:
        decision_id: Of the decision.

        outcome: ``"uphold"``, ``"reject"`` or ``"request_information"``.

        rule: The rule of the policy that recommended.

        takedown_id: What it took down, if anything.

        index_version: The version of the takedowns from which its effect is matched.

        approvals_needed: 1 where another person has to approve it first.

        raw: All that was said.
    """

    decision_id: str
    outcome: str
    rule: str
    takedown_id: str | None
    index_version: int
    approvals_needed: int
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Decision":
        """Read one."""
        return cls(
            decision_id=raw["decision_id"],
            outcome=raw["outcome"],
            rule=raw["rule"],
            takedown_id=raw.get("takedown_id"),
            index_version=raw["index_version"],
            approvals_needed=raw["approvals_needed"],
            raw=raw,
        )
