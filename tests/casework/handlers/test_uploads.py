"""Registering an upload: what a pipeline is told, and what is remembered."""

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.cases.case import CaseState, Queue
from casework.domain.errors import NotFoundError, UploadConflictError
from casework.domain.verdict import Verdict
from casework.handlers.deciding.review import change_upload_facts
from casework.handlers.protect import ProtectMedia, protect_media
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown
from casework.handlers.uploads import RegisteredUpload, register_together, register_upload, register_uploads
from tests.casework.handlers.conftest import MODERATOR, PARTNER, PIPELINE, Desk, picture, registration, submitted


def test_picture_nobody_objected_to_is_allowed(desk: Desk) -> None:
    """It is remembered all the same, for the takedowns of tomorrow."""
    desk.take_down(1)
    registered = desk.upload("u1", picture(2))
    assert registered.upload.verdict is Verdict.ALLOW
    assert registered.matches == ()
    assert desk.record.index_log.of_owner(registered.upload.id)


def test_same_file_as_removed_intimate_picture_is_blocked(desk: Desk) -> None:
    """And the block is a decision, by the policy, that explains itself."""
    takedown = desk.take_down(1).takedown_id
    registered = desk.upload("u1", picture(1))
    decisions = desk.record.decisions.of_case(registered.upload.case_id)
    assert registered.upload.verdict is Verdict.BLOCK
    assert [one.takedown_id for one in decisions] == [takedown]
    assert decisions[0].decided_by.startswith("policy:")


def test_edited_copy_on_which_two_signals_agree_is_blocked(desk: Desk) -> None:
    """One hash may collide or be made to; two independent ones do not."""
    desk.take_down(1)
    assert desk.upload("u1", picture(1, flipped=8, file=1)).upload.verdict is Verdict.BLOCK


def test_copy_on_which_one_signal_agrees_waits_for_a_person(desk: Desk) -> None:
    """It is held, and a case says why."""
    desk.take_down(1)
    registered = desk.upload("u1", picture(1, flipped=8, file=1)[:2])
    case = desk.record.cases.get(registered.upload.case_id)
    assert registered.upload.verdict is Verdict.HOLD
    assert (case.queue, case.state) == (Queue.MATCHES, CaseState.OPEN)
    assert case.note == registered.matches[0].reason


def test_person_depicted_may_post_their_own_picture(desk: Desk) -> None:
    """They are the one person whose consent was asked for."""
    desk.take_down(1, account="user-a")
    assert desk.upload("u1", picture(1), by="user-a").upload.verdict is Verdict.ALLOW
    assert desk.upload("u2", picture(1), by="user-b").upload.verdict is Verdict.BLOCK


def test_copy_of_newsworthy_media_is_never_blocked_by_itself(desk: Desk) -> None:
    """A person decides, whatever the pixels say."""
    desk.take_down(1)
    protect_media(ProtectMedia(MODERATOR, submitted(picture(1)), "news"), desk.record)
    assert desk.upload("u1", picture(1)).upload.verdict is Verdict.HOLD


def test_picture_that_was_taken_back_is_allowed_again(desk: Desk) -> None:
    """Reversal equals takedown."""
    takedown = desk.take_down(1).takedown_id
    withdraw_takedown(WithdrawTakedown(takedown, MODERATOR, "asked for"), desk.record)
    assert desk.upload("u1", picture(1)).upload.verdict is Verdict.ALLOW


def test_repeat_of_an_upload_answers_as_the_first_time(desk: Desk) -> None:
    """Pipelines repeat requests; the post is the same one."""
    first, second = desk.upload("u1", picture(1)), desk.upload("u1", picture(1))
    assert second.upload == first.upload
    assert len(desk.record.uploads.rows) == 1


def test_upload_id_does_not_name_other_bytes(desk: Desk) -> None:
    """Whoever could swap the picture under an id could publish anything."""
    desk.upload("u1", picture(1))
    with pytest.raises(UploadConflictError, match="u1"):
        desk.upload("u1", picture(2))


