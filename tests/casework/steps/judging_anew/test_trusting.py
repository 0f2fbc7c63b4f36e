"""What a takedown may do by itself follows what is known of it: in the transaction in which that changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import AppealBy, AppealOutcome
from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.cases.report import Relation, Statement
from casework.domain.errors import WrongStateError
from casework.domain.takedowns.trust import Lack
from casework.handlers.deciding.decide import approve_decision
from casework.handlers.deciding.look import preview_of
from casework.handlers.lookback import apply_batch, compare_batch, survey
from casework.handlers.reports.converse import Answer, answer_as_reporter, foresee_answer
from casework.handlers.reports.intake import FiledReport
from casework.handlers.standing.appeals import DecideAppeal, FileAppeal, decide_appeal, file_appeal
from casework.policy.automation.safeguards import SafeguardLimits
from casework.steps.judging_anew.trusting import is_seen, lacks_of_case
from casework.steps.reports.next_steps import Step, what_is_next
from casework.steps.sweeps import claim_sweep
from casework.steps.taking_down.restrict_at_once import Restricting
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, STATEMENT, Desk, picture, submitted

SENIOR = Actor("key_sam", "sam", Role.SENIOR)
HASHES_ONLY = replace(submitted(picture(1)), kind="unknown", preview=None)
ANONYMOUS = {"statement": Statement(non_consent=True), "contact": None}


@pytest.fixture
def desk() -> Desk:
    """Open a desk over an empty record."""
    return Desk()


def lacks(desk: Desk, decision: Decision) -> list[str]:
    """Return what a decision's takedown lacks now."""
    return [one.value for one in desk.record.takedowns.get(decision.takedown_id).trust_lacks]


def uphold(desk: Desk, filed: FiledReport, **options: object) -> Decision:
    """Uphold a report without having looked, unless that is said."""
    return desk.decide(filed.report.case_id, "uphold", **{"looks": False, **options})


def copy(desk: Desk, file: int = 2) -> str:
    """Upload a copy; return its verdict."""
    return desk.verdict(desk.upload(f"copy {file}", picture(1, file=file)).upload)


def confirm(desk: Desk, file: int = 2, *, looks: bool = True, actor: Actor = MODERATOR) -> Decision:
    """Confirm a copy that was uploaded."""
    upload = desk.record.uploads.by_platform_ids([f"copy {file}"])[f"copy {file}"]
    return desk.decide(upload.case_id, "uphold", actor, because="it is one", looks=looks)


def answer(desk: Desk, filed: FiledReport, **given: object) -> None:
    """Answer as who reported, as the API does."""
    command = Answer(desk.record.reports.get(filed.report.id), **given)
    foreseen = foresee_answer(command, desk.record, desk.search, desk.interim)
    answer_as_reporter(command, desk.record, restricting=Restricting(desk.search, desk.interim, desk.limits, foreseen))


def overturn(desk: Desk, decision: Decision) -> None:
    """Overturn a decision on appeal."""
    appeal = file_appeal(FileAppeal(decision.id, AppealBy.POSTER, "no", COLLEAGUE), desk.record)
    decide_appeal(DecideAppeal(appeal.id, SENIOR, AppealOutcome.OVERTURN), desk.record, search=desk.search)


def test_one_click_on_what_nobody_has_seen_holds(desk: Desk) -> None:
    """A moderator who upholds from a list must not have a machine block strangers' posts."""
    filed = desk.report(1)
    case = desk.record.cases.get(filed.report.case_id)
    assert (lacks_of_case(case, desk.record), is_seen(case, desk.record)) == ((Lack.LOOK,), False)
    decision = uphold(desk, filed)
    assert lacks(desk, decision) == ["look"]
    held = desk.upload("copy", picture(1))
    assert held.upload.verdict == "hold"
    assert "has seen this media" in held.matches[0].reason


