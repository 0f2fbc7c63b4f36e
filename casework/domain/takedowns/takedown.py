"""
A takedown: the standing effect of an upheld decision, or, for a while, of what nobody here has decided yet.

    pending -> active -> withdrawn      by the person depicted, or by staff for a mistake
                      -> overturned     by an appeal
    pending -> withdrawn
    interim -> active                   upheld: the same takedown, and no moment between
            -> withdrawn | overturned   rejected, taken back, past its limit, or by an appeal
    imported <-> paused                 the list it came from is matched, or not, for now
             -> withdrawn | overturned  taken back, or the list is deleted
    any that stands, or is paused -> referred   the person depicted may be under 18: nothing of it is kept or matched,
                                        and what it had restricted stays so
    referred -> what it was             that was mistaken

An interim one holds what it matches and blocks nothing (`casework/steps/taking_down/interim.py`). An imported one holds
alike: its hashes came from others (`source`), and nobody here has decided about them; who upholds a copy makes a
takedown of its own. One that stands may be in quarantine, or lack trust (`casework/policy/automation/trust.py`): it
still matches, and nothing acts by itself on what it matches.

Invariant: its items are in the index exactly while it stands, interim, imported or active; those of a paused one are
there, too, and match nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework.domain.banking import HashAction
from casework.domain.errors import WrongStateError
from casework.domain.ids import CaseId, DecisionId, TakedownId
from casework.domain.takedowns.trust import Lack


class TakedownState(StrEnum):
    """Whether its signals are matched."""

    PENDING = "pending"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    OVERTURNED = "overturned"
    INTERIM = "interim"
    IMPORTED = "imported"
    PAUSED = "paused"
    REFERRED = "referred"

    @property
    def stands(self) -> bool:
        """Whether its signals are matched, and what matches is restricted."""
        return self in STANDING

    @property
    def restricts(self) -> bool:
        """Whether what it has matched stays restricted."""
        return self.stands or self is TakedownState.REFERRED


STANDING = (TakedownState.ACTIVE, TakedownState.INTERIM, TakedownState.IMPORTED)
"""States in which a takedown is matched."""

_OF_A_LIST = (TakedownState.IMPORTED, TakedownState.PAUSED)


@dataclass(frozen=True, slots=True)
class Takedown:
    """
    What was taken down, by which decision, and how copies of it are handled.

    Args:
        hash_action: How its signals are banked.

        subject_uploader_id: Account of the person depicted; their own uploads are no violation.

        low_quality: Whether a reference is of PDQ quality below 50 and so acts by itself on exact copies alone.

        most_uploaders: The most people whose uploads it matched within one `FLOOD_WINDOW`, where that was counted.

        agreed_uploaders: How many people a person has agreed that it matches; 0 if nobody was asked.

        quarantined_at: Since when nothing acts by itself on it; None while it acts.

        quarantine_reason: Why, in a sentence.

        quarantine_case_id: The case that asks a person; the last one, once it acts again.

        interim_since: Of one that began as an interim takedown: since when; None for all others.

        interim_until: Of one that is interim: when it ends by itself; None for one that waits for a decision alone.

        source: Of one whose hashes came from others: the list they are on; None for all others.

        trust_lacks: What is lacking before copies are blocked without a person; of one that would block them.
    """

    id: TakedownId
    case_id: CaseId
    decision_id: DecisionId
    state: TakedownState
    hash_action: HashAction
    created_at: datetime
    effective_at: datetime | None = None
    reversed_at: datetime | None = None
    reversed_by: str | None = None
    reversal_reason: str | None = None
    subject_uploader_id: str | None = None
    low_quality: bool = False
    most_uploaders: int = 0
    agreed_uploaders: int = 0
    quarantined_at: datetime | None = None
    quarantine_reason: str | None = None
    quarantine_case_id: CaseId | None = None
    interim_since: datetime | None = None
    interim_until: datetime | None = None
    source: str | None = None
    trust_lacks: tuple[Lack, ...] = ()

    @property
    def acts_by_itself(self) -> bool:
        """Whether a copy may be blocked without a person."""
        undecided = self.is_interim or self.is_imported or self.state is TakedownState.REFERRED
        is_free = self.quarantined_at is None and not undecided and not self.trust_lacks
        return is_free and self.hash_action.acts_by_itself

    @property
    def is_imported(self) -> bool:
        """Whether its hashes came from others, and nobody here has decided about them."""
        return self.state in _OF_A_LIST

    @property
    def is_interim(self) -> bool:
        """Whether it stands although nobody has decided yet."""
        return self.state is TakedownState.INTERIM

    @property
    def group(self) -> CaseId | None:
        """The case that asks about all it matches at once: its quarantine's, or, of an interim one, the report's."""
        if self.quarantined_at is not None:
            return self.quarantine_case_id
        return self.case_id if self.is_interim else None

    def activate(self, now: datetime) -> "Takedown":
        """
        Let it take effect.

        Raises:
            WrongStateError: If it is not pending.
        """
        self._require(TakedownState.PENDING)
        return replace(self, state=TakedownState.ACTIVE, effective_at=now)

    def uphold(self, decision_id: DecisionId, hash_action: HashAction, now: datetime) -> "Takedown":
        """
        Let an interim one stand for good.

        Args:
            decision_id: That upheld it.

            hash_action: How its signals are banked from now on.

            now: When.

        Raises:
            WrongStateError: If it is not interim.
        """
        self._require(TakedownState.INTERIM)
        upheld = replace(self, state=TakedownState.ACTIVE, effective_at=now, interim_until=None)
        return replace(upheld, decision_id=decision_id, hash_action=hash_action)

    def refer(self) -> "Takedown":
        """
        Let its signals match no more, and what it had restricted stay so: the person depicted may be under 18.

        Raises:
            WrongStateError: If it neither stands nor is paused.
        """
        self._require(*STANDING, TakedownState.PAUSED)
        return replace(self, state=TakedownState.REFERRED)

    def resume(self) -> "Takedown":
        """
        Let it stand again as it did, without the signals that it had: the person depicted is of age.

        Raises:
            WrongStateError: If it is not referred.
        """
        self._require(TakedownState.REFERRED)
        if self.source is not None:
            return replace(self, state=TakedownState.IMPORTED)
        return replace(self, state=TakedownState.INTERIM if self.effective_at is None else TakedownState.ACTIVE)

    def reverse(self, to: TakedownState, *, by: str, reason: str, now: datetime) -> "Takedown":
        """
        Take it back.

        Args:
            to: `WITHDRAWN` or `OVERTURNED`.

            by: Actor's id.

            reason: What the history says.

            now: When.

        Raises:
            WrongStateError: If it was taken back before.
        """
        self._require(TakedownState.PENDING, TakedownState.PAUSED, *STANDING)
        return replace(self, state=to, reversed_at=now, reversed_by=by, reversal_reason=reason)

    def matched(self, *, matched: bool) -> "Takedown":
        """
        Let one that was imported match, or not, for now.

        Raises:
            WrongStateError: If it was not imported, or was taken back.
        """
        self._require(*_OF_A_LIST)
        return replace(self, state=TakedownState.IMPORTED if matched else TakedownState.PAUSED)

    def quarantine(self, case_id: CaseId, *, reason: str, now: datetime) -> "Takedown":
        """
        Let it no longer act by itself.

        Args:
            case_id: The case that asks a person.

            reason: What that person reads.

            now: When.

        Raises:
            WrongStateError: If it does not stand, or is in quarantine already.
        """
        self._require(*STANDING)
        if self.quarantined_at is not None:
            message = f"takedown {self.id} is in quarantine since {self.quarantined_at:%Y-%m-%dT%H:%M:%SZ}"
            raise WrongStateError(message)
        return replace(self, quarantined_at=now, quarantine_reason=reason, quarantine_case_id=case_id)

    def lift_quarantine(self, *, agreed_uploaders: int) -> "Takedown":
        """
        Let it act by itself again.

        Args:
            agreed_uploaders: How many people it may match from now on.

        Raises:
            WrongStateError: If it is not in quarantine, or was taken back.
        """
        self._require(*STANDING)
        if self.quarantined_at is None:
            message = f"takedown {self.id} is not in quarantine; there is nothing to lift"
            raise WrongStateError(message)
        return replace(self, quarantined_at=None, quarantine_reason=None, agreed_uploaders=agreed_uploaders)

    def with_trust(self, lacks: tuple[Lack, ...]) -> "Takedown":
        """Say what is lacking before copies are blocked without a person."""
        return replace(self, trust_lacks=lacks)

    def _require(self, *states: TakedownState) -> None:
        if self.state not in states:
            why = f"; the person it is about may be under 18: case {self.case_id} says what is to be done"
            message = f"takedown {self.id} is {self.state.value}{why if self.state is TakedownState.REFERRED else ''}"
            raise WrongStateError(message)