def test_downstream_hears_of_a_match_and_of_nothing_else(desk: Desk) -> None:
    """Millions of uploads match nothing."""
    desk.upload("u0", picture(2))
    assert desk.told() == []
    desk.take_down(1)
    before = len(desk.told())
    desk.upload("u1", picture(1))
    assert desk.told()[before:] == ["case.opened", "upload.matched"]


def test_library_that_exists_already_is_registered_once(desk: Desk) -> None:
    """A backfill that was interrupted is started again from the beginning."""
    desk.upload("u1", picture(1))
    library = [registration("u1", picture(1)), registration("u2", picture(2)), registration("u2", picture(2))]
    assert register_uploads(library, desk.record, desk.search) == 1
    assert register_uploads(library, desk.record, desk.search) == 0
    assert [one.platform_id for one in desk.record.uploads.rows.values()] == ["u1", "u2"]


@pytest.mark.parametrize("number", [1, 2], ids=["same bytes", "other bytes"])
def test_upload_id_of_another_pipeline_tells_it_nothing(desk: Desk, number: int) -> None:
    """A repeat answers with verdict and matches: those are the registrar's, as is whether the bytes are the same."""
    desk.take_down(1)
    desk.upload("u1", picture(1))
    with pytest.raises(UploadConflictError, match="another key") as refused:
        desk.upload("u1", picture(number), actor=PARTNER)
    assert "block" not in str(refused.value)


def test_upload_of_the_operator_is_every_pipelines(desk: Desk) -> None:
    """A library that was registered at the shell belongs to the platform that posts it."""
    operator = Actor("cli:root", "root", Role.ADMIN)
    first = desk.upload("u1", picture(1), actor=operator)
    assert first.upload.registered_by is None
    assert [desk.upload("u1", picture(1), actor=one).upload for one in (PIPELINE, PARTNER)] == [first.upload] * 2


def test_facts_of_a_post_are_added_by_who_registered_it(desk: Desk) -> None:
    """To another pipeline it does not exist, in the very words for one that does not."""
    upload = desk.upload("u1", picture(1)).upload
    changed = change_upload_facts(upload.id, {"newsworthy_event": True}, PIPELINE, desk.record)
    assert changed.facts == {"newsworthy_event": True}
    told = []
    for wanted in (upload.id, "upl_none"):
        with pytest.raises(NotFoundError) as refused:
            change_upload_facts(wanted, {"newsworthy_event": True}, PARTNER, desk.record)
        told.append(str(refused.value).replace(wanted, "ID"))
    assert told[0] == told[1]


def test_together_is_as_one_after_another(desk: Desk) -> None:
    """Copies, strangers, ids that are known, that name other bytes or are another's: each as if it came alone."""
    one_by_one = Desk()
    for either in (desk, one_by_one):
        either.take_down(1)
        either.upload("known", picture(5))
        either.upload("theirs", picture(6), actor=PARTNER)
    asked = [
        registration("new", picture(2)),
        registration("copy", picture(1)),
        registration("known", picture(5)),
        registration("known of others", picture(1, flipped=8, file=1)[:2]),
        registration("other", picture(7), actor=PARTNER),
    ]
    refused = [registration("theirs", picture(6)), registration("known", picture(8))]
    together = register_together([*asked[:2], refused[0]], desk.record, desk.search)
    together += register_together(asked[2:], desk.record, desk.search)
    together += register_together(refused[1:], desk.record, desk.search)
    alone = [register_upload(one, one_by_one.record, one_by_one.search) for one in [*asked[:2], *asked[2:]]]
    told = [one for one in together if isinstance(one, RegisteredUpload)]
    assert [(one.upload.platform_id, one.upload.verdict, len(one.matches)) for one in told] == [
        (one.upload.platform_id, one.upload.verdict, len(one.matches)) for one in alone
    ]
    assert [place for place, one in enumerate(together) if isinstance(one, UploadConflictError)] == [2, 6]
    assert desk.told() == one_by_one.told()
