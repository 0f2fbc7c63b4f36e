"""Restricted at once: what R05 and R06 report is held until a person has decided, and no longer than the limit."""

from datetime import timedelta

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import AppealBy, AppealOutcome
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.domain.cases.report import Relation
from casework.domain.errors import WrongStateError
from casework.domain.keeping.retention import Dated
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.handlers.deciding.decide import approve_decision
from casework.handlers.deciding.review import change_facts, change_upload_facts
from casework.handlers.lookback import apply_batch, compare_batch, survey
from casework.handlers.protect import ProtectMedia, protect_media
from casework.handlers.reports.intake import FiledReport
from casework.handlers.standing.appeals import DecideAppeal, FileAppeal, decide_appeal, file_appeal
from casework.handlers.standing.interim import end_past_interim
from casework.handlers.standing.quarantine import LiftQuarantine, lift_quarantine
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_report, withdraw_takedown
from casework.policy.automation.flood import FloodLimits
from casework.policy.automation.interim import NO_INTERIM, InterimTerms
from casework.policy.automation.safeguards import SafeguardLimits
from casework.steps.sweeps import claim_sweep
from casework.steps.taking_down.interim import interim_of
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, PIPELINE, Desk, picture, submitted

SENIOR = Actor("key_sam", "sam", Role.SENIOR)
LEASE = timedelta(minutes=1)
R06 = {"permission_evidence": "claimed_by_poster"}


def by_stranger(desk: Desk, number: int = 1, **changes: object) -> FiledReport:
    """File a stranger's report of an intimate picture: R05."""
    return desk.report(number, relation=Relation.THIRD_PARTY, **changes)


def now(desk: Desk, filed: FiledReport) -> Takedown:
    """Return the takedown by which a report was restricted at once, as it is now."""
    assert filed.interim is not None
    return desk.record.takedowns.get(filed.interim.id)


def look_back(desk: Desk) -> None:
    """Do every look-back that waits."""
    while (sweep := claim_sweep(desk.record, lease=LEASE)) is not None:
        found = survey(sweep, desk.record, desk.search)
        batch, judged = compare_batch(found, found.upload_ids, desk.record, desk.search, out_of_time=lambda: False)
        apply_batch(sweep, found, batch, judged, desk.record, lease=LEASE)


@pytest.mark.parametrize(
    ("rule", "relation", "facts"), [("R05", Relation.THIRD_PARTY, {}), ("R06", Relation.SUBJECT, R06)]
)
def test_a_copy_is_held_from_the_report_on(desk: Desk, rule: str, relation: Relation, facts: dict) -> None:
    """What the rules say, "restricted at once", happens: nobody has to decide first."""
    filed = desk.report(1, relation=relation, **facts)
    assert now(desk, filed).state is TakedownState.INTERIM
    copy = desk.upload("copy", picture(1, file=2))
    assert (copy.upload.verdict, copy.upload.case_id) == ("hold", filed.report.case_id)
    assert "until a person has decided" in copy.matches[0].reason
    decision = desk.record.decisions.of_case(filed.report.case_id)[0]
    assert (decision.outcome, decision.recommendation.rule) == (DecisionOutcome.RESTRICT, rule)
    assert decision.decided_by.startswith("policy:")
    assert desk.told().count("takedown.interim") == 1
    assert "takedown.created" not in desk.told()


def test_what_a_person_decides_first_is_not_restricted_before(desk: Desk) -> None:
    """R07 says remove, and R10 asks for a valid report: the table leaves both to a decision."""
    assert desk.report(1).interim is None
    assert by_stranger(desk, 2, nudity=False).interim is None
    assert desk.upload("copy", picture(1)).upload.verdict == "allow"


def test_an_operator_may_restrict_valid_reports_at_once_too(desk: Desk) -> None:
    """Where nobody decides at night, an intimate picture is held until the morning."""
    desk.interim = InterimTerms(valid_reports=True)
    filed = desk.report(1)
    assert now(desk, filed).is_interim
    assert desk.upload("copy", picture(1, file=2)).upload.verdict == "hold"


def test_no_limit_means_no_interim(desk: Desk) -> None:
    """An operator may leave all of it to people."""
    desk.interim = NO_INTERIM
    assert by_stranger(desk).interim is None


