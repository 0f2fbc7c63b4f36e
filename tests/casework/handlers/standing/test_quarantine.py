"""Flood quarantine: what matches far more people than its like asks a person, and what that person says counts."""

from datetime import timedelta

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.cases.case import CaseState, Queue
from casework.domain.errors import WrongStateError
from casework.domain.takedowns.takedown import Takedown
from casework.handlers.lookback import apply_batch, compare_batch, survey
from casework.handlers.standing.quarantine import LiftQuarantine, lift_quarantine
from casework.handlers.standing.rejudge import rejudge_batch, uploads_to_rejudge
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown
from casework.handlers.uploads import register_uploads
from casework.policy.automation.flood import FLOOD_WINDOW, FloodLimits, flood_reason
from casework.steps.judging_anew.flood import matched_by, pictures_of
from casework.steps.sweeps import claim_sweep
from tests.casework.handlers.conftest import Desk, picture, registration

SENIOR = Actor("key_sam", "sam", Role.SENIOR)
LEASE = timedelta(minutes=1)


def flooded(desk: Desk, people: int, *, begin: int = 0, number: int = 1) -> list[str]:
    """Let several people post a copy of a picture; return the verdicts, in order."""
    desk.flood = FloodLimits(uploaders=2)
    posts = range(begin, begin + people)
    return [
        desk.upload(f"{number} by {n}", picture(number, flipped=n % 9, file=n + 1), by=f"person {n}").upload.verdict
        for n in posts
    ]


def takedown_of(desk: Desk) -> Takedown:
    """Return the one takedown there is."""
    return next(iter(desk.record.takedowns.rows.values()))


def lift(desk: Desk) -> Takedown:
    """Lift the quarantine of the one takedown."""
    command = LiftQuarantine(takedown_of(desk).id, SENIOR, "it spreads")
    return lift_quarantine(command, desk.record, desk.search)


def test_a_takedown_that_matches_too_many_people_stops_acting_by_itself(desk: Desk) -> None:
    """A logo that was reported as if it were private media would block strangers by the hundred."""
    desk.take_down(1)
    assert flooded(desk, 5) == ["block", "block", "block", "hold", "hold"]
    takedown = takedown_of(desk)
    assert takedown.quarantined_at is not None
    assert "3 people within 24 hours; 2 are expected" in takedown.quarantine_reason
    assert not takedown.acts_by_itself
    assert "takedown.quarantined" in desk.told()
    audited = desk.record.audit.of([takedown.id])[-1]
    assert (audited.action, audited.actor_id.partition(":")[0]) == ("takedown:quarantined", "policy")


def test_what_a_quarantine_holds_is_one_case(desk: Desk) -> None:
    """Hundreds of strangers' posts are one question to one person, who sees what they have in common."""
    desk.take_down(1)
    flooded(desk, 9)
    takedown = takedown_of(desk)
    waiting = [one for one in desk.record.cases.rows.values() if one.is_open]
    assert [one.id for one in waiting] == [takedown.quarantine_case_id]
    assert waiting[0].queue is Queue.QUARANTINES
    held = [one for one in desk.record.uploads.rows.values() if one.verdict == "hold"]
    assert {one.case_id for one in held} == {takedown.quarantine_case_id}
    pictures = pictures_of(waiting[0], desk.record)
    assert [one.id for one in pictures[:1]] == desk.record.takedowns.references(takedown.id)
    assert len(pictures) == 1 + 9
    assert len(matched_by(waiting[0], desk.record)) == 9


def test_one_person_who_posts_much_is_no_flood(desk: Desk) -> None:
    """An abuser who tries again and again must not switch automation off for what they post."""
    desk.take_down(1)
    desk.flood = FloodLimits(uploaders=2)
    posts = [desk.upload(f"post {n}", picture(1, file=n + 1), by="the same") for n in range(9)]
    assert {one.upload.verdict for one in posts} == {"block"}


def test_people_are_counted_within_a_day(desk: Desk) -> None:
    """What spreads over a year is no flood."""
    desk.take_down(1)
    for n in range(6):
        assert flooded(desk, 1, begin=n) == ["block"]
        desk.record.clock.moment += FLOOD_WINDOW / 2 + timedelta(seconds=1)


def test_no_limit_means_no_quarantine(desk: Desk) -> None:
    """An operator who knows their traffic may switch it off."""
    desk.take_down(1)
    desk.flood = FloodLimits(uploaders=0)
    posts = [desk.upload(f"post {n}", picture(1, file=n + 1), by=f"person {n}") for n in range(40)]
    assert {one.upload.verdict for one in posts} == {"block"}


def test_a_library_is_judged_one_after_another(desk: Desk) -> None:
    """Of many that are registered at once, those after the one too many are held."""
    desk.take_down(1)
    library = [registration(f"post {n}", picture(1, file=n + 1), by=f"person {n}") for n in range(6)]
    register_uploads(library, desk.record, desk.search, flood=FloodLimits(uploaders=2))
    verdicts = [desk.record.uploads.by_platform_ids([f"post {n}"])[f"post {n}"].verdict for n in range(6)]
    assert verdicts == ["block"] * 3 + ["hold"] * 3


