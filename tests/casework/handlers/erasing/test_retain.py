"""Retention: what is past its date goes, and never what stands, is undecided or appealed against."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.cases.appeal import AppealBy
from casework.domain.keeping.retention import RETENTION, Dated
from casework.domain.takedowns.sweep import SweepState
from casework.handlers.erasing.retain import erase_past_date
from casework.handlers.standing.appeals import FileAppeal, file_appeal
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown
from casework.policy.automation.safeguards import SafeguardLimits
from tests.casework.handlers.conftest import MODERATOR, Desk, picture

DAY = timedelta(days=1)


def past_date(desk: Desk, kind: Dated) -> int:
    """Let a day go by, and erase what is older than that."""
    desk.record.clock.moment += DAY
    return erase_past_date(kind, desk.record.now - DAY / 2, desk.record, desk.search, limit=9)


@pytest.mark.parametrize("kind", RETENTION)
def test_nothing_that_stands_or_waits_is_past_its_date(desk: Desk, kind: Dated) -> None:
    """A retention date protects people from being kept, not those whose protection it would end."""
    desk.take_down(1)
    desk.report(2)
    held = desk.upload("a copy", picture(1)).upload
    desk.record.uploads.update(replace(held, post_text=None))
    appealed = desk.decide(desk.report(3).report.case_id, "reject", because="not intimate")
    file_appeal(FileAppeal(appealed.id, AppealBy.REPORTER, "it is me", MODERATOR), desk.record)
    assert past_date(desk, kind) == 0


def test_withdrawn_takedown_and_rejected_report_go_as_by_an_erasure(desk: Desk) -> None:
    """A worker carries it out, and it says what is gone."""
    withdrawn = desk.take_down(1)
    withdraw_takedown(WithdrawTakedown(withdrawn.takedown_id, MODERATOR, "a mistake"), desk.record)
    rejected = desk.decide(desk.report(2).report.case_id, "reject", because="not intimate")
    assert (past_date(desk, Dated.WITHDRAWN), past_date(desk, Dated.REJECTED)) == (1, 1)
    for decision in (withdrawn, rejected):
        erasure = desk.record.erasures.of_scope(decision.case_id)
        assert (erasure.requested_by, erasure.reason[:13]) == ("service", "past its date")
    assert (past_date(desk, Dated.WITHDRAWN), past_date(desk, Dated.REJECTED)) == (0, 0)


def test_published_upload_loses_its_values_and_stays_registered(desk: Desk) -> None:
    """No look-back needs it any more; that it was uploaded, and by whom, is the platform's to know."""
    upload = desk.upload("published", picture(1), by="user-a").upload
    assert past_date(desk, Dated.UPLOADS) == 1
    assert desk.record.uploads.get(upload.id).uploader_id == "user-a"
    assert desk.record.media.get(upload.media_id).signals == ()
    assert not desk.record.index_log.of_owner(upload.id)
    assert past_date(desk, Dated.UPLOADS) == 0


def test_upload_stays_for_a_takedown_that_waits_for_a_second_person(desk: Desk) -> None:
    """Once it is approved its look-back must find it."""
    upload = desk.upload("published", picture(1)).upload
    desk.limits = SafeguardLimits(uploads=0)
    desk.take_down(1)
    assert past_date(desk, Dated.UPLOADS) == 0
    assert desk.record.media.get(upload.media_id).signals == picture(1)


def test_upload_stays_until_the_look_back_came_to_it(desk: Desk) -> None:
    """Until then no match says that a takedown needs it."""
    upload = desk.upload("published", picture(1)).upload
    decision = desk.take_down(1)
    assert past_date(desk, Dated.UPLOADS) == 0
    (sweep,) = desk.record.sweeps.of_takedown(decision.takedown_id)
    desk.record.sweeps.update(sweep.ended(SweepState.DONE, desk.record.now))
    assert past_date(desk, Dated.UPLOADS) == 1
    assert desk.record.media.get(upload.media_id).signals == ()


def test_post_text_goes_alone(desk: Desk) -> None:
    """Words are needed as long as somebody decides about the post, values for as long as look-backs are made."""
    upload = desk.upload("published", picture(1)).upload
    desk.record.uploads.update(replace(upload, post_text="hello"))
    assert past_date(desk, Dated.POST_TEXTS) == 1
    assert desk.record.uploads.get(upload.id) == replace(upload, post_text=None)
    assert desk.record.media.get(upload.media_id).signals == picture(1)