def test_who_looked_before_deciding_blocks(desk: Desk) -> None:
    """The main job: reported, seen, upheld, and what comes back is stopped."""
    filed = desk.report(1)
    assert desk.look(filed.report.case_id) == 1
    case = desk.record.cases.get(filed.report.case_id)
    assert (lacks_of_case(case, desk.record), is_seen(case, desk.record)) == ((), True)
    assert lacks(desk, uphold(desk, filed)) == []
    assert copy(desk) == "block"


def test_another_ones_look_is_not_the_deciders(desk: Desk) -> None:
    """Who answers for the decision has seen what it is about; who approves it answers for it too."""
    filed = desk.report(1)
    desk.look(filed.report.case_id, COLLEAGUE)
    assert lacks(desk, uphold(desk, filed)) == ["look"]
    desk.limits = SafeguardLimits(uploads=0)
    desk.upload("early", picture(2, file=3))
    wide = desk.report(2)
    desk.look(wide.report.case_id, COLLEAGUE)
    waiting = uphold(desk, wide)
    assert waiting.state is DecisionState.AWAITING_APPROVAL
    approve_decision(waiting.id, COLLEAGUE, desk.record, search=desk.search)
    assert lacks(desk, waiting) == []


def test_every_picture_has_to_be_seen(desk: Desk) -> None:
    """A second one beside it could show anything."""
    filed = desk.report(1, also=submitted(picture(2)))
    preview_of(filed.report.case_id, 0, MODERATOR, desk.record)
    case = desk.record.cases.get(filed.report.case_id)
    assert (is_seen(case, desk.record), lacks_of_case(case, desk.record)) == (False, (Lack.LOOK,))
    assert lacks(desk, uphold(desk, filed)) == ["look"]


def test_a_look_after_the_decision_lifts_it_at_once(desk: Desk) -> None:
    """What was held meanwhile is judged anew in the same transaction, and its cases are decided."""
    filed = desk.report(1)
    decision = uphold(desk, filed)
    held = desk.upload("copy", picture(1, file=2)).upload
    preview_of(filed.report.case_id, 0, COLLEAGUE, desk.record, search=desk.search)
    assert (desk.verdict(held), lacks(desk, decision)) == ("hold", ["look"])
    preview_of(filed.report.case_id, 0, MODERATOR, desk.record, search=desk.search)
    assert (desk.verdict(held), lacks(desk, decision)) == ("block", [])
    assert desk.record.cases.get(held.case_id).state is CaseState.DECIDED
    assert desk.record.audited()[decision.takedown_id][-2:] == ["takedown:trust:changed"] * 2
    assert copy(desk, 3) == "block"


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"statement": replace(STATEMENT, signature=None)}, ["signature"]),
        ({"statement": replace(STATEMENT, good_faith=False)}, ["statements"]),
        ({"contact": None}, ["known_reporter"]),
        (ANONYMOUS, ["signature", "statements", "known_reporter"]),
    ],
    ids=["unsigned", "not in good faith", "without a contact", "anonymous"],
)
def test_what_the_notice_lacks_holds_until_the_reporter_adds_it(desk: Desk, report: dict, expected: list[str]) -> None:
    """Upheld and seen, it still rests on nobody's word; the receipt says that an answer is taken."""
    filed = desk.report(1, **report)
    desk.look(filed.report.case_id)
    decision = uphold(desk, filed)
    assert (lacks(desk, decision), copy(desk)) == (expected, "hold")
    case = desk.record.cases.get(filed.report.case_id)
    assert Step.ANSWER in what_is_next(filed.report, case, desk.record)
    answer(
        desk,
        filed,
        statement={"signature": "A", "good_faith": True},
        reporter={"contact": "a@example.org"},
    )
    assert (lacks(desk, decision), copy(desk, 3)) == ([], "block")
    assert desk.verdict(desk.record.uploads.by_platform_ids(["copy 2"])["copy 2"]) == "block"
    assert Step.ANSWER not in what_is_next(filed.report, case, desk.record)
    with pytest.raises(WrongStateError, match="takes no more answers"):
        answer(desk, filed, text="and now?")