def test_a_look_back_stops_blocking_where_it_hits_too_many(desk: Desk) -> None:
    """A takedown that hits the library's every screenshot must not take them down before somebody looked."""
    uploads = [desk.upload(f"post {n}", picture(1, file=n + 1), by=f"person {n}").upload for n in range(6)]
    desk.take_down(1)
    sweep = claim_sweep(desk.record, lease=LEASE)
    found = survey(sweep, desk.record, desk.search)
    batch, judged = compare_batch(found, found.upload_ids, desk.record, desk.search, out_of_time=lambda: False)
    done = apply_batch(sweep, found, batch, judged, desk.record, lease=LEASE, flood=FloodLimits(uploaders=2))
    verdicts = [desk.verdict(one) for one in uploads]
    assert sorted(verdicts) == ["block"] * 3 + ["hold"] * 3
    assert done.cases == 3
    assert takedown_of(desk).quarantined_at is not None


def test_a_lifted_quarantine_acts_again_and_judges_anew_what_it_held(desk: Desk) -> None:
    """Real abuse that goes viral is taken down as soon as somebody has said so, also what was held meanwhile."""
    desk.take_down(1)
    flooded(desk, 5)
    lifted = lift(desk)
    assert lifted.acts_by_itself
    assert {one.verdict for one in desk.record.uploads.rows.values()} == {"block"}
    assert desk.record.cases.get(lifted.quarantine_case_id).state is CaseState.DECIDED
    assert {desk.record.cases.get(one.case_id).upload_id for one in desk.record.uploads.rows.values()} == set(
        desk.record.uploads.rows
    )
    assert flooded(desk, 2, begin=5) == ["block", "block"]
    assert "takedown.quarantine_lifted" in desk.told()
    assert "it spreads" in desk.record.cases.get(lifted.quarantine_case_id).note
    assert "it spreads" not in repr(desk.record.audit.entries)  # which is in the clear, and stays


def test_it_goes_into_quarantine_again_only_at_several_times_as_many(desk: Desk) -> None:
    """Who has looked is not asked again at the next post, but is once it has become another matter."""
    desk.take_down(1)
    flooded(desk, 3)
    lift(desk)
    assert flooded(desk, 9, begin=3) == ["block"] * 9
    assert flooded(desk, 2, begin=12) == ["block", "hold"]


def test_many_held_uploads_are_judged_anew_by_a_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to who lifts a quarantine waits for no thousand uploads."""
    desk.take_down(1)
    flooded(desk, 60)
    lifted = lift(desk)
    held = [one.id for one in desk.record.uploads.rows.values() if one.verdict == "hold"]
    assert len(held) == 57
    sweep = next(one for one in desk.record.sweeps.of_takedown(lifted.id) if one.kind == "rejudge")
    sweep = sweep.claimed(None, desk.record.now)
    left = uploads_to_rejudge(sweep, desk.record)
    assert left == sorted(held)
    sweep = rejudge_batch(sweep, left[:50], desk.record, desk.search, is_last=False, lease=LEASE)
    left = uploads_to_rejudge(sweep, desk.record)
    sweep = rejudge_batch(sweep, left, desk.record, desk.search, is_last=True, lease=LEASE)
    assert sweep.finished_at is not None
    assert {one.verdict for one in desk.record.uploads.rows.values()} == {"block"}


def test_a_takedown_withdrawn_in_quarantine_lets_everything_go(desk: Desk) -> None:
    """It was a logo: every stranger's post is published, and nobody is asked about it any more."""
    desk.take_down(1)
    flooded(desk, 5)
    withdraw_takedown(WithdrawTakedown(takedown_of(desk).id, SENIOR, "a logo"), desk.record)
    assert {one.verdict for one in desk.record.uploads.rows.values()} == {"allow"}
    assert not [one for one in desk.record.cases.rows.values() if one.is_open]


def test_the_case_of_a_quarantine_is_not_decided_like_a_post(desk: Desk) -> None:
    """Upholding one picture must not say that a hundred others are copies."""
    desk.take_down(1)
    flooded(desk, 5)
    with pytest.raises(WrongStateError, match="lift its quarantine"):
        desk.decide(takedown_of(desk).quarantine_case_id, "uphold")


def test_only_what_is_in_quarantine_is_lifted(desk: Desk) -> None:
    """A lift that meets no quarantine says so."""
    desk.take_down(1)
    with pytest.raises(WrongStateError, match="not in quarantine"):
        lift(desk)


def test_another_takedown_keeps_its_own_cases(desk: Desk) -> None:
    """What matches two takedowns is not lost in the group of the one that is in quarantine."""
    desk.take_down(1)
    flooded(desk, 4)
    desk.take_down(1)
    verdict = desk.upload("both", picture(1, file=99), by="somebody").upload
    assert verdict.verdict == "block"
    assert desk.record.cases.get(verdict.case_id).upload_id == verdict.id


def test_its_like_counts_where_they_match_many_too() -> None:
    """On a large platform a takedown matches hundreds a day, and a limit for a small one would stop everything."""
    limits = FloodLimits(uploaders=25)
    assert limits.most(like=0, agreed=0) == 25
    assert limits.most(like=100, agreed=0) == 300
    assert limits.most(like=0, agreed=400) == 400
    assert flood_reason(300, like=100, most=300) is None
    assert flood_reason(301, like=100, most=300) is not None