def test_earlier_uploads_are_held_by_its_look_back_and_have_no_cases_of_their_own(desk: Desk) -> None:
    """What is out already is restricted as well, and is one question to one person."""
    early = desk.upload("early", picture(1, file=3)).upload
    filed = by_stranger(desk)
    look_back(desk)
    assert desk.verdict(early) == "hold"
    assert [one.id for one in desk.record.cases.rows.values()] == [filed.report.case_id]


def test_upheld_it_is_the_same_takedown_and_blocks_what_it_held(desk: Desk) -> None:
    """There is no moment between: the id, the index and the references stay."""
    filed = desk.report(1, **R06)
    held = desk.upload("copy", picture(1, file=2)).upload
    before = desk.record.index_log.of_owner(filed.interim.id)
    change_facts(filed.report.case_id, {"permission_evidence": "none"}, MODERATOR, desk.record)
    decision = desk.decide(filed.report.case_id, "uphold")
    takedown = now(desk, filed)
    assert (decision.takedown_id, takedown.decision_id) == (filed.interim.id, decision.id)
    assert (takedown.state, takedown.interim_until) == (TakedownState.ACTIVE, None)
    assert desk.record.index_log.of_owner(takedown.id) == before
    assert desk.record.takedowns.reference_of_decision(decision.id) == desk.record.takedowns.references(takedown.id)
    assert desk.verdict(held) == "block"
    assert desk.record.cases.get(desk.record.uploads.get(held.id).case_id).upload_id == held.id
    states = {one.outcome: one.state for one in desk.record.decisions.of_case(filed.report.case_id)}
    assert states[DecisionOutcome.RESTRICT] is DecisionState.SUPERSEDED
    assert [one for one in desk.told() if one.startswith("takedown")] == ["takedown.interim", "takedown.created"]


def test_upheld_where_context_matters_each_copy_gets_a_case(desk: Desk) -> None:
    """What a stranger reported is banked to hold alone, and somebody decides on each copy from then on."""
    filed = by_stranger(desk)
    held = desk.upload("copy", picture(1, file=2)).upload
    desk.decide(filed.report.case_id, "uphold")
    case = desk.record.cases.get(desk.record.uploads.get(held.id).case_id)
    assert (desk.verdict(held), case.upload_id, case.is_open) == ("hold", held.id, True)


def test_rejected_it_releases_everything_and_nothing_is_left(desk: Desk) -> None:
    """A wrong report must not cost anybody more than the time it took to look."""
    early = desk.upload("early", picture(1, file=3)).upload
    filed = by_stranger(desk)
    look_back(desk)
    later = desk.upload("later", picture(1, file=4)).upload
    desk.decide(filed.report.case_id, "reject")
    assert not desk.record.index_log.of_owner(filed.interim.id)
    assert [desk.verdict(one) for one in (early, later)] == ["allow", "allow"]
    assert desk.told()[-3:] == ["takedown.interim_ended", "upload.reinstated", "upload.reinstated"]
    assert desk.upload("afterwards", picture(1, file=5)).upload.verdict == "allow"
    assert [one.state for one in desk.record.cases.rows.values()] == [CaseState.DECIDED]
    assert now(desk, filed).state is TakedownState.WITHDRAWN


def test_withdrawn_with_the_receipt_it_ends_and_the_case_closes(desk: Desk) -> None:
    """Who reported it may take that back before anybody has looked."""
    filed = desk.report(1, **R06)
    held = desk.upload("copy", picture(1, file=2)).upload
    withdraw_report(filed.report, "I changed my mind", desk.record)
    assert desk.verdict(held) == "allow"
    assert desk.record.cases.get(filed.report.case_id).state is CaseState.DECIDED
    assert "takedown.interim_ended" in desk.told()
    assert desk.record.decisions.of_case(filed.report.case_id)[-1].state is DecisionState.WITHDRAWN


def test_withdrawn_while_a_second_person_is_waited_for(desk: Desk) -> None:
    """Nothing can be approved afterwards that was taken back."""
    desk.limits = SafeguardLimits(uploads=1, uploaders=1)
    filed = desk.report(1, **R06)
    for n in range(3):
        desk.upload(f"copy {n}", picture(1, file=2 + n), by=f"person {n}")
    waiting = desk.decide(filed.report.case_id, "uphold")
    withdraw_report(filed.report, "I changed my mind", desk.record)
    with pytest.raises(WrongStateError):
        approve_decision(waiting.id, COLLEAGUE, desk.record)
    assert desk.record.cases.get(filed.report.case_id).state is CaseState.DECIDED
    assert {one.verdict for one in desk.record.uploads.rows.values()} == {"allow"}


