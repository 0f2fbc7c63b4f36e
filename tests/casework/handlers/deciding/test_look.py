"""Whoever is shown what is private is on record, with why."""

from datetime import timedelta

import pytest

from casework.domain.errors import NotFoundError
from casework.handlers.deciding.look import contact_is_on_record, preview_of, record_contact_view, record_values_view
from casework.handlers.deciding.review import claim_case
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture


def views(desk: Desk, action: str) -> list[tuple[str, object]]:
    """Return who looked, and why, in order."""
    return [(one.actor_id, one.detail["why"]) for one in desk.record.audit.entries if one.action == action]


def test_contact_is_recorded_once_an_hour_for_each_person(desk: Desk) -> None:
    """A case is read again at every step; a log full of that would hide who else looked."""
    case = desk.record.cases.get(desk.report(1).report.case_id)
    for actor in (MODERATOR, MODERATOR, COLLEAGUE, MODERATOR):
        record_contact_view(case, actor, desk.record)
    assert views(desk, "case:contact:viewed") == [(MODERATOR.id, None), (COLLEAGUE.id, None)]
    desk.record.clock.moment += timedelta(hours=1, seconds=1)
    assert not contact_is_on_record(case, MODERATOR, desk.record)


def test_case_that_names_nobody_is_read_without_a_row(desk: Desk) -> None:
    """There is nothing to audit where nobody is named."""
    desk.take_down(1)
    upload = desk.upload("copy", picture(1, file=1), by="u").upload
    case = desk.record.cases.get(upload.case_id)
    record_contact_view(case, MODERATOR, desk.record)
    assert views(desk, "case:contact:viewed") == []


def test_who_holds_the_case_need_not_say_why(desk: Desk) -> None:
    """Looking is their work; of anybody else the log shows that no reason was given."""
    case = claim_case(desk.report(1).report.case_id, MODERATOR, desk.record)
    record_contact_view(case, MODERATOR, desk.record)
    record_contact_view(case, COLLEAGUE, desk.record, why="second opinion")
    assert views(desk, "case:contact:viewed") == [(MODERATOR.id, "holds the case"), (COLLEAGUE.id, "second opinion")]


def test_signal_values_are_recorded_each_time(desk: Desk) -> None:
    """They are what an attacker wants; each look counts."""
    takedown = desk.record.takedowns.get(desk.take_down(1).takedown_id)
    record_values_view(takedown, COLLEAGUE, desk.record, why="audit of May")
    record_values_view(takedown, COLLEAGUE, desk.record)
    assert views(desk, "takedown:values:viewed") == [(COLLEAGUE.id, "audit of May"), (COLLEAGUE.id, None)]


def test_preview_that_is_not_there_leaves_no_row(desk: Desk) -> None:
    """Nobody looked."""
    case_id = desk.report(1).report.case_id
    with pytest.raises(NotFoundError, match="no preview"):
        preview_of(case_id, 1, MODERATOR, desk.record)
    assert views(desk, "case:media:viewed") == []
