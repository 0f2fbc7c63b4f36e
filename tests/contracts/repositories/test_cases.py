"""Of reports, cases, media and appeals: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.cases.appeal import AppealBy, AppealState
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.message import Message, Sender
from casework.domain.cases.minor import MinorBy
from casework.domain.errors import NotFoundError
from casework.domain.ids import MessageId
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.reverse import FileAppeal, file_appeal
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import TESTER, decided, matched, picture, reported, uploaded
from tests.fakes import START


def test_what_was_stored_is_read_as_it_was(record: UnitOfWork) -> None:
    """A field that is lost on the way would change what was decided."""
    decision = decided(record)
    upload = uploaded(record, "u1", picture(record), by="user-a")
    match = matched(record, upload, decision)
    assert record.decisions.get(decision.id) == decision
    assert record.uploads.get(upload.id) == upload
    assert record.matches.of_upload(upload.id) == [match]
    assert record.takedowns.get(decision.takedown_id).state is TakedownState.ACTIVE


def test_what_is_not_there_is_named_as_it_was_asked_for(record: UnitOfWork) -> None:
    """The person who mistyped an id sees what they typed."""
    for repository, noun in ((record.cases, "case"), (record.takedowns, "takedown"), (record.decisions, "decision")):
        with pytest.raises(NotFoundError, match=f"no {noun} 'none_such'"):
            repository.get("none_such", lock=True)
        assert repository.many(["none_such"]) == {}


def test_queue_is_read_by_deadline_page_by_page(record: UnitOfWork) -> None:
    """What is due first stands first, and no case is shown twice or skipped."""
    first, second, third = (reported(record) for _ in range(3))
    record.cases.update(replace(record.cases.get(third), deadline=START))
    record.cases.update(replace(record.cases.get(second), queue=Queue.CAMPAIGNS))
    states, seen, after = [CaseState.OPEN], [], None
    for _ in range(3):
        page, after = record.cases.queue_page(states=states, queue=None, after=after, limit=1)
        seen += [one.id for one in page]
    assert (seen, after) == ([third, *sorted([first, second])], None)
    campaigns, _ = record.cases.queue_page(states=states, queue=Queue.CAMPAIGNS, after=None, limit=9)
    assert [one.id for one in campaigns] == [second]


def test_reports_about_one_target_are_counted_by_people(record: UnitOfWork) -> None:
    """A campaign is many people, most of whom never reported before."""
    for contact in ("a@example.org", "b@example.org", "A@example.org "):
        reported(record, contact)
    target = "https://example.org/1"
    pattern = record.reports.pattern(target, since=START)
    assert (pattern.reports, pattern.reporters, pattern.newcomers) == (3, 2, 2)
    assert len(record.reports.cases_about(target, since=START)) == 3
    assert record.reports.cases_about(target, since=START + timedelta(seconds=1)) == []


def test_history_counts_what_became_of_a_reporters_reports(record: UnitOfWork) -> None:
    """Whoever reports falsely again and again is pointed out."""
    decided(record, DecisionOutcome.REJECT)
    upheld = decided(record)
    decided(record, DecisionOutcome.REQUEST_INFORMATION)
    report = record.reports.of_case(upheld.case_id)
    history = record.reports.history(report.reporter_key)
    assert (history.decided, history.rejected) == (2, 1)
    assert record.reports.by_receipt(report.receipt_number) == report


def test_media_is_shown_in_its_case_and_its_preview_ends(record: UnitOfWork) -> None:
    """A person sees what they decide on, for as long as the retention allows."""
    case_id, media = reported(record), picture(record)
    assert media.has_preview
    record.media.show_in_case(media.id, case_id)
    assert media.id in [one.id for one in record.media.of_case(case_id)]
    assert record.media.preview(media.id) == b"sealed"
    assert record.media.many([media.id]) == {media.id: media}


def test_previews_are_erased_without_what_is_looked_for(record: UnitOfWork) -> None:
    """An upload stays registered when nobody may look at it any more."""
    upload = uploaded(record, "u1", picture(record), by="user-a")
    signals = record.media.get(upload.media_id).signals
    assert (record.media.erase_previews([upload.media_id]), record.media.preview(upload.media_id)) == (1, None)
    assert record.media.get(upload.media_id).signals == signals
    assert record.media.erase_previews([upload.media_id]) == 0


def test_case_about_a_minor_is_read_as_it_was(record: UnitOfWork) -> None:
    """How it is known, and by whom, says who may take it back."""
    case = record.cases.get(reported(record))
    left = case.leaving_adult_route(MinorBy.STATED, "key_a", deadline=START)
    record.cases.update(left)
    assert record.cases.get(case.id) == left
    assert (left.queue, left.deadline) == (Queue.MINORS, case.deadline)
    listed, _ = record.cases.queue_page(states=[CaseState.OPEN], queue=Queue.MINORS, after=None, limit=9)
    assert listed == [left]


def test_appeals_are_listed_by_state(record: UnitOfWork) -> None:
    """Whoever decides appeals finds the open ones."""
    filed = file_appeal(FileAppeal(decided(record).id, AppealBy.POSTER, "mine", TESTER), record)
    assert record.appeals.of_decision(filed.decision_id) == [filed]
    assert record.appeals.state_page(states=[AppealState.OPEN], after=None, limit=9) == ([filed], None)
    assert record.appeals.state_page(states=[AppealState.STANDS], after=None, limit=9) == ([], None)


def test_appeals_of_posters_are_found_by_upload_case_and_owner(record: UnitOfWork) -> None:
    """A platform reads how its users' appeals stand, and no other's."""
    decision = decided(record)
    mine, theirs, operators = (
        replace(uploaded(record, name, picture(record), by="user"), registered_by=owner)
        for name, owner in (("a1", "key_mine"), ("a2", "key_theirs"), ("a3", None))
    )
    for upload in (mine, theirs, operators):
        record.uploads.update(upload)
    other = reported(record)
    filed = [
        file_appeal(FileAppeal(decision.id, AppealBy.POSTER, "mine", TESTER, upload.id, case_id), record)
        for upload, case_id in ((mine, other), (theirs, reported(record)), (operators, reported(record)))
    ]
    filed.append(file_appeal(FileAppeal(decision.id, AppealBy.REPORTER, "no", TESTER), record))
    assert record.appeals.of_upload(mine.id) == [filed[0]]
    assert record.appeals.of_case(other) == [filed[0]]
    assert record.appeals.of_case(decision.case_id) == [filed[3]]
    states = [AppealState.OPEN]
    seen, _ = record.appeals.state_page(states=states, after=None, limit=9, owner_id="key_mine")
    assert seen == sorted([filed[0], filed[2]], key=lambda one: one.id)
    everything, _ = record.appeals.state_page(states=states, after=None, limit=9)
    assert everything == sorted(filed, key=lambda one: one.id)


def test_messages_are_listed_as_they_were_written(record: UnitOfWork) -> None:
    """A conversation that is shuffled answers questions nobody asked."""
    case_id = reported(record)
    written = [
        Message(MessageId(f"msg_{n}"), case_id, sender, "key_a", START + timedelta(minutes=3 - n), text, n == 0, added)
        for n, (sender, text, added) in enumerate(
            [(Sender.MODERATOR, "Is it you?", ()), (Sender.REPORTER, None, ("media", "signature"))]
        )
    ]
    for one in written:
        record.messages.add(one)
    assert record.messages.of_case(case_id) == written[::-1]
    record.messages.update(replace(written[0], text=None))
    assert [one.text for one in record.messages.of_case(case_id)] == [None, None]
    assert record.messages.of_case(reported(record)) == []


def test_reports_of_known_media_are_counted(record: UnitOfWork) -> None:
    """The takedown says how many people asked for it."""
    decision = decided(record)
    linked = replace(record.cases.get(reported(record)), linked_takedown_id=decision.takedown_id)
    record.cases.update(linked)
    assert record.cases.get(linked.id) == linked
    assert (record.cases.linked_to(decision.takedown_id), record.cases.linked_to("tkd_other")) == (1, 0)
