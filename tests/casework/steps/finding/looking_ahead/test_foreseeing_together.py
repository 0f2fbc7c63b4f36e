"""What upholding each of many copies would hit: the same as is counted for each alone."""

from casework.domain.actor import Actor, Role
from casework.domain.takedowns.upload import Upload
from casework.handlers.lists.import_hashes import ImportHashes, import_hashes
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown
from casework.steps.exchanging.listed_hashes import LISTED_FACTS
from casework.steps.finding.looking_ahead.foreseeing import Foreseen, foresee
from casework.steps.finding.looking_ahead.foreseeing_together import ForeseenTogether
from tests.casework.handlers.conftest import COLLEAGUE, Desk, picture, submitted

SENIOR = Actor("key_sam", "sam", Role.SENIOR)
FACTS = {"nudity": False, "context_assessed": True, "actor": COLLEAGUE}


def copies_of(desk: Desk, number: int, count: int) -> list[Upload]:
    """Take a picture down, and register copies that wait for a person; each is some bits further from it."""
    desk.take_down(number, **FACTS)
    return [
        desk.upload(f"copy {number} {n}", picture(number, flipped=10 * n, file=n), by=f"poster {n}").upload
        for n in range(1, count + 1)
    ]


def foreseen(desk: Desk, case_ids: list[str]) -> dict[str, Foreseen]:
    """Look ahead at each alone."""
    return {one: foresee(desk.record.cases.get(one), desk.record, desk.search) for one in case_ids}


def test_copies_hit_what_each_would_hit_alone() -> None:
    """One question about all of them, and the same answer."""
    desk = Desk()
    # Near the furthest copy, and too far from the removed picture to have been held.
    desk.upload("near the last copy", picture(1, flipped=55, file=9), by="somebody")
    case_ids = [one.case_id for one in (*copies_of(desk, 1, 3), *copies_of(desk, 2, 2))]
    together = ForeseenTogether(desk.search).of(case_ids, desk.record)
    alone = foreseen(desk, case_ids)
    assert together == alone
    assert [alone[one].blast_radius.uploads for one in case_ids] == [0, 0, 1, 0, 0]


def test_copies_of_what_a_list_names_hit_what_is_only_held_by_now() -> None:
    """Upheld, each makes a takedown of its own, which blocks the others: a wide one needs a second person."""
    desk = Desk()
    import_hashes(ImportHashes(SENIOR, "PARTNER", [submitted(picture(6))], LISTED_FACTS), desk.record, desk.search)
    held = [desk.upload(f"held {n}", picture(6, flipped=n, file=n), by=f"poster {n}").upload for n in range(1, 4)]
    case_ids = [one.case_id for one in held]
    together = ForeseenTogether(desk.search).of(case_ids, desk.record)
    assert together == foreseen(desk, case_ids)
    assert [together[one].blast_radius.uploads for one in case_ids] == [2, 2, 2], "the others"


def test_what_rests_on_a_takedown_that_is_over_hits_all_that_it_hit() -> None:
    """The reopened case of a confirmed copy makes a takedown of its own; nothing is restricted by the old one."""
    desk = Desk()
    decision = desk.take_down(7, **FACTS)
    held = [desk.upload(f"old {n}", picture(7, flipped=n, file=n), by=f"poster {n}").upload for n in range(1, 4)]
    desk.decide(held[0].case_id, "uphold", because="it is one")
    withdraw_takedown(WithdrawTakedown(decision.takedown_id, SENIOR, "no"), desk.record)
    assert desk.record.cases.get(held[0].case_id).is_open
    together = ForeseenTogether(desk.search).of([held[0].case_id], desk.record)
    assert together == foreseen(desk, [held[0].case_id])
    assert together[held[0].case_id].blast_radius.uploads == 2


def test_reports_are_looked_at_by_themselves() -> None:
    """What is decided beside copies is no copy."""
    desk = Desk()
    (copy,) = copies_of(desk, 3, 1)
    desk.upload("stranger", picture(4), by="somebody")
    report = desk.report(4, **FACTS).report
    together = ForeseenTogether(desk.search).of([report.case_id, copy.case_id], desk.record)
    assert together == foreseen(desk, [report.case_id, copy.case_id])
    assert together[report.case_id].blast_radius.uploads == 1


def test_what_is_not_open_is_left_out() -> None:
    """There is nothing to foresee of what is decided, or never was."""
    desk = Desk()
    decision = desk.take_down(5)
    assert ForeseenTogether(desk.search).of([decision.case_id, "case_none"], desk.record) == {}
