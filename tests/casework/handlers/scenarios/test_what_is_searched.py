"""
What each use case asks the index about: no more than it says.

Those that share a commit rely on it (`casework/persistence/connection/turns/group_commit.py`): the index does not know
what the units before them wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.facts import Conduct
from casework.domain.media import Collection
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS, DecideCase, decide_case
from casework.handlers.reports.intake import SEARCHED_BY_REPORTS, FileReport, file_report
from casework.handlers.uploads import SEARCHED_BY_REGISTRATIONS, register_upload
from casework.policy.automation.interim import InterimTerms
from casework.ports.search import Candidates, Codes, NearItems, Suspects
from casework.steps.finding.looking_ahead.foreseeing import foresee
from casework.steps.taking_down.restrict_at_once import Restricting
from matcher.signals.local import QueryFeatures
from tests.casework.handlers.conftest import FORM, MODERATOR, Desk, picture, registration, submitted
from tests.fakes import FakeSearch


@dataclass
class NotingSearch:
    """A search that notes which collections it is asked about."""

    search: FakeSearch
    asked: set[Collection] = field(default_factory=set)

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        self.asked.add(collection)
        return self.search.find(collection, questions)

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        self.asked.add(collection)
        return self.search.near(collection, questions)

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        self.asked.add(collection)
        return self.search.find_local(collection, features, limit=limit)


def test_report_searches_what_it_says(desk: Desk) -> None:
    """One that restricts at once, too."""
    noting = NotingSearch(desk.search)
    filed = file_report(
        FileReport(
            actor=FORM,
            reporter=ReporterDetails(Relation.SUBJECT, name="A", contact="a@example.org"),
            statement=Statement(non_consent=True, good_faith=True, signature="A"),
            content=ReportedContent(url="https://example.org/1"),
            conduct=Conduct.SHARED_MEDIA,
            facts={"nudity": True},
            media=(submitted(picture(1)),),
        ),
        desk.record,
        restricting=Restricting(noting, InterimTerms(valid_reports=True)),
    )
    assert desk.record.takedowns.of_case(filed.report.case_id)
    assert noting.asked
    assert noting.asked <= SEARCHED_BY_REPORTS


def test_decision_searches_what_it_says(desk: Desk) -> None:
    """A report's, and that of a copy."""
    desk.take_down(1)
    held = desk.upload("u1", picture(1, flipped=8, file=1)[:2]).upload.case_id
    for case_id in (desk.report(2).report.case_id, held):
        foreseen = foresee(desk.record.cases.get(case_id), desk.record, desk.search)
        noting = NotingSearch(desk.search)
        command = DecideCase(case_id=case_id, actor=MODERATOR, outcome=DecisionOutcome.UPHOLD)
        decide_case(command, desk.record, search=noting, limits=desk.limits, foreseen=foreseen)
        assert noting.asked
        assert noting.asked <= SEARCHED_BY_DECISIONS


def test_registration_searches_what_it_says(desk: Desk) -> None:
    """Of a copy, and of what matches nothing."""
    desk.take_down(1)
    for number in (1, 2):
        noting = NotingSearch(desk.search)
        register_upload(registration(f"u{number}", picture(number)), desk.record, noting)
        assert noting.asked
        assert noting.asked <= SEARCHED_BY_REGISTRATIONS
