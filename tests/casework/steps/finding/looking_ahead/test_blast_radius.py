"""What a decision would hit, where nobody can say: that is no small number, and keeps nothing from being decided."""

from casework.domain.cases.decision import UNKNOWN_RADIUS
from casework.steps.finding.looking_ahead.foreseeing import Foreseen, foresee
from casework.steps.finding.looking_ahead.foreseeing_together import ForeseenTogether
from tests.casework.handlers.conftest import COLLEAGUE, Desk, picture
from tests.fakes.search import SearchWithoutUploads

FACTS = {"nudity": False, "context_assessed": True, "actor": COLLEAGUE}


def test_uploads_that_nobody_can_search_are_not_none() -> None:
    """A takedown that hits thousands would else be decided by one person."""
    desk = Desk()
    desk.upload("a copy", picture(1), by="somebody")
    report = desk.report(1, **FACTS).report
    case, away = desk.record.cases.get(report.case_id), SearchWithoutUploads(desk.record.index_log)
    assert foresee(case, desk.record, desk.search).blast_radius.uploads == 1
    assert foresee(case, desk.record, away).blast_radius == UNKNOWN_RADIUS
    assert not UNKNOWN_RADIUS.known
    assert not UNKNOWN_RADIUS.complete


def test_of_many_copies_none_is_counted_and_each_is_said_not_to_be_known() -> None:
    """They are decided together, and asked about in one question."""
    desk = Desk()
    desk.take_down(2, **FACTS)
    copies = [desk.upload(f"copy {n}", picture(2, flipped=10 * n, file=n), by=f"p{n}").upload for n in range(1, 4)]
    report = desk.report(3, **FACTS).report
    case_ids = [report.case_id, *(one.case_id for one in copies)]
    together = ForeseenTogether(SearchWithoutUploads(desk.record.index_log)).of(case_ids, desk.record)
    assert together == dict.fromkeys(case_ids, Foreseen(UNKNOWN_RADIUS))
