"""Of reports, cases, media and appeals: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.cases.appeal import AppealBy, AppealState
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.handles import handles_of, handles_of_upload
from casework.domain.cases.listing import CaseFilter, CaseGroup, GroupBy, GroupKey, Order
from casework.domain.cases.message import Message, Sender
from casework.domain.cases.minor import MinorBy
from casework.domain.cases.second_look import chosen_endings
from casework.domain.errors import NotFoundError
from casework.domain.ids import MessageId
from casework.domain.keeping.audit import AuditEntry
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.standing.appeals import FileAppeal, file_appeal
from casework.ports.unit_of_work import UnitOfWork
from matcher.strength import Strength
from tests.contracts.repositories.entries import TESTER, decided, matched, picture, reported, uploaded, written
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


def test_decision_that_waits_for_a_second_person_is_read_with_its_case(record: UnitOfWork) -> None:
    """A list of them asks once, not once for each case."""
    waiting, effective = decided(record), decided(record)
    record.decisions.update(replace(waiting, state=DecisionState.AWAITING_APPROVAL))
    found = record.decisions.awaiting([waiting.case_id, effective.case_id])
    assert {case_id: one.id for case_id, one in found.items()} == {waiting.case_id: waiting.id}
    assert record.decisions.awaiting([]) == {}


def paged(record: UnitOfWork, asked: CaseFilter) -> list[str]:
    """Read a list to its end, one case a page; return the ids."""
    seen, after = [], None
    while True:
        page, after = record.cases.listed(asked, now=record.now, after=after, limit=1)
        seen += [one.id for one in page]
        if after is None:
            return seen


def test_answers_about_matches_are_read_by_time_and_by_how_their_ids_end(record: UnitOfWork) -> None:
    """What waits, what the policy decided, and what is about a report itself is left out."""
    of_report = decided(record)
    upload = uploaded(record, "1", record.media.of_case(of_report.case_id)[0])
    case = record.cases.get(of_report.case_id)
    record.cases.update(replace(case, upload_id=upload.id, takedown_id=of_report.takedown_id))
    by_person = replace(of_report, decided_by="per_1", outcome=DecisionOutcome.REJECT)
    every, ending = chosen_endings(100), [of_report.id[-2:]]
    others = [one for one in every if one not in ending]
    record.decisions.update(replace(by_person, decided_by="policy:1"))
    assert record.decisions.about_copies(record.now, every, limit=9) == []
    record.decisions.update(replace(by_person, state=DecisionState.AWAITING_APPROVAL))
    assert record.decisions.about_copies(record.now, every, limit=9) == []
    record.decisions.update(by_person)
    [found] = record.decisions.about_copies(record.now, ending, limit=9)
    assert (found.decision_id, found.is_copy, found.decided_by) == (of_report.id, False, "per_1")
    assert record.decisions.about_copies(record.now, others, limit=9) == []
    assert record.decisions.about_copies(record.now + timedelta(seconds=1), every, limit=9) == []
    decided(record, contact="b@example.org", url="https://example.org/2")
    assert record.decisions.about_copies(record.now, every, limit=9) == [found]


def test_queue_is_read_by_deadline_page_by_page(record: UnitOfWork) -> None:
    """What is due first stands first, and no case is shown twice or skipped."""
    first, second, third = (reported(record) for _ in range(3))
    record.cases.update(replace(record.cases.get(third), deadline=START))
    record.cases.update(replace(record.cases.get(second), queue=Queue.CAMPAIGNS))
    assert paged(record, CaseFilter()) == [third, *sorted([first, second])]
    assert paged(record, CaseFilter(order=Order.NEWEST)) == sorted([first, second, third], reverse=True)
    assert paged(record, CaseFilter(queue=Queue.CAMPAIGNS)) == [second]
    assert paged(record, CaseFilter(CaseState.DECIDED)) == []


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
    kept = record.media.get(upload.media_id)
    assert (record.media.erase_previews([upload.media_id]), record.media.preview(upload.media_id)) == (1, None)
    assert record.media.get(upload.media_id) == replace(kept, has_preview=False), "read again, not remembered"
    assert record.media.erase_previews([upload.media_id]) == 0


def test_case_about_a_minor_is_read_as_it_was(record: UnitOfWork) -> None:
    """How it is known, and by whom, says who may take it back."""
    case = record.cases.get(reported(record))
    left = case.leaving_adult_route(MinorBy.STATED, "key_a", deadline=START)
    record.cases.update(left)
    assert record.cases.get(case.id) == left
    assert (left.queue, left.deadline) == (Queue.MINORS, case.deadline)
    listed, _ = record.cases.listed(CaseFilter(queue=Queue.MINORS), now=record.now, after=None, limit=9)
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


def held_by(record: UnitOfWork, case_id: str, actor_id: str) -> None:
    """Let somebody have the lease on a case for five minutes."""
    until = record.now + timedelta(minutes=5)
    record.cases.update(replace(record.cases.get(case_id), claimed_by=actor_id, claimed_until=until))


def test_cases_are_listed_by_what_they_are_about(record: UnitOfWork) -> None:
    """A moderator asks for the copies of one takedown, of one uploader, or of one strength."""
    decision = decided(record)
    upload = uploaded(record, "u1", picture(record), by="user-a")
    case = replace(record.cases.get(reported(record)), report_id=None, upload_id=upload.id)
    case = case.resting_on(matched(record, upload, decision))
    record.cases.update(case)
    record.cases.find_by(case.id, handles_of_upload(upload))
    assert paged(record, CaseFilter(takedown_id=decision.takedown_id)) == [case.id]
    assert paged(record, CaseFilter(uploader_id="user-a")) == [case.id]
    assert paged(record, CaseFilter(strength=Strength.NEAR)) == [case.id]
    assert paged(record, CaseFilter(strength=Strength.EXACT)) == []
    assert paged(record, CaseFilter(uploader_id="user-b")) == []
    assert record.matches.explanations([upload.id]) == {(upload.id, decision.takedown_id): "a copy"}


def test_mine_are_those_i_hold_and_those_i_decided(record: UnitOfWork) -> None:
    """A lease that has run out is nobody's."""
    open_case, other = reported(record), reported(record)
    held_by(record, open_case, TESTER.id)
    held_by(record, other, "key_other")
    done = decided(record).case_id
    assert paged(record, CaseFilter(of_person=TESTER.id)) == [open_case]
    assert paged(record, CaseFilter(CaseState.DECIDED, of_person=TESTER.id)) == [done]
    assert sorted(paged(record, CaseFilter(None, of_person=TESTER.id))) == sorted([open_case, done])
    later = record.now + timedelta(minutes=6)
    assert record.cases.listed(CaseFilter(of_person=TESTER.id), now=later, after=None, limit=9) == ([], None)


