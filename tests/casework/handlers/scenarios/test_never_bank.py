"""The never-bank list: what is on it is removed where it was posted, and looked for nowhere else."""

import pytest

from casework.domain.errors import NotFoundError
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.protected import Kept
from casework.handlers.protect import ProtectMedia, protect_media, unprotect_media
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from tests.casework.handlers.conftest import MODERATOR, Desk, picture, submitted


def listed(desk: Desk, media: SubmittedMedia) -> str:
    """Put media on the list; return the entry's id."""
    return protect_media(ProtectMedia(MODERATOR, media, "our logo", Kept.NEVER_BANK), desk.record).id


def blank(*, file: int) -> SubmittedMedia:
    """Return a picture that is nearly one colour, as another file each time."""
    signals = (
        Signal("sha256/1", bytes([file]) * 32),
        Signal("pdq/1", bytes(31) + bytes([file]), 0),
        Signal("phash/1", bytes(32)),
    )
    return SubmittedMedia("image", 640, 480, None, signals, query=Query.of_signals(signals))


def test_a_listed_picture_is_removed_and_not_banked(desk: Desk) -> None:
    """A reviewer who upholds a report of a logo must not take everybody's logo down."""
    entry = listed(desk, submitted(picture(1)))
    decision = desk.take_down(1)
    assert [(one.never_bank_id, one.reason) for one in decision.not_banked] == [(entry, "our logo")]
    takedown = desk.record.takedowns.get(decision.takedown_id)
    assert not takedown.hash_action.is_banked
    assert "takedown.created" in desk.told()
    assert desk.upload("stranger", picture(1, flipped=3, file=1)).upload.verdict == "allow"


def test_a_blank_picture_is_listed_however_plain_it_is(desk: Desk) -> None:
    """Blanks are on the list because they are plain; that must not keep them from being recognised."""
    listed(desk, blank(file=1))
    report = desk.report(7, media=blank(file=2))
    assert desk.decide(report.report.case_id, "uphold").not_banked


def test_what_else_was_reported_is_banked(desk: Desk) -> None:
    """Of a report with a logo and a private picture, the picture is taken down."""
    listed(desk, submitted(picture(1)))
    report = desk.report(2, also=submitted(picture(1, file=3)))
    decision = desk.decide(report.report.case_id, "uphold")
    assert len(decision.not_banked) == 1
    assert len(desk.record.takedowns.references(decision.takedown_id)) == 1
    assert desk.upload("copy", picture(2, flipped=3, file=1)).upload.verdict == "block"
    assert desk.upload("logo", picture(1, flipped=3, file=2)).upload.verdict == "allow"


def test_a_confirmed_copy_that_is_listed_joins_nothing(desk: Desk) -> None:
    """A template must not come in as a variant of a picture it is near."""
    desk.take_down(1)
    listed(desk, submitted(picture(1, flipped=30, file=9)))
    held = desk.upload("template", (picture(1, file=5)[0], picture(1, flipped=30)[1])).upload
    decision = desk.decide(held.case_id, "uphold")
    assert decision.not_banked
    assert len(desk.record.takedowns.references(decision.takedown_id)) == 1
    assert desk.verdict(held) == "block"


def test_why_media_is_listed_stays_with_the_entry_alone(desk: Desk) -> None:
    """The audit log is in the clear and is never emptied: words that people wrote have no place in it."""
    entry = listed(desk, submitted(picture(1)))
    assert desk.record.protected.get(entry).reason == "our logo"
    assert "our logo" not in repr(desk.record.audit.entries)


def test_the_lists_are_kept_apart(desk: Desk) -> None:
    """What is never banked protects nothing, and ends only where it was put."""
    entry = listed(desk, submitted(picture(1)))
    with pytest.raises(NotFoundError, match="on the list protected"):
        unprotect_media(entry, MODERATOR, desk.record)
    unprotect_media(entry, MODERATOR, desk.record, kept_as=Kept.NEVER_BANK)
    assert not desk.take_down(1).not_banked


def test_protected_media_is_banked_and_holds(desk: Desk) -> None:
    """Protection says who must look; it is no reason not to look for copies."""
    protect_media(ProtectMedia(MODERATOR, submitted(picture(1)), "news"), desk.record)
    report = desk.report(1)
    decision = desk.decide(report.report.case_id, "uphold")
    assert not decision.not_banked
    assert decision.approvals_needed == 1
