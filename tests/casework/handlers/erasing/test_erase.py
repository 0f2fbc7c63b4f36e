"""Erasing: what goes, what stays, who may have to wait, and that it is carried through whoever is killed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import AppealBy
from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionState
from casework.domain.cases.report import Relation, ReporterDetails
from casework.domain.errors import (
    LeaseLostError,
    NotFoundError,
    NotYoursToWithdrawError,
    UploadConflictError,
    WrongStateError,
)
from casework.domain.keeping.erasure import Erasure, ErasureState, Removed
from casework.domain.media import Collection
from casework.domain.takedowns.sweep import SweepKind, SweepState
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.deciding.decide import approve_decision
from casework.handlers.erasing.erase import (
    RequestErasure,
    claim_erasure,
    copies_to_erase,
    erase_batch,
    erase_from_record,
    erase_with_receipt,
    must_wait,
    note_erased,
    postpone_erasure,
    request_erasure,
    traces_of,
)
from casework.handlers.lookback import survey
from casework.handlers.standing.appeals import FileAppeal, file_appeal
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown
from casework.policy.automation.safeguards import SafeguardLimits
from casework.steps.journal import record
from casework.steps.sweeps import request_sweep
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture
from tests.fakes import FakeIndexLog

SENIOR = Actor("key_sam", "sam", Role.SENIOR)
LEASE = timedelta(minutes=1)
_NAMES = {"tkd": "takedown_id", "rep": "report_id", "upl": "upload_id"}


def ask(desk: Desk, subject_id: str, *, withdraw: bool = True) -> Erasure:
    """Ask for an erasure."""
    named = {_NAMES[subject_id[:3]]: subject_id}
    return request_erasure(RequestErasure(SENIOR, "asked for", withdraw=withdraw, **named), desk.record)


def claimed(desk: Desk) -> Erasure:
    """Claim the erasure that is due."""
    found = claim_erasure(desk.record, lease=LEASE)
    assert found is not None
    return found


def from_record(desk: Desk, subject_id: str) -> Erasure:
    """Ask for an erasure and carry it through the record."""
    ask(desk, subject_id)
    return erase_from_record(claimed(desk), desk.record, desk.search, lease=LEASE)


def test_reporter_words_and_values_go_and_the_decision_stays(desk: Desk) -> None:
    """What is left proves that somebody decided, by which rule, and what followed; not who asked, or about what."""
    filed = desk.report(1, account="me")
    decision = desk.decide(filed.report.case_id, "uphold")
    desk.record.decisions.update(replace(decision, note="her name", override_reason="her words"))
    erased = from_record(desk, decision.takedown_id)
    report = desk.record.reports.of_case(decision.case_id)
    assert (report.reporter, report.statement.signature) == (ReporterDetails(Relation.SUBJECT), None)
    assert (report.content.url, report.target, report.reporter_key) == (None, None, None)
    assert report.receipt_secret_hash == filed.report.receipt_secret_hash
    assert [one.signals for one in desk.record.media.of_case(decision.case_id)] == [()]
    takedown = desk.record.takedowns.get(decision.takedown_id)
    assert (takedown.subject_uploader_id, takedown.reversal_reason) == (None, None)
    kept = desk.record.decisions.get(decision.id)
    assert (kept.note, kept.override_reason) == (None, None)
    assert (kept.recommendation, kept.decided_by) == (decision.recommendation, decision.decided_by)
    assert erased.state is ErasureState.RECORD_ERASED
    assert (erased.removed.identities, erased.removed.signals) == (1, 3)


def test_what_stands_is_not_erased_unless_it_is_withdrawn_with_it(desk: Desk) -> None:
    """A takedown that protects somebody must not be emptied by mistake."""
    decision = desk.take_down(1)
    with pytest.raises(WrongStateError, match="Withdraw it first"):
        ask(desk, decision.takedown_id, withdraw=False)
    ask(desk, decision.takedown_id)
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.WITHDRAWN
    assert desk.told()[-1] == "takedown.reversed"


def test_asked_for_again_it_is_the_same_erasure(desk: Desk) -> None:
    """By the takedown, by its report or with the receipt: one report of what is gone."""
    filed = desk.report(1)
    decision = desk.decide(filed.report.case_id, "uphold")
    first = from_record(desk, decision.takedown_id)
    assert ask(desk, filed.report.id) == ask(desk, decision.takedown_id) == first
    assert erase_with_receipt(filed.report, desk.record) == first


def test_what_is_not_there_or_not_decided_is_not_erased(desk: Desk) -> None:
    """An open case is decided first: somebody is looking at it."""
    with pytest.raises(NotFoundError):
        ask(desk, "tkd_none")
    with pytest.raises(WrongStateError, match="decide it first"):
        ask(desk, desk.report(1).report.id)


def test_holder_of_the_receipt_withdraws_and_erases_in_one_step(desk: Desk) -> None:
    """Before anybody decided, after a takedown, or after a rejection: it is theirs to have erased."""
    waiting, upheld, kept = desk.report(1), desk.report(2), desk.report(3)
    decision = desk.decide(upheld.report.case_id, "uphold")
    desk.decide(kept.report.case_id, "reject", because="not intimate")
    for filed in (waiting, upheld, kept):
        erase_with_receipt(filed.report, desk.record)
        assert desk.record.cases.get(filed.report.case_id).state is CaseState.DECIDED
        erase_from_record(claimed(desk), desk.record, desk.search, lease=LEASE)
        assert desk.record.reports.get(filed.report.id).reporter.name is None
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.WITHDRAWN
    with pytest.raises(NotYoursToWithdrawError):
        erase_with_receipt(desk.report(4, relation=Relation.THIRD_PARTY).report, desk.record)


def test_copies_lose_their_values_and_stay_registered(desk: Desk) -> None:
    """A copy shows what was erased; that it was uploaded, by whom and what became of it, stays."""
    before = desk.upload("before", picture(1), by="user-a").upload
    decision = desk.take_down(1)
    near = desk.upload("near", picture(1, flipped=4, file=1), by="user-b").upload
    stranger = desk.upload("stranger", picture(2)).upload
    from_record(desk, decision.takedown_id)
    for copy in (before, near):
        left = desk.record.uploads.get(copy.id)
        assert (left.platform_id, left.uploader_id) == (copy.platform_id, copy.uploader_id)
        assert (left.sha256, desk.verdict(left)) == (b"", "allow")
        assert desk.record.media.get(copy.media_id).signals == ()
        assert not desk.record.index_log.of_owner(copy.id)
    assert desk.record.media.get(stranger.media_id).signals == picture(2)
    assert not [one for one in desk.record.index_log.removed.values() if one.media_id == near.media_id]
    with pytest.raises(UploadConflictError, match="erased"):
        desk.upload("near", picture(1, flipped=4, file=1))


def test_what_another_takedown_rests_on_stays_for_it(desk: Desk) -> None:
    """One person's erasure takes nothing from another person's protection."""
    first, second = desk.take_down(1), desk.take_down(1)
    copy = desk.upload("a copy of both", picture(1)).upload
    from_record(desk, first.takedown_id)
    assert desk.verdict(copy) == "block"
    assert desk.record.media.get(copy.media_id).signals == picture(1)
    assert desk.record.index_log.of_owner(second.takedown_id)
    assert [one.takedown_id for one in desk.upload("another copy", picture(1)).matches] == [second.takedown_id]


def test_copy_stays_for_a_takedown_that_has_not_looked_back_yet(desk: Desk) -> None:
    """Whoever posts a picture, reports it first and erases that report must not blind the look-back of the victim's."""
    desk.upload("posted", picture(1))
    first = desk.take_down(1)
    near = desk.upload("posted again", picture(1, flipped=3, file=1)).upload
    second = desk.take_down(1)
    erased = from_record(desk, first.takedown_id)
    assert erased.kept_for == (second.takedown_id,)
    assert desk.record.media.get(near.media_id).signals == picture(1, flipped=3, file=1)
    (sweep,) = desk.record.sweeps.of_takedown(second.takedown_id)
    assert len(survey(sweep, desk.record, desk.search).upload_ids) == 2


