"""What a look-back has before it."""

from datetime import timedelta

from casework.domain.takedowns.sweep import Sweep
from casework.handlers.lookback import survey, surveys
from casework.steps.sweeps import claim_sweeps
from tests.casework.handlers.conftest import COLLEAGUE, Desk, picture

FACTS = {"nudity": False, "context_assessed": True, "actor": COLLEAGUE}
"""So that each copy waits for a person."""


def confirmed_copies(desk: Desk, number: int, count: int) -> None:
    """Take a picture down, and confirm copies of it one after the other, all near each other."""
    desk.take_down(number, **FACTS)
    held = [desk.upload(f"{number} {n}", picture(number, flipped=n, file=n), by=f"by {n}") for n in range(1, count + 1)]
    for one in held:
        desk.decide(one.upload.case_id, "uphold", because="it is one")


def all_claimed(desk: Desk) -> list[Sweep]:
    """Take every look-back there is."""
    return claim_sweeps(desk.record, lease=timedelta(minutes=1), most=99)


def test_a_look_back_does_not_look_at_what_matched_before(desk: Desk) -> None:
    """Each of 500 confirmed copies is near all others: 250,000 comparisons, none of which could find anything."""
    confirmed_copies(desk, 1, 4)
    found = surveys(all_claimed(desk), desk.record, desk.search)
    assert len(found) == 1 + 4
    assert {one.upload_ids for one in found.values()} == {()}


def test_a_look_back_of_a_confirmed_copy_looks_at_what_only_that_copy_is_near(desk: Desk) -> None:
    """What the removed picture is too far from is found by its copy."""
    far = desk.upload("far", picture(1, flipped=55, file=9), by="somebody").upload
    desk.take_down(1, **FACTS)
    copy = desk.upload("copy", picture(1, flipped=30, file=1), by="poster").upload
    assert desk.record.matches.of_upload(copy.id)
    assert not desk.record.matches.of_upload(far.id)
    desk.decide(copy.case_id, "uphold", because="it is one")
    named = [survey(one, desk.record, desk.search).upload_ids for one in all_claimed(desk)]
    assert sorted(named) == [(), (far.id,)]


def test_look_backs_that_are_surveyed_together_see_what_each_sees_alone(desk: Desk) -> None:
    """Of one takedown and of others; one question about all of them, and the same answers."""
    early = [desk.upload(f"early {n}", picture(n, flipped=2, file=7), by=f"early {n}").upload for n in (2, 3)]
    confirmed_copies(desk, 1, 2)
    confirmed_copies(desk, 2, 2)
    desk.take_down(3)
    sweeps = all_claimed(desk)
    together = surveys(sweeps, desk.record, desk.search)
    assert together == {one.id: survey(one, desk.record, desk.search) for one in sweeps}
    assert {upload_id for one in together.values() for upload_id in one.upload_ids} == {one.id for one in early}