@pytest.mark.parametrize(
    "more",
    [
        {"facts": {"nudity": False}},
        {"content": {"post_text": "more"}},
        {"media": (submitted(picture(5)),)},
        {"statement": {"non_consent": True}},
        {"reporter": {"authority_evidence": "a letter"}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_decided_report_takes_only_what_its_notice_lacks(desk: Desk, more: dict) -> None:
    """What the decision rests on is not changed behind its back, and nothing of such an answer is taken."""
    filed = desk.report(1, **ANONYMOUS)
    uphold(desk, filed)
    with pytest.raises(WrongStateError, match="takes only what its notice lacks"):
        answer(desk, filed, **more)
    assert desk.record.messages.of_case(filed.report.case_id) == []
    answer(desk, filed, text="I will sign.")
    assert [one.text for one in desk.record.messages.of_case(filed.report.case_id)] == ["I will sign."]


def test_a_mandate_that_nobody_verified_holds(desk: Desk) -> None:
    """Whoever says that they act for somebody may not."""
    filed = desk.report(1, relation=Relation.AUTHORISED_REPRESENTATIVE)
    case = desk.record.cases.get(filed.report.case_id)
    assert lacks_of_case(case, desk.record) == (Lack.KNOWN_REPORTER, Lack.LOOK)


def test_hashes_hold_until_a_copy_is_seen_and_confirmed(desk: Desk) -> None:
    """Nobody can look at what was never sent: the first copy shows what the hashes stand for."""
    filed = desk.report(1, media=HASHES_ONLY, **ANONYMOUS)
    decision = uphold(desk, filed)
    assert lacks(desk, decision) == ["signature", "statements", "known_reporter", "confirmed_copy"]
    assert copy(desk) == "hold"
    other = desk.upload("copy 9", picture(1, file=9)).upload
    confirm(desk)
    assert lacks(desk, decision) == []
    assert copy(desk, 3) == "block"
    assert desk.verdict(other) in ("hold", "block")  # what rests on the claimed values alone is still a person's


def test_a_copy_that_nobody_looked_at_confirms_nothing(desk: Desk) -> None:
    """A second click is no look; the look afterwards is."""
    filed = desk.report(1, media=HASHES_ONLY, **ANONYMOUS)
    decision = uphold(desk, filed)
    copy(desk)
    confirmed = confirm(desk, looks=False)
    assert "confirmed_copy" in lacks(desk, decision)
    assert copy(desk, 3) == "hold"
    desk.look(confirmed.case_id, COLLEAGUE)
    assert "confirmed_copy" in lacks(desk, decision)
    desk.look(confirmed.case_id)
    assert (lacks(desk, decision), copy(desk, 4)) == ([], "block")


def test_a_confirmation_that_is_overturned_takes_the_trust_along(desk: Desk) -> None:
    """What was blocked on it waits for a person again, with a case to decide; the other confirmation keeps it."""
    filed = desk.report(1, **ANONYMOUS)
    decision = uphold(desk, filed)
    copy(desk)
    first = confirm(desk)
    blocked = desk.upload("copy 3", picture(1, file=3)).upload
    assert desk.verdict(blocked) == "block"
    overturn(desk, first)
    assert lacks(desk, decision) == ["signature", "statements", "known_reporter", "look"]
    blocked = desk.record.uploads.get(blocked.id)
    case = desk.record.cases.get(blocked.case_id)
    assert (blocked.verdict, case.is_open) == ("hold", True)
    second = confirm(desk, 3)
    assert (lacks(desk, decision), copy(desk, 4)) == ([], "block")
    assert desk.record.decisions.get(second.id).state is DecisionState.EFFECTIVE


def test_the_post_that_a_report_names_is_no_confirmed_copy(desk: Desk) -> None:
    """The decision on the report itself cannot vouch for the report."""
    named = desk.upload("post", picture(1, file=7)).upload
    filed = desk.report(1, upload_id="post", **ANONYMOUS)
    desk.look(filed.report.case_id)
    decision = uphold(desk, filed)
    assert (desk.verdict(named), "signature" in lacks(desk, decision)) == ("block", True)
    assert copy(desk) == "hold"


def test_earlier_uploads_are_held_by_a_look_back_without_trust(desk: Desk) -> None:
    """The same rule, whichever way a copy is found."""
    early = desk.upload("early", picture(1, file=8)).upload
    filed = desk.report(1)
    uphold(desk, filed)
    while (sweep := claim_sweep(desk.record, lease=timedelta(minutes=1))) is not None:
        found = survey(sweep, desk.record, desk.search)
        batch, judged = compare_batch(found, found.upload_ids, desk.record, desk.search, out_of_time=lambda: False)
        # Somebody looks between the comparison and the transaction that writes it down.
        desk.look(filed.report.case_id)
        apply_batch(sweep, found, batch, judged, desk.record, lease=timedelta(minutes=1))
    assert desk.verdict(early) == "block"


def test_what_is_restricted_at_once_is_trusted_or_not_once_it_is_upheld(desk: Desk) -> None:
    """An interim takedown holds in any case; upheld, the same ladder applies to what it held."""
    filed = desk.report(1, permission_evidence="claimed_by_poster")
    held = desk.upload("copy", picture(1, file=2)).upload
    desk.record.cases.update(
        replace(
            case := desk.record.cases.get(filed.report.case_id), facts=replace(case.facts, permission_evidence="none")
        )
    )
    decision = uphold(desk, filed)
    assert (desk.verdict(held), lacks(desk, decision)) == ("hold", ["look"])
    own = desk.record.cases.get(desk.record.uploads.get(held.id).case_id)
    assert (own.upload_id, own.is_open) == (held.id, True)
    desk.look(filed.report.case_id)
    assert desk.verdict(held) == "block"


def test_what_waits_for_a_person_anyway_is_not_said_to_lack_anything(desk: Desk) -> None:
    """Where context matters every copy is looked at: the ladder adds nothing there."""
    filed = desk.report(1, nudity=False, **ANONYMOUS)
    decision = uphold(desk, filed, because="it is private")
    assert lacks(desk, decision) == []
    assert not desk.record.takedowns.get(decision.takedown_id).acts_by_itself


@pytest.mark.parametrize(
    ("before", "said", "rule"),
    [
        ({}, {"permission_evidence": "claimed_by_poster"}, "R06"),
        ({"relation": Relation.THIRD_PARTY, "nudity": False}, {"nudity": True}, "R05"),
    ],
    ids=["R06", "R05"],
)
def test_an_answer_restricts_at_once_as_a_report_does(desk: Desk, before: dict, said: dict, rule: str) -> None:
    """What is learned from the reporter later holds copies from then on, once."""
    filed = desk.report(1, **before)
    assert (filed.interim, copy(desk)) == (None, "allow")
    answer(desk, filed, text="more", facts=said)
    (interim,) = desk.record.takedowns.of_case(filed.report.case_id)
    assert interim.is_interim
    assert desk.record.decisions.get(interim.decision_id).recommendation.rule == rule
    assert copy(desk, 3) == "hold"
    answer(desk, filed, text="and more")
    assert [one.id for one in desk.record.takedowns.of_case(filed.report.case_id)] == [interim.id]


def test_an_answer_does_not_renew_what_ended(desk: Desk) -> None:
    """Once a person has let it go, or its time is over, the reporter's word alone does not bring it back."""
    filed = desk.report(1, relation=Relation.THIRD_PARTY)
    answer(desk, filed, facts={"nudity": False})
    assert not any(one.is_interim for one in desk.record.takedowns.of_case(filed.report.case_id))
    answer(desk, filed, facts={"nudity": True})
    assert not any(one.is_interim for one in desk.record.takedowns.of_case(filed.report.case_id))