def test_copy_stays_for_a_takedown_that_waits_for_a_second_person(desk: Desk) -> None:
    """Its items are not in the index yet, and what it would hit must still be there when it is approved."""
    copy = desk.upload("posted", picture(1)).upload
    stranger = desk.upload("a stranger", picture(3)).upload
    first = desk.take_down(1)
    desk.limits = SafeguardLimits(uploads=0)
    waiting = desk.take_down(1)
    assert waiting.state is DecisionState.AWAITING_APPROVAL
    assert from_record(desk, first.takedown_id).kept_for == (waiting.takedown_id,)
    approve_decision(waiting.id, COLLEAGUE, desk.record)
    (sweep,) = desk.record.sweeps.of_takedown(waiting.takedown_id)
    assert survey(sweep, desk.record, desk.search).upload_ids == (copy.id,)
    assert desk.record.index_log.of_owner(stranger.id)


def test_erasure_waits_for_look_backs_that_were_due_before_it(desk: Desk) -> None:
    """What they find is on record then; those that come later must not put it off for ever."""
    first, second = desk.take_down(1), desk.take_down(1)
    ask(desk, first.takedown_id)
    assert must_wait(claimed(desk), desk.record)
    (sweep,) = desk.record.sweeps.of_takedown(second.takedown_id)
    desk.record.sweeps.update(sweep.ended(SweepState.DONE, desk.record.now))
    desk.record.clock.moment += LEASE
    desk.take_down(2)
    assert not must_wait(claimed(desk), desk.record)