def test_past_its_limit_it_ends_and_the_case_can_still_be_upheld(desk: Desk) -> None:
    """Nobody is held for ever because nobody looked; who looks later makes a takedown of its own."""
    filed = by_stranger(desk)
    held = desk.upload("copy", picture(1, file=2)).upload
    assert desk.record.takedowns.next_interim_due(desk.record.now) is None
    desk.record.clock.moment += timedelta(hours=72)
    due = desk.record.takedowns.next_interim_due(desk.record.now)
    assert due == filed.interim.id
    assert end_past_interim(due, desk.record)
    assert not end_past_interim(due, desk.record)
    assert desk.verdict(held) == "allow"
    assert desk.record.cases.get(filed.report.case_id).is_open
    decision = desk.decide(filed.report.case_id, "uphold")
    assert decision.takedown_id != filed.interim.id
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.ACTIVE


def test_a_decision_that_waits_keeps_it_until_its_limit_and_survives_that(desk: Desk) -> None:
    """A second person may come late: what they agree to then stands, by a takedown of its own."""
    desk.limits = SafeguardLimits(uploads=1, uploaders=1)
    filed = by_stranger(desk)
    held = [desk.upload(f"copy {n}", picture(1, file=2 + n), by=f"person {n}").upload for n in range(3)]
    waiting = desk.decide(filed.report.case_id, "uphold")
    assert waiting.approvals_needed == 1
    assert now(desk, filed).is_interim
    assert {desk.verdict(one) for one in held} == {"hold"}
    desk.record.clock.moment += timedelta(hours=73)
    assert end_past_interim(filed.interim.id, desk.record)
    assert {desk.verdict(one) for one in held} == {"allow"}
    approved = approve_decision(waiting.id, COLLEAGUE, desk.record)
    takedown = desk.record.takedowns.get(approved.takedown_id)
    assert (takedown.id == filed.interim.id, takedown.state) == (False, TakedownState.ACTIVE)


def test_approved_in_time_it_is_the_same_takedown(desk: Desk) -> None:
    """Four eyes make no gap either."""
    desk.limits = SafeguardLimits(uploads=1, uploaders=1)
    filed = by_stranger(desk)
    for n in range(3):
        desk.upload(f"copy {n}", picture(1, file=2 + n), by=f"person {n}")
    waiting = desk.decide(filed.report.case_id, "uphold")
    approved = approve_decision(waiting.id, COLLEAGUE, desk.record, search=desk.search)
    assert approved.takedown_id == filed.interim.id
    assert now(desk, filed).state is TakedownState.ACTIVE


def test_facts_that_take_its_reason_away_end_it(desk: Desk) -> None:
    """A moderator who sees that nobody is undressed need not decide the case to let people go."""
    filed = by_stranger(desk)
    held = desk.upload("copy", picture(1, file=2)).upload
    change_facts(filed.report.case_id, {"nudity": False}, MODERATOR, desk.record)
    assert desk.verdict(held) == "allow"
    assert interim_of(filed.report.case_id, desk.record) is None
    assert desk.record.cases.get(filed.report.case_id).is_open


def test_facts_that_confirm_it_do_not(desk: Desk) -> None:
    """A mandate that is verified makes R05 R07: the more reason to hold it."""
    filed = desk.report(1, relation=Relation.AUTHORISED_REPRESENTATIVE)
    assert filed.interim is None  # R02: the mandate is asked for first
    disputed = desk.report(2, **R06)
    change_facts(disputed.report.case_id, {"permission_evidence": "none"}, MODERATOR, desk.record)
    assert now(desk, disputed).is_interim


def test_the_upload_that_the_report_names_is_held_whatever_it_looks_like(desk: Desk) -> None:
    """The report may come with another file of it, or with another of several."""
    named = desk.upload("post-1", picture(7)).upload
    filed = by_stranger(desk, upload_id="post-1")
    assert (desk.verdict(named), desk.record.uploads.get(named.id).case_id) == ("hold", filed.report.case_id)
    look_back(desk)
    desk.decide(filed.report.case_id, "reject")
    assert desk.verdict(named) == "allow"


def test_upheld_the_named_upload_that_looks_otherwise_is_asked_about(desk: Desk) -> None:
    """The picture was seen and the post was not: a person says whether it is the same."""
    named = desk.upload("post-1", picture(7)).upload
    filed = desk.report(1, upload_id="post-1", **R06)
    desk.decide(filed.report.case_id, "uphold")
    case = desk.record.cases.get(desk.record.uploads.get(named.id).case_id)
    assert (desk.verdict(named), case.upload_id, case.is_open) == ("hold", named.id, True)
    desk.decide(case.id, "reject", because="another picture")
    assert desk.verdict(named) == "allow"


