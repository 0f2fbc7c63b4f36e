"""A replay, as it is answered and printed."""

from collections.abc import Mapping, Sequence
from typing import Final

from api.schemas.policy import ReplayChange, ReplayCounts, ReplayExample, ReplayOut, ReplayResult
from casework.domain.verdict import Verdict
from casework.handlers.replay import Replay
from casework.policy.replay.change import PolicyChange
from casework.policy.replay.judging_again import Result
from casework.policy.replay.tally import Change, Line, ReplayKind

MOST_CHANGES: Final = 500
"""Changes that are listed: a table of 200 rules could make more."""


TRUST_UNKNOWN: Final = (
    "What a takedown lacks before it blocks by itself is on record of those that would block under the running table; "
    "of those that would only under the tried one, nothing is counted as lacking."
)


def replay_out(change: PolicyChange, replay: Replay) -> ReplayOut:
    """Write what a replay brought out."""
    lines = replay.tally.lines
    return ReplayOut(
        policy_version=change.running.version,
        tried_version=change.tried.version,
        thresholds=dict(change.thresholds),
        without=sorted(change.trust),
        replayed=_counts(replay.tally.replayed),
        changed=_counts(replay.tally.changed),
        by_another_rule=replay.tally.by_another_rule,
        changes=[_change(*line) for line in lines[:MOST_CHANGES]],
        changes_left_out=max(0, len(lines) - MOST_CHANGES),
        notes=[*change.notes, *([TRUST_UNKNOWN] if _blocks_more(change, lines) else [])],
        complete=replay.next is None,
        next=None if replay.next is None else replay.next.cursor,
    )


def _blocks_more(change: PolicyChange, lines: Sequence[tuple[Change, Line]]) -> bool:
    blocks = Verdict.BLOCK.value
    return change.table is not None and any(one.after.outcome == blocks for one, _ in lines)


def _counts(counts: Mapping[ReplayKind, int]) -> ReplayCounts:
    return ReplayCounts(
        open_cases=counts[ReplayKind.OPEN_CASE],
        decisions=counts[ReplayKind.DECISION],
        matches=counts[ReplayKind.MATCH],
    )


def _change(change: Change, line: Line) -> ReplayChange:
    return ReplayChange(
        of=change.kind,
        before=_result(change.before),
        to=_result(change.after),
        decided=change.decided,
        by_policy=change.by_policy,
        in_line=change.in_line,
        case_state=change.case_state,
        count=line.count,
        examples=[
            ReplayExample(
                case_id=one.case_id, decision_id=one.decision_id, upload=one.upload, takedown_id=one.takedown_id
            )
            for one in line.examples
        ],
    )


def _result(result: Result) -> ReplayResult:
    return ReplayResult(rule=result.rule, outcome=result.outcome, hash_action=result.hash_action)