def test_a_case_is_found_by_what_people_have_of_it(record: UnitOfWork) -> None:
    """Somebody calls with a receipt, a platform with its own id, a colleague with an address."""
    case_id, other = reported(record, url="https://Example.org/1/"), reported(record, url="https://example.org/2")
    report = record.reports.of_case(case_id)
    number = report.receipt_number
    for text in (case_id, report.id, number, number.lower(), "https://example.org/1", " HTTPS://example.org/1#top "):
        assert paged(record, CaseFilter(None, text=text)) == [case_id]
    record.cases.find_by(other, handles_of(urls=[], upload_id="post 7", uploader_id="user-z"))
    assert paged(record, CaseFilter(None, text="post 7")) == paged(record, CaseFilter(None, text="user-z")) == [other]
    assert paged(record, CaseFilter(None, text="https://example.org/2")) == []  # by what it is found now alone
    assert paged(record, CaseFilter(None, text="post")) == []


def asked_about(record: UnitOfWork, decision: Decision, count: int, evidence: str, *, due: int = 0) -> list[str]:
    """Open cases about copies of what a decision took down, each due a minute after the one before."""
    found = []
    for n in range(count):
        case = record.cases.get(reported(record))
        deadline = START + timedelta(hours=1, minutes=due + n)
        strength = Strength(evidence.partition(" ")[0])
        case = replace(case, report_id=None, deadline=deadline, strength=strength, evidence=evidence)
        record.cases.update(replace(case, takedown_id=decision.takedown_id))
        found.append(case.id)
    return found