def test_the_named_upload_that_is_a_copy_is_a_match_like_others(desk: Desk) -> None:
    """What agrees is on record, so it is taken down with the others."""
    named = desk.upload("post-1", picture(1, file=2)).upload
    filed = desk.report(1, upload_id="post-1", **R06)
    match = desk.record.matches.of_upload(named.id)[0]
    assert (match.evidence != (), desk.verdict(named)) == (True, "hold")
    change_facts(filed.report.case_id, {"permission_evidence": "none"}, MODERATOR, desk.record)
    desk.decide(filed.report.case_id, "uphold")
    assert desk.verdict(named) == "block"


def test_nobody_s_own_post_is_held(desk: Desk) -> None:
    """The person depicted reports what others shared, not what she shares herself."""
    own = desk.upload("post-1", picture(1, file=2), by="anna").upload
    desk.report(1, upload_id="post-1", account="anna", **R06)
    look_back(desk)
    assert desk.verdict(own) == "allow"


def test_a_campaign_is_not_restricted_at_once_and_ends_what_was(desk: Desk) -> None:
    """Forty new accounts against one journalist must not hold her posts for three days."""
    filed = [by_stranger(desk, n, uploader_id="journalist") for n in range(12)]
    held = [one.interim is not None for one in filed]
    assert held == [True] * 9 + [False] * 3
    assert not any(now(desk, one).is_interim for one in filed[:9])
    cases = [desk.record.cases.get(one.report.case_id) for one in filed]
    assert {one.queue for one in cases} == {Queue.CAMPAIGNS}
    assert "part of a campaign" in cases[-1].note


def test_media_on_a_list_is_not_restricted_at_once(desk: Desk) -> None:
    """Newsworthy media waits for a person, and a blank page is nobody's."""
    protect_media(ProtectMedia(SENIOR, submitted(picture(1)), "front page"), desk.record)
    assert by_stranger(desk, 1).interim is None
    assert "protected as newsworthy" in next(iter(desk.record.cases.rows.values())).note


def test_what_many_have_posted_already_is_left_to_a_person(desk: Desk) -> None:
    """A popular picture that somebody calls intimate must not hold a thousand posts on their word."""
    desk.limits = SafeguardLimits(uploads=2, uploaders=2)
    for n in range(3):
        desk.upload(f"early {n}", picture(1, file=2 + n), by=f"person {n}")
    filed = by_stranger(desk)
    assert filed.interim is None
    assert "3 registered uploads by 3 people" in desk.record.cases.get(filed.report.case_id).note
    assert desk.upload("later", picture(1, file=9)).upload.verdict == "allow"


def test_one_that_floods_goes_into_quarantine_and_out_again(desk: Desk) -> None:
    """A person is asked at once, and the decision on the report settles all of it."""
    filed = desk.report(1, **R06)
    desk.flood = FloodLimits(uploaders=2)
    posts = [desk.upload(f"copy {n}", picture(1, file=2 + n), by=f"person {n}").upload for n in range(4)]
    takedown = now(desk, filed)
    assert (takedown.is_interim, takedown.quarantined_at is not None) == (True, True)
    assert {desk.verdict(one) for one in posts} == {"hold"}
    change_facts(filed.report.case_id, {"permission_evidence": "none"}, MODERATOR, desk.record)
    desk.decide(filed.report.case_id, "uphold")
    assert {desk.verdict(one) for one in posts} == {"hold"}
    assert {desk.record.uploads.get(one.id).case_id for one in posts} == {takedown.quarantine_case_id}
    lift_quarantine(LiftQuarantine(takedown.id, SENIOR), desk.record, desk.search)
    assert {desk.verdict(one) for one in posts} == {"block"}


