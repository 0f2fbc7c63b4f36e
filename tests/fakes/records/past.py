"""What the policy is asked about again (`casework/ports/records/past.py`)."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from casework.domain.cases.case import Queue
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.past import OpenCase, PastDecision, PastMatch, PastTakedown
from casework.domain.takedowns.upload import Match

if TYPE_CHECKING:
    from tests.fakes.unit_of_work import FakeUnitOfWork

SKIPPED = (Queue.QUARANTINES, Queue.MINORS)
"""Queues in which no rule is asked."""

PastT = TypeVar("PastT", OpenCase, PastDecision)


class FakePast:
    """Of `ports.Past`."""

    def __init__(self, record: "FakeUnitOfWork") -> None:
        self._record = record

    def open_cases(self, *, after: str | None, limit: int, since: datetime | None = None) -> list[OpenCase]:
        waiting = (one for one in self._record.cases.rows.values() if one.is_open and one.queue not in SKIPPED)
        return _page(
            (OpenCase(one.id, one.id, one.facts) for one in waiting if _new(one.opened_at, since)), after, limit
        )

    def decisions(self, *, after: str | None, limit: int, since: datetime | None = None) -> list[PastDecision]:
        made = (one for one in self._record.decisions.rows.values() if _new(one.decided_at, since))
        past = (
            PastDecision(
                position=one.id,
                decision_id=one.id,
                case_id=one.case_id,
                takedown_id=one.takedown_id,
                outcome=one.outcome,
                by_policy=one.decided_by.startswith("policy:"),
                rule=one.recommendation.rule,
                recommended=one.recommendation.outcome,
                hash_action=one.recommendation.hash_action,
                facts=one.facts,
            )
            for one in made
        )
        return _page(past, after, limit)

    def matches(
        self, *, after: str | None, limit: int, since: datetime | None = None, with_evidence: bool
    ) -> list[PastMatch]:
        found = [
            self._match(position, upload_id, match, with_evidence=with_evidence)
            for position, (upload_id, match, _) in enumerate(self._record.matches.rows, start=1)
            if _new(self._record.matches.matched_at(upload_id, match), since)
        ]
        return [one for one in found if after is None or int(one.position) > int(after)][:limit]

    def count(self, *, since: datetime | None = None) -> int:
        many = len(self._record.matches.rows) + len(self._record.cases.rows) + len(self._record.decisions.rows)
        cases, decisions = (read(after=None, limit=many, since=since) for read in (self.open_cases, self.decisions))
        matches = self.matches(after=None, limit=many, since=since, with_evidence=False)
        return len(cases) + len(decisions) + len(matches)

    def _match(self, position: int, upload_id: str, match: Match, *, with_evidence: bool) -> PastMatch:
        upload = self._record.uploads.get(upload_id)
        takedown = self._record.takedowns.get(match.takedown_id)
        case = None if upload.case_id is None else self._record.cases.get(upload.case_id)
        ended_undecided = not takedown.state.stands and takedown.effective_at is None
        return PastMatch(
            position=str(position),
            upload_id=upload_id,
            case_id=upload.case_id,
            case_state=None if case is None else case.state,
            takedown=PastTakedown(
                takedown_id=takedown.id,
                origin=self._record.cases.get(takedown.case_id).facts,
                decided=self._record.decisions.get(takedown.decision_id).facts,
                hash_action=takedown.hash_action,
                interim=takedown.source is None and (takedown.is_interim or ended_undecided),
                quarantined=takedown.quarantined_at is not None,
                source=takedown.source,
                lacks=takedown.trust_lacks,
            ),
            by_subject=upload.uploader_id is not None and upload.uploader_id == takedown.subject_uploader_id,
            claimed=self._record.media.get(match.media_id).is_claimed,
            strength=match.strength,
            agreeing=match.agreeing,
            evidence=match.evidence if with_evidence else None,
            named=not match.evidence,
            verdict=match.verdict,
            rule=match.rule,
            settled=_settled(match),
        )


def _settled(match: Match) -> DecisionOutcome | None:
    if match.dismissed_by is not None:
        return DecisionOutcome.REJECT
    return None if match.confirmed_by is None else DecisionOutcome.UPHOLD


def _new(at: datetime, since: datetime | None) -> bool:
    return since is None or at >= since


def _page(found: Iterable[PastT], after: str | None, limit: int) -> list[PastT]:
    later = (one for one in found if after is None or one.position > after)
    return sorted(later, key=lambda one: one.position)[:limit]
