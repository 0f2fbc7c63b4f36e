"""
A case: the one place where something is decided, whether a report or a match opened it.

    open -> decided                        by a decision that takes effect at once
    open -> awaiting_approval -> decided   when a second person must agree
    open -> open                           when information is asked for
    decided -> open                        when a rejection is overturned on appeal
    any state -> open, in the queue `minors`   once the person depicted may be under 18

Invariant: a case is decided once at a time; of two who decide it, one wins and the other is told so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from casework.domain.cases.minor import MinorBy
from casework.domain.errors import CaseClaimedError, WrongStateError
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, ReportId, TakedownId, UploadId
from casework.domain.takedowns.evidence_kind import kind_of
from casework.domain.takedowns.upload import Match
from matcher.strength import Strength

LEASE = timedelta(minutes=15)


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    AWAITING_APPROVAL = "awaiting_approval"
    DECIDED = "decided"


class Queue(StrEnum):
    """Which list of work a case waits in."""

    REPORTS = "reports"
    MATCHES = "matches"
    APPEALS = "appeals"
    CAMPAIGNS = "campaigns"
    QUARANTINES = "quarantines"
    MINORS = "minors"
    IMPORTS = "imports"
    """Of hashes that came from others: decided as they are imported, so nobody waits in it."""


@dataclass(frozen=True, slots=True)
class Case:
    """
    One thing to decide.

    Args:
        id: Its identifier.

        queue: Where it waits.

        state: Where it stands.

        opened_at: When.

        deadline: When an answer is due: 48 hours after receipt of the report that led to it.

        facts: What is known, as the policy's facts.

        report_id: The report that opened it, or None.

        upload_id: The upload whose match opened it, or None.

        takedown_id: For a match, the takedown that was matched; for a quarantine, the one that is in it.

        claimed_by: Actor who holds the lease, or None.

        claimed_until: When the lease ends.

        linked_takedown_id: The takedown that held the reported media when it was reported, or None.

        strength: How sure the match is that it asks about; None of a report, and of a quarantine.

        evidence: The kind of evidence that match rests on, by its key (`EvidenceKind`), or None.

        note: Why it is special ("low quality: banked as exact and review"), or None.

        minor: How it is known that the person depicted may be under 18; None while nothing says so.

        minor_by: Actor by whom.
    """

    id: CaseId
    queue: Queue
    state: CaseState
    opened_at: datetime
    deadline: datetime
    facts: Facts
    report_id: ReportId | None = None
    upload_id: UploadId | None = None
    takedown_id: TakedownId | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    note: str | None = None
    linked_takedown_id: TakedownId | None = None
    minor: MinorBy | None = None
    minor_by: str | None = None
    strength: Strength | None = None
    evidence: str | None = None

    @property
    def opened_by_match(self) -> bool:
        """Whether an upload's match, not a report, opened it."""
        return self.report_id is None

    @property
    def is_of_a_list(self) -> bool:
        """Whether neither a report nor an upload opened it: hashes of others were imported."""
        return self.report_id is None and self.upload_id is None

    @property
    def asks_about_takedown(self) -> bool:
        """Whether it asks what is to become of a takedown in quarantine, not of one post."""
        return self.queue is Queue.QUARANTINES

    @property
    def is_open(self) -> bool:
        """Whether it waits to be decided."""
        return self.state is CaseState.OPEN

    def claim(self, actor_id: str, now: datetime) -> "Case":
        """
        Take the lease, or renew it.

        Raises:
            WrongStateError: If the case is decided.
            CaseClaimedError: If somebody else holds it.
        """
        self.require_open()
        self.require_unclaimed_by_others(actor_id, now)
        return replace(self, claimed_by=actor_id, claimed_until=now + LEASE)

    def release(self, actor_id: str, now: datetime) -> "Case":
        """
        Give the lease back.

        Raises:
            CaseClaimedError: If somebody else holds it.
        """
        self.require_unclaimed_by_others(actor_id, now)
        return replace(self, claimed_by=None, claimed_until=None)

    def require_open(self) -> None:
        """
        Refuse work on a case that is no longer open.

        Raises:
            WrongStateError: Naming the state.
        """
        if not self.is_open:
            message = f"case {self.id} is {self.state.value}; only an open case can be worked on"
            raise WrongStateError(message)

    def require_unclaimed_by_others(self, actor_id: str, now: datetime) -> None:
        """
        Respect a colleague's lease.

        Raises:
            CaseClaimedError: Naming the holder and the end of the lease.
        """
        if self.is_held_by_another(actor_id, now):
            message = f"case {self.id} is claimed by {self.claimed_by} until {self.claimed_until:%Y-%m-%dT%H:%M:%SZ}"
            raise CaseClaimedError(message)

    def leaving_adult_route(self, minor: MinorBy, by: str, *, deadline: datetime) -> "Case":
        """Return the case in the queue `minors`, open, its lease given back; a decided one gets a new deadline."""
        deadline = self.deadline if self.state is not CaseState.DECIDED else deadline
        opened = self.moved_to(CaseState.OPEN)
        return replace(opened, queue=Queue.MINORS, minor=minor, minor_by=by, deadline=deadline)

    def back_on_adult_route(self, state: CaseState) -> "Case":
        """Return the case in the queue it came from: the person depicted is of age."""
        queue = Queue.IMPORTS if self.is_of_a_list else Queue.MATCHES if self.opened_by_match else Queue.REPORTS
        return replace(self.moved_to(state), queue=queue, minor=None, minor_by=None)

    def is_held_by_another(self, actor_id: str, now: datetime) -> bool:
        """Tell whether a colleague works on it."""
        held = self.claimed_by is not None and self.claimed_until is not None and now < self.claimed_until
        return held and self.claimed_by != actor_id

    def with_facts(self, facts: Facts) -> "Case":
        """Return the case with other facts."""
        return replace(self, facts=facts)

    def resting_on(self, match: Match) -> "Case":
        """Return the case as one that asks about this match."""
        return replace(self, takedown_id=match.takedown_id, strength=match.strength, evidence=kind_of(match).key)

    def moved_to(self, state: CaseState) -> "Case":
        """Return the case in another state, its lease given back."""
        return replace(self, state=state, claimed_by=None, claimed_until=None)
