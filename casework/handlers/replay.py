"""
Trying a policy on what is past: which cases and decisions would come out otherwise under another table or threshold.

    open cases -> decisions -> matches      each in the order of its positions, a page at a time

Invariant: nothing is written, and nothing is held but a read transaction. Whoever asks may stop after any page; what
came out until then is true of what was looked at, and `next` says where to go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from casework.domain.cases.past import OpenCase, PastDecision, PastMatch
from casework.domain.errors import CursorError
from casework.policy.replay.change import PolicyChange
from casework.policy.replay.judging_again import replay_decision, replay_match, replay_open_case
from casework.policy.replay.tally import EXAMPLES, Change, Example, ReplayKind, Tally
from casework.ports.unit_of_work import UnitOfWork

PAGE: Final = 500
"""Things that are read at once."""

ORDER: Final = tuple(ReplayKind)

GoOn = Callable[[int], bool]
"""Gets how many things were looked at since it was asked last; tells whether to go on."""

Step = tuple[Change, Example]


@dataclass(frozen=True, slots=True)
class Place:
    """
    How far a replay is.

    Args:
        kind: What is being looked at.

        after: The last one of these that was; None before the first.
    """

    kind: ReplayKind = ORDER[0]
    after: str | None = None

    @classmethod
    def read(cls, cursor: str | None) -> "Place":
        """
        Read what `cursor` wrote; None is the beginning.

        Raises:
            CursorError: If no replay gave it.
        """
        if cursor is None:
            return cls()
        kind, _, after = cursor.partition("~")
        by_number = kind == ReplayKind.MATCH.value
        if kind not in list(ReplayKind) or len(after) > 40 or (by_number and after and not _is_number(after)):
            message = f"{cursor[:80]!r} is not the cursor of a replay; pass the `next` of an earlier answer"
            raise CursorError(message)
        return cls(ReplayKind(kind), after or None)

    @property
    def cursor(self) -> str:
        """Write it down for the client."""
        return f"{self.kind.value}~{self.after or ''}"


@dataclass(frozen=True, slots=True)
class Replay:
    """
    What a replay brought out.

    Args:
        tally: Counts and examples.

        next: Where to go on; None if all was looked at.
    """

    tally: Tally
    next: Place | None


def replay(
    change: PolicyChange,
    uow: UnitOfWork,
    *,
    since: datetime | None = None,
    start: Place | None = None,
    examples: int = EXAMPLES,
    go_on: GoOn = lambda _: True,
) -> Replay:
    """
    Ask the policy that is tried about everything on record.

    Args:
        change: What is tried.

        uow: Only read from.

        since: Only what was opened, decided or matched since.

        start: Where to begin; the beginning if left out.

        examples: How many to keep of what comes out alike.

        go_on: Asked after each page.
    """
    tally, start = Tally(examples), start or Place()
    for kind in ORDER[ORDER.index(start.kind) :]:
        after = start.after if kind is start.kind else None
        while page := _page(kind, change, uow, after=after, since=since):
            for position, (outcome, example) in page:
                tally.add(outcome, example)
                after = position
            if not go_on(len(page)):
                return Replay(tally, Place(kind, after))
    return Replay(tally, None)


def _page(
    kind: ReplayKind, change: PolicyChange, uow: UnitOfWork, *, after: str | None, since: datetime | None
) -> Sequence[tuple[str, Step]]:
    past, found = uow.past, []
    match kind:
        case ReplayKind.OPEN_CASE:
            cases = past.open_cases(after=after, limit=PAGE, since=since)
            found = [(one.position, _open_case(one, change)) for one in cases]
        case ReplayKind.DECISION:
            decisions = past.decisions(after=after, limit=PAGE, since=since)
            found = [(one.position, _decision(one, change)) for one in decisions]
        case ReplayKind.MATCH:
            weighed = bool(change.thresholds)
            matches = past.matches(after=after, limit=PAGE, since=since, with_evidence=weighed)
            found = [(one.position, _match(one, change)) for one in matches]
    return found


def _open_case(case: OpenCase, change: PolicyChange) -> Step:
    replayed = replay_open_case(case, change)
    return Change(ReplayKind.OPEN_CASE, replayed.before, replayed.after), Example(case.case_id)


def _decision(decision: PastDecision, change: PolicyChange) -> Step:
    replayed = replay_decision(decision, change)
    outcome = Change(
        ReplayKind.DECISION,
        replayed.before,
        replayed.after,
        decided=decision.outcome.value,
        by_policy=decision.by_policy,
        in_line=replayed.in_line,
    )
    return outcome, Example(decision.case_id, decision_id=decision.decision_id, takedown_id=decision.takedown_id)


def _match(match: PastMatch, change: PolicyChange) -> Step:
    replayed = replay_match(match, change)
    outcome = Change(
        ReplayKind.MATCH,
        replayed.before,
        replayed.after,
        decided=None if match.settled is None else match.settled.value,
        by_policy=None if match.settled is None else False,
        case_state=None if match.case_state is None else match.case_state.value,
    )
    return outcome, Example(match.case_id, upload=match.upload_id, takedown_id=match.takedown.takedown_id)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
