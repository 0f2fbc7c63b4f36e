"""All of them together, and what is read of all of it: dates, figures (`casework/ports/unit_of_work.py`)."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from casework.domain.cases.appeal import AppealState
from casework.domain.cases.case import CaseState
from casework.domain.events import EventType
from casework.domain.keeping.retention import Dated
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Upload
from casework.domain.verdict import Verdict
from tests.fakes.base import FakeClock
from tests.fakes.records.cases import FakeAppeals, FakeAuditLog, FakeCases, FakeDecisions, FakeMessages, FakeReports
from tests.fakes.records.exchanges import FakeExchangeRecords, FakeExchanges, FakeSendings
from tests.fakes.records.hash_lists import FakeHashLists
from tests.fakes.records.media import FakeCommonParts, FakeMedia, FakeMediaViews, FakeProtected
from tests.fakes.records.operations import FakeErasures, FakeKeptAnswers, FakeKeys
from tests.fakes.records.past import FakePast
from tests.fakes.records.people import FakePeople, FakeSessions
from tests.fakes.records.propagation import FakeDeliveries, FakeDestinations, FakeOutbox, FakeSweeps
from tests.fakes.records.quality import FakeBlindLooks, FakeKnownPairs
from tests.fakes.records.uploads import FakeMatches, FakeTakedowns, FakeUnfinishedSearches, FakeUploads
from tests.fakes.search import FakeIndexLog


def _was_only_interim(takedown: Takedown) -> bool:
    return takedown.interim_since is not None and takedown.effective_at is None and takedown.reversed_at is not None


class FakePastDate:
    """Of `ports.PastDate`."""

    def __init__(self, record: "FakeUnitOfWork") -> None:
        self._record = record

    def due(self, kind: Dated, before: datetime, *, limit: int) -> list[str]:
        listed = {
            Dated.WITHDRAWN: self._withdrawn,
            Dated.REJECTED: self._rejected,
            Dated.UPLOADS: self._uploads,
            Dated.POST_TEXTS: self._post_texts,
        }
        return sorted(listed[kind](before))[:limit]

    def count(self, kind: Dated, before: datetime) -> int:
        return len(self.due(kind, before, limit=len(self._record.uploads.rows) + len(self._record.cases.rows)))

    def _withdrawn(self, before: datetime) -> list[str]:
        ended = (one for one in self._record.takedowns.rows.values() if one.reversed_at and one.reversed_at < before)
        return [
            one.id
            for one in ended
            if self._is_settled(one.case_id)
            and not _was_only_interim(one)
            and not any(other.state.stands for other in self._record.takedowns.of_case(one.case_id))
        ]

    def _rejected(self, before: datetime) -> list[str]:
        return [
            one.id
            for one in self._record.reports.rows.values()
            if self._is_settled(one.case_id)
            and all(_was_only_interim(takedown) for takedown in self._record.takedowns.of_case(one.case_id))
            and all(decision.decided_at < before for decision in self._record.decisions.of_case(one.case_id))
        ]

    def _uploads(self, before: datetime) -> list[str]:
        active = {one.id for one in self._record.takedowns.rows.values() if one.state.stands}
        return [
            one.id
            for one in self._old(before)
            if one.sha256 and one.verdict is Verdict.ALLOW
            if not active & {match.takedown_id for match in self._record.matches.of_upload(one.id)}
        ]

    def _post_texts(self, before: datetime) -> list[str]:
        return [one.id for one in self._old(before) if one.post_text is not None]

    def _old(self, before: datetime) -> list[Upload]:
        return [
            one
            for one in self._record.uploads.rows.values()
            if one.registered_at < before
            and (one.case_id is None or self._record.cases.get(one.case_id).state is CaseState.DECIDED)
        ]

    def _is_settled(self, case_id: str) -> bool:
        appealed = self._record.appeals.where(case_id=case_id, state=AppealState.OPEN)
        decided = self._record.cases.get(case_id).state is CaseState.DECIDED
        return decided and not appealed and self._record.erasures.of_scope(case_id) is None


class FakeFigures:
    """Of `ports.Figures`."""

    def __init__(self, record: "FakeUnitOfWork") -> None:
        self._record = record

    def cases_by_state(self) -> dict[str, int]:
        return dict(Counter(one.state.value for one in self._record.cases.rows.values()))

    def takedowns_by_state(self) -> dict[str, int]:
        return dict(Counter(one.state.value for one in self._record.takedowns.rows.values()))

    def uploads(self) -> int:
        return len(self._record.uploads.rows)


class FakeUnitOfWork:
    """
    Of `ports.UnitOfWork`: the whole record, in memory.

    Args:
        clock: What time it is; moved by a test.
    """

    def __init__(self, clock: FakeClock | None = None, *, preview_retention: timedelta = timedelta(days=1)) -> None:
        self.clock = clock or FakeClock()
        self.decisions = FakeDecisions("decision")
        self.reports = FakeReports(self.decisions)
        self.cases = self.decisions.cases = FakeCases(self.reports, self.decisions)
        self.media = FakeMedia(self.clock, preview_retention)
        self.uploads = FakeUploads("upload")
        self.matches = FakeMatches(self.clock, self.uploads)
        self.media_views = FakeMediaViews(self.matches, self.decisions, self.cases)
        self.takedowns = FakeTakedowns()
        self.hash_lists = FakeHashLists(self.media, self.clock)
        self.exchanges = FakeExchanges()
        self.exchange_records = FakeExchangeRecords()
        self.sendings = FakeSendings(self.exchanges)
        self.index_log = FakeIndexLog()
        self.destinations = FakeDestinations()
        self.deliveries = self.destinations.deliveries = FakeDeliveries("delivery")
        self.outbox = FakeOutbox(self.clock, self.destinations, self.deliveries)
        self.audit = FakeAuditLog()
        self.sweeps = FakeSweeps("lookback")
        self.unfinished = FakeUnfinishedSearches(self.clock)
        self.common_parts = FakeCommonParts()
        self.protected = FakeProtected("protected")
        self.appeals = FakeAppeals(self.uploads)
        self.messages = FakeMessages("case_message")
        self.keys = FakeKeys(self.clock)
        self.people = FakePeople()
        self.sessions = FakeSessions(self.clock)
        self.blind_looks = FakeBlindLooks("blind_look")
        self.known_pairs = FakeKnownPairs(self.blind_looks)
        self.kept_answers = FakeKeptAnswers(self.clock)
        self.erasures = FakeErasures("erasure")
        self.past_date = FakePastDate(self)
        self.figures = FakeFigures(self)
        self.past = FakePast(self)

    @property
    def now(self) -> datetime:
        """The moment the clock shows."""
        return self.clock.now()

    def told(self, *types: EventType) -> list[dict[str, object]]:
        """Return what downstream is told, of some types or of all, in order."""
        return [one.data for one in self.outbox.events if not types or one.type in types]

    def audited(self) -> dict[str, list[str]]:
        """Return the actions of the audit log by what they were done to."""
        actions: dict[str, list[str]] = defaultdict(list)
        for entry in self.audit.entries:
            actions[entry.subject_id].append(entry.action)
        return actions
