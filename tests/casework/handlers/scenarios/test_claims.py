"""Signals that came without a file are what somebody says: they hold copies, and block nothing by themselves."""

from dataclasses import replace

from casework.domain.media import CLAIMED_KIND, SubmittedMedia
from tests.casework.handlers.conftest import Desk, picture, submitted


def claimed(number: int) -> SubmittedMedia:
    """Return a picture of which only signals were sent."""
    return replace(submitted(picture(number)), kind=CLAIMED_KIND, query=None)


def test_copies_of_claimed_media_are_held(desk: Desk) -> None:
    """Who claims the hashes of somebody's holiday photo must not have it blocked everywhere."""
    report = desk.report(1, media=claimed(1))
    desk.decide(report.report.case_id, "uphold")
    near = desk.upload("near", picture(1, flipped=4, file=1))
    assert near.upload.verdict == "hold"
    assert near.matches[0].agreeing == 1
    assert "nobody here has seen it" in near.matches[0].reason
    assert desk.upload("same file", picture(1)).upload.verdict == "hold"


def test_a_confirmed_copy_blocks_what_the_claim_held(desk: Desk) -> None:
    """Once a person has seen a copy as a file, that file is a reference like any other."""
    report = desk.report(1, media=claimed(1))
    desk.decide(report.report.case_id, "uphold")
    seen = desk.upload("seen", picture(1, flipped=4, file=1)).upload
    desk.decide(seen.case_id, "uphold")
    assert desk.upload("again", picture(1, flipped=5, file=2)).upload.verdict == "block"
