"""
What is done with hashes that came from others: put on a list and matched, not matched for now, matched again.

    list_hashes   a takedown in state `imported` for all of them together; its decision says who imported them
    stop_matching an entry's items leave the index, and what was held for it alone is let go
    match_again   they come back, and are looked for among earlier uploads
    take_off      an entry is forgotten, and its takedown taken back with the last of its entries

Invariant: whoever calls has locked the takedowns, so from the commit on no copy slips through. Nothing here blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from casework.domain.actor import Actor
from casework.domain.banking import HashAction
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import BlastRadius, Decision, DecisionOutcome, DecisionState
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, DecisionId, MediaId, TakedownId, new_id
from casework.domain.media import Collection, SubmittedMedia, is_low_quality
from casework.domain.takedowns.hash_list import HashList, ListEntry
from casework.domain.takedowns.sweep import SweepKind
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.policy import POLICY_VERSION
from casework.policy.engine import recommend
from casework.policy.inheritance import inherit
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record
from casework.steps.sweeps import request_sweep
from casework.steps.taking_back.reinstate import realign
from casework.steps.taking_back.reversal import reverse_takedown

LISTED_FACTS = Facts.from_mapping(
    {"reporter": "none", "reporter_depicted": False, "non_consent_stated": False, "context_assessed": False}
)
"""What is known of media of which others sent a hash: nothing, unless who imports it says more."""

TAKEN_OFF = "its list was deleted"
"""Why a takedown ended whose last hash left its list."""

NO_LONGER_LISTED = "what it matched is no longer on the list"


@dataclass(frozen=True, slots=True)
class Listed:
    """
    What was put on a list.

    Args:
        takedown_id: That holds it.

        media_ids: In order.
    """

    takedown_id: TakedownId
    media_ids: Sequence[MediaId]


def list_hashes(
    hash_list: HashList, listed: Sequence[SubmittedMedia], facts: Facts, actor: Actor, uow: UnitOfWork
) -> Listed:
    """
    Let hashes of a list match; whoever calls stores its entries.

    Args:
        hash_list: Stored.

        listed: At least one; together they share a takedown, so at most about a thousand.

        facts: What copies inherit.

        actor: Who imports them.

        uow: The transaction.
    """
    case = Case(
        id=CaseId(new_id("case", uow.now)),
        queue=Queue.IMPORTS,
        state=CaseState.DECIDED,
        opened_at=uow.now,
        deadline=uow.now,
        facts=facts,
        note=f"{len(listed)} hashes of the list {hash_list.name}, which came from others.",
    )
    uow.cases.add(case)
    takedown = Takedown(
        id=TakedownId(new_id("tkd", uow.now)),
        case_id=case.id,
        decision_id=DecisionId(new_id("dec", uow.now)),
        state=TakedownState.IMPORTED if hash_list.is_matched else TakedownState.PAUSED,
        hash_action=HashAction.HOLD_MATCH_ONLY,
        created_at=uow.now,
        low_quality=any(is_low_quality(one) for one in listed),
        source=hash_list.name,
    )
    uow.takedowns.add(takedown)
    uow.decisions.add(_decision(takedown, case, actor, uow))
    media = uow.media.add_many([(one, None, 0) for one in listed])
    media_ids = [one.id for one in media]
    uow.takedowns.add_references(takedown.id, media_ids, takedown.decision_id)
    version = uow.index_log.add_many(Collection.TAKEDOWNS, [(takedown.id, one) for one in media])
    uow.decisions.update(replace(uow.decisions.get(takedown.decision_id), index_version=version))
    request_sweep(SweepKind.SEARCH, takedown.id, takedown.decision_id, uow)
    record(uow, actor, "hashes:imported", takedown.id, source=hash_list.name, hashes=len(listed))
    return Listed(takedown.id, media_ids)


def stop_matching(entry: ListEntry, uow: UnitOfWork) -> None:
    """Take an entry out of the index, and look again at what was held for it."""
    takedown = uow.takedowns.get(entry.takedown_id, lock=True)
    uow.index_log.remove(Collection.TAKEDOWNS, takedown.id, entry.media_id)
    uow.takedowns.drop_reference(takedown.id, entry.media_id)
    for upload_id in uow.matches.resting_on_media(takedown.id, entry.media_id):
        realign(upload_id, takedown, uow, reason=NO_LONGER_LISTED)


def match_again(entry: ListEntry, uow: UnitOfWork) -> None:
    """Put an entry back into the index, unless its takedown was taken back meanwhile."""
    takedown = uow.takedowns.get(entry.takedown_id, lock=True)
    if not takedown.is_imported:
        return
    uow.takedowns.add_reference(takedown.id, entry.media_id, takedown.decision_id)
    uow.index_log.add(Collection.TAKEDOWNS, takedown.id, uow.media.get(entry.media_id))
    request_sweep(SweepKind.SEARCH, takedown.id, takedown.decision_id, uow)


def take_off(entry: ListEntry, actor: Actor, uow: UnitOfWork, *, reason: str = TAKEN_OFF) -> None:
    """
    Forget an entry: what was held for it alone is let go, and its takedown is taken back if nothing else is in it.

    Args:
        entry: Stored.

        actor: Who.

        uow: The transaction.

        reason: Of the takedown's end, if it ends.
    """
    takedown = uow.takedowns.get(entry.takedown_id, lock=True)
    others = set(uow.takedowns.references(takedown.id)) - {entry.media_id}
    if takedown.is_imported and not others and not entry.disabled:
        reverse_takedown(takedown, TakedownState.WITHDRAWN, actor, reason, uow)
    elif not entry.disabled:
        stop_matching(entry, uow)
    uow.hash_lists.remove_entry(entry.id)


def _decision(takedown: Takedown, case: Case, actor: Actor, uow: UnitOfWork) -> Decision:
    """Return the decision of who imports: what restricts needs one, like everything else that does."""
    return Decision(
        id=takedown.decision_id,
        case_id=case.id,
        outcome=DecisionOutcome.RESTRICT,
        state=DecisionState.EFFECTIVE,
        decided_by=actor.id,
        decided_at=uow.now,
        note=None,
        override_reason=None,
        recommendation=recommend(inherit(case.facts)).as_recorded(),
        policy_version=POLICY_VERSION,
        facts=case.facts,
        takedown_id=takedown.id,
        blast_radius=BlastRadius(),
    )