def all_groups(record: UnitOfWork, by: GroupBy) -> list[CaseGroup]:
    """Read the groups to their end, one a page."""
    found, after = [], None
    while True:
        page, after = record.cases.groups(by, after=after, limit=1)
        found += page
        if after is None:
            return found


def test_open_cases_are_grouped_by_takedown_and_by_evidence(record: UnitOfWork) -> None:
    """Fifty copies of one picture are one thing to decide, those that were mirrored another."""
    first, second = decided(record), decided(record)
    near, exact = "near pdq/1 mirrored", "exact sha256/1 as is"
    mirrored = asked_about(record, first, 5, near, due=3)
    same = asked_about(record, first, 2, exact)
    other = asked_about(record, second, 1, near, due=1)
    reported(record)  # asks about no takedown
    record.cases.update(record.cases.get(asked_about(record, second, 1, near)[0]).moved_to(CaseState.DECIDED))
    by_takedown = [GroupKey(first.takedown_id), GroupKey(second.takedown_id)]
    by_evidence = [GroupKey(first.takedown_id, exact), GroupKey(second.takedown_id, near)]
    by_evidence.append(GroupKey(first.takedown_id, near))
    assert [(one.key, one.cases) for one in all_groups(record, GroupBy.TAKEDOWN)] == [
        (by_takedown[0], 7),
        (by_takedown[1], 1),
    ]
    assert [(one.key, one.cases) for one in all_groups(record, GroupBy.EVIDENCE)] == [
        (by_evidence[0], 2),
        (by_evidence[1], 1),
        (by_evidence[2], 5),
    ]
    assert record.cases.groups(GroupBy.EVIDENCE, after=None, limit=1)[0][0].oldest_deadline == START + timedelta(
        hours=1
    )
    assert record.cases.members(by_takedown[0], limit=9) == ([*same, *mirrored], 7)
    assert record.cases.members(by_evidence[2], limit=2) == (mirrored[:2], 5)
    assert record.cases.members(GroupKey.read(str(by_evidence[2])), limit=9) == (mirrored, 5)
    assert record.cases.members(GroupKey("tkd_none"), limit=9) == ([], 0)
    sampled = record.cases.samples(by_evidence, size=3)
    assert {key: [one.id for one in cases] for key, cases in sampled.items()} == {
        by_evidence[0]: same,
        by_evidence[1]: other,
        by_evidence[2]: [mirrored[0], mirrored[2], mirrored[4]],
    }
    assert [one.id for one in record.cases.samples(by_takedown, size=2)[by_takedown[0]]] == [same[0], mirrored[2]]


def test_who_did_what_to_which_is_told_apart(record: UnitOfWork) -> None:
    """Whoever has looked at a case is asked about by name, act and case."""
    for who, action, case_id in (("key_a", "seen", "case_1"), ("key_a", "left", "case_2"), ("key_b", "seen", "case_3")):
        record.audit.add(AuditEntry(START, who, action, case_id, {}))
    written(record)
    asked = ["case_1", "case_2", "case_3", "case_4"]
    assert record.audit.subjects_of("key_a", {"seen"}, asked) == {"case_1"}
    assert record.audit.subjects_of("key_a", {"seen", "left"}, asked[1:]) == {"case_2"}
    assert record.audit.subjects_of("key_a", {"seen"}, []) == set()