def test_an_appeal_against_it_ends_it_or_goes_on_against_the_decision(desk: Desk) -> None:
    """Whoever is held may ask somebody to look, and is not forgotten because a moderator was faster."""
    first, second = by_stranger(desk, 1), by_stranger(desk, 2)
    held = desk.upload("copy", picture(1, file=2)).upload
    against = [desk.record.decisions.of_case(one.report.case_id)[0].id for one in (first, second)]
    appeals = [
        file_appeal(FileAppeal(one, AppealBy.POSTER, "it is a painting", PIPELINE), desk.record) for one in against
    ]
    decide_appeal(DecideAppeal(appeals[0].id, SENIOR, AppealOutcome.OVERTURN), desk.record)
    assert (desk.verdict(held), now(desk, first).state) == ("allow", TakedownState.OVERTURNED)
    decision = desk.decide(second.report.case_id, "uphold")
    assert desk.record.appeals.get(appeals[1].id).decision_id == decision.id
    decide_appeal(DecideAppeal(appeals[1].id, SENIOR, AppealOutcome.OVERTURN), desk.record)
    assert now(desk, second).state is TakedownState.OVERTURNED


def test_an_appeal_left_over_by_its_end_can_be_decided(desk: Desk) -> None:
    """There is nothing left to bring back, and no question stays open for ever."""
    filed = by_stranger(desk)
    against = desk.record.decisions.of_case(filed.report.case_id)[0].id
    appeal = file_appeal(FileAppeal(against, AppealBy.POSTER, "it is a painting", PIPELINE), desk.record)
    desk.decide(filed.report.case_id, "reject")
    decided = decide_appeal(DecideAppeal(appeal.id, SENIOR, AppealOutcome.OVERTURN), desk.record)
    assert decided.state == "overturned"


def test_staff_may_end_it_without_deciding_the_case(desk: Desk) -> None:
    """A senior who is called at night lets people go, and the moderator decides in the morning."""
    filed = by_stranger(desk)
    held = desk.upload("copy", picture(1, file=2)).upload
    withdraw_takedown(WithdrawTakedown(filed.interim.id, SENIOR, "a statue"), desk.record)
    assert desk.verdict(held) == "allow"
    assert desk.record.cases.get(filed.report.case_id).is_open


def test_facts_of_one_copy_are_not_those_of_the_report(desk: Desk) -> None:
    """What a platform says of a newspaper's post is not said of the picture everybody is held for."""
    filed = by_stranger(desk)
    held = desk.upload("copy", picture(1, file=2)).upload
    change_upload_facts(held.id, {"newsworthy_event": True}, PIPELINE, desk.record)
    assert not desk.record.cases.get(filed.report.case_id).facts.newsworthy_event
    assert desk.record.uploads.get(held.id).facts == {"newsworthy_event": True}


def test_held_by_two_it_stays_held_by_the_other_with_a_case_that_is_open(desk: Desk) -> None:
    """One report that was wrong releases nobody who is held for another, nor forgets to ask about them."""
    first, second = by_stranger(desk, 1), by_stranger(desk, 1)
    held = desk.upload("copy", picture(1, file=2)).upload
    desk.decide(first.report.case_id, "reject")
    assert (desk.verdict(held), desk.record.uploads.get(held.id).case_id) == ("hold", second.report.case_id)
    desk.decide(second.report.case_id, "reject")
    assert desk.verdict(held) == "allow"


def test_a_standing_takedown_found_later_asks_by_a_case_of_its_own(desk: Desk) -> None:
    """What is held for two reasons is not let go, or left without a case, when the first is gone."""
    filed = by_stranger(desk, 1)
    held = desk.upload("copy", picture(1, file=2)).upload
    desk.take_down(1, nudity=False, context_assessed=True, actor=COLLEAGUE)
    look_back(desk)
    desk.decide(filed.report.case_id, "reject")
    case = desk.record.cases.get(desk.record.uploads.get(held.id).case_id)
    assert (desk.verdict(held), case.upload_id, case.is_open) == ("hold", held.id, True)


def test_its_end_is_retained_as_a_rejected_report_is(desk: Desk) -> None:
    """A takedown nobody upheld is not kept, or erased, as one that was."""
    filed = by_stranger(desk)
    desk.decide(filed.report.case_id, "reject")
    later = desk.record.now + timedelta(days=1)
    assert desk.record.past_date.due(Dated.WITHDRAWN, later, limit=9) == []
    assert desk.record.past_date.due(Dated.REJECTED, later, limit=9) == [filed.report.id]


def test_the_index_has_it_in_the_report_s_own_transaction(desk: Desk) -> None:
    """The answer to the report promises that no question that begins afterwards misses it."""
    version = desk.record.index_log.version(Collection.TAKEDOWNS)
    filed = by_stranger(desk)
    decision = desk.record.decisions.of_case(filed.report.case_id)[0]
    assert decision.index_version == desk.record.index_log.version(Collection.TAKEDOWNS) > version