def test_words_in_the_audit_log_go_with_what_they_were_about(desk: Desk) -> None:
    """Rows of an older version say why a quarantine was lifted, in the clear."""
    decision = desk.take_down(1)
    for action in ("takedown:quarantine:lifted", "takedown:values:viewed"):
        record(desk.record, SENIOR, action, decision.takedown_id, reason="her name", why="her name")
    from_record(desk, decision.takedown_id)
    assert "her name" not in repr(desk.record.audit.entries)


def test_reference_of_another_takedown_keeps_its_values_and_the_erasure_says_so(desk: Desk) -> None:
    """Some of what was asked for is still there, and whoever asked must know for what."""
    decision, other = desk.take_down(1), desk.take_down(2)
    copy = desk.upload("confirmed as a copy of both", picture(1)).upload
    desk.record.takedowns.add_reference(other.takedown_id, copy.media_id, other.id)
    erased = from_record(desk, decision.takedown_id)
    assert erased.kept_for == (other.takedown_id,)
    assert desk.record.media.get(copy.media_id).signals == picture(1)


def test_upload_is_erased_by_itself(desk: Desk) -> None:
    """Whoever posted it, and what they wrote, is the upload's own."""
    upload = desk.upload("theirs", picture(1), by="user-a").upload
    desk.record.uploads.update(replace(upload, post_text="hello", url="https://example.org/hello"))
    desk.record.unfinished.add(upload.id, b"sealed")
    erased = from_record(desk, upload.id)
    left = desk.record.uploads.get(upload.id)
    assert (left.uploader_id, left.post_text, left.url, left.sha256) == (None, None, None, b"")
    assert (erased.removed.identities, erased.removed.texts, erased.removed.signals) == (1, 2, 3)
    assert not desk.record.unfinished.has(upload.id)
    assert not desk.record.index_log.of_owner(upload.id)


def test_appeal_and_erasure_wait_for_each_other(desk: Desk) -> None:
    """What is appealed against is looked at again, and what is erased cannot be."""
    filed = desk.report(1)
    decision = desk.decide(filed.report.case_id, "reject", because="not intimate")
    file_appeal(FileAppeal(decision.id, AppealBy.REPORTER, "it is me", MODERATOR), desk.record)
    with pytest.raises(WrongStateError, match="appeal"):
        ask(desk, filed.report.id)
    other = desk.report(2)
    rejected = desk.decide(other.report.case_id, "reject", because="not intimate")
    ask(desk, other.report.id)
    with pytest.raises(WrongStateError, match="erased"):
        file_appeal(FileAppeal(rejected.id, AppealBy.REPORTER, "it is me", MODERATOR), desk.record)


def test_appeal_waits_for_an_erasure_that_is_being_asked_for(desk: Desk) -> None:
    """Both lock the takedowns, so neither reads the record before the other is on it."""
    decision = desk.decide(desk.report(1).report.case_id, "reject", because="not intimate")
    locked: list[Collection] = []

    class Watched(FakeIndexLog):
        def version(self, collection: Collection) -> int:
            locked.append(collection)
            return super().version(collection)

    desk.record.index_log = Watched()
    file_appeal(FileAppeal(decision.id, AppealBy.REPORTER, "it is me", MODERATOR), desk.record)
    assert locked == [Collection.TAKEDOWNS]


def test_appeal_that_came_between_is_decided_first(desk: Desk) -> None:
    """Nothing is gone of what somebody is to look at again, however the two crossed."""
    filed = desk.report(1)
    decision = desk.decide(filed.report.case_id, "reject", because="not intimate")
    file_appeal(FileAppeal(decision.id, AppealBy.REPORTER, "it is me", MODERATOR), desk.record)
    (appeal,) = desk.record.appeals.of_decision(decision.id)
    desk.record.appeals.rows.clear()
    ask(desk, filed.report.id)
    desk.record.appeals.add(appeal)
    erasure = claimed(desk)
    assert must_wait(erasure, desk.record)
    with pytest.raises(WrongStateError, match="appeal"):
        erase_from_record(erasure, desk.record, desk.search, lease=LEASE)
    assert [one.signals for one in desk.record.media.of_case(decision.case_id)] == [picture(1)]


def test_erasure_waits_until_what_was_held_is_let_go(desk: Desk) -> None:
    """A worker that reinstates many uploads reads what would be erased."""
    decision = desk.take_down(1)
    withdraw_takedown(WithdrawTakedown(decision.takedown_id, SENIOR, "asked for"), desk.record)
    request_sweep(SweepKind.REINSTATE, decision.takedown_id, decision.id, desk.record, candidates=60)
    ask(desk, decision.takedown_id)
    erasure = claimed(desk)
    assert must_wait(erasure, desk.record)
    postpone_erasure(erasure, desk.record, pause=timedelta(seconds=1))
    assert claim_erasure(desk.record, lease=LEASE) is None
    for sweep in desk.record.sweeps.of_takedown(decision.takedown_id):
        desk.record.sweeps.update(sweep.ended(SweepState.DONE, desk.record.now))
    desk.record.clock.moment += timedelta(seconds=1)
    assert not must_wait(claimed(desk), desk.record)


def test_worker_killed_after_any_step_is_followed_by_another(desk: Desk) -> None:
    """Copies go a batch at a time, and what one worker did is not counted again by the next."""
    decision = desk.take_down(1)
    for number in range(3):
        desk.upload(f"copy {number}", picture(1))
    ask(desk, decision.takedown_id)
    killed = claimed(desk)
    first, second, third = copies_to_erase(killed, desk.record, desk.search)
    erase_batch(killed, [first], desk.record, desk.search, lease=LEASE)
    desk.record.clock.moment += LEASE * 2
    successor = claimed(desk)
    with pytest.raises(LeaseLostError):
        erase_batch(killed, [second], desk.record, desk.search, lease=LEASE)
    assert copies_to_erase(successor, desk.record, desk.search) == [second, third]
    done = erase_from_record(successor, desk.record, desk.search, lease=LEASE)
    assert done.removed.signals == 4 * 3
    assert erase_from_record(done, desk.record, desk.search, lease=LEASE) == done
    note_erased(done.id, ErasureState.INDEX_ERASED, desk.record, removed=Removed(index_files=5, stored_files=2))
    note_erased(done.id, ErasureState.INDEX_ERASED, desk.record, removed=Removed(index_files=1))
    completed = note_erased(done.id, ErasureState.COMPLETED, desk.record)
    assert completed == note_erased(done.id, ErasureState.COMPLETED, desk.record)
    assert completed.state is ErasureState.COMPLETED
    assert (completed.removed.index_files, completed.removed.stored_files) == (6, 2)
    assert [one.action for one in desk.record.audit.entries if one.action.startswith("erasure:")] == [
        "erasure:requested",
        "erasure:completed",
    ]


def test_traces_name_everything_an_answer_may_be_about(desk: Desk) -> None:
    """Answers kept for repeats hold names and values, and are found by these."""
    filed = desk.report(1)
    decision = desk.decide(filed.report.case_id, "uphold")
    ask(desk, decision.takedown_id)
    traces = traces_of(claimed(desk), desk.record)
    ids = {filed.report.id, filed.report.receipt_number, decision.case_id, decision.id, decision.takedown_id}
    assert (set(traces.ids), traces.signals) == (ids, picture(1))
    assert desk.record.index_log.version(Collection.UPLOADS) == 0
