"""What a valid notice may hold beside a picture: why, at which addresses, and that there is no copy to send."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown
from tests.api.scenarios.reports.receipts import Receipt, events_about
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

WHY = "He took it while I slept, I was 16 years old. It is on two sites."
FIRST, SECOND, THIRD = (f"https://example.org/{place}" for place in ("a", "b", "c"))


def without_a_copy(staydown: Staydown, **content: object) -> Receipt:
    """Report by an address alone."""
    content = {"url": FIRST, "no_copy": True, **content}
    return Receipt(staydown, staydown.report_signals(content=content, facts={"nudity": True}))


def test_reviewer_reads_why_and_where_else(staydown: Staydown) -> None:
    """DSA Art. 16(2)(a) and (b): the reasons and every address are the notice; the words are searched for hints."""
    statement = {**SUBJECT["statement"], "explanation": WHY}
    content = {"url": FIRST, "other_urls": [SECOND, THIRD]}
    receipt = Receipt(staydown, staydown.report(photo_bytes(2101), statement=statement, content=content))
    report = receipt.case["report"]
    assert (report["explanation"], report["other_urls"], report["no_copy"]) == (WHY, [SECOND, THIRD], False)
    (hint,) = receipt.filed["hints"]
    assert (hint["kind"], hint["field"]) == ("minor", "statement.explanation")


def test_every_address_is_removed_with_the_decision(staydown: Staydown) -> None:
    """The platform takes down what it is told of; an address that is left out stays up."""
    receipt = Receipt(
        staydown,
        staydown.report(photo_bytes(2102), content={"url": FIRST, "upload_id": "p 2102", "other_urls": [SECOND]}),
    )
    staydown.uphold(receipt.case_id)
    told = [one["data"] for one in events_about(staydown, receipt.case_id) if one["type"] == "post.removed"]
    assert [(one["url"], one["upload_id"]) for one in told] == [(FIRST, "p 2102"), (SECOND, None)]


def test_notice_without_a_copy_is_decided_by_its_address(staydown: Staydown) -> None:
    """47 USC 223a(a)(1)(B)(ii): to say where it is suffices. Whoever has no copy must not be sent away."""
    receipt = without_a_copy(staydown)
    case = receipt.case
    assert (case["media"], case["report"]["no_copy"]) == ([], True)
    assert "No media was sent" in case["note"]
    assert receipt.filed["interim"] is None
    decided = staydown.uphold(receipt.case_id)
    assert decided["takedown_id"] is not None
    assert [one["data"]["url"] for one in events_about(staydown, receipt.case_id) if one["type"] == "post.removed"] == [
        FIRST
    ]
    assert receipt.shown["outcome"] == "removed"
    assert receipt.post("withdraw", {}).status_code == 200


def test_copy_that_comes_later_is_kept_down_too(staydown: Staydown) -> None:
    """Words alone are taken as an answer; once there is a picture, its copies are looked for."""
    receipt = without_a_copy(staydown)
    assert receipt.says(text="I try to get a copy.")["messages"][0]["text"] == "I try to get a copy."
    response = receipt.sends(photo_bytes(2103), text="Here it is.", content={"other_urls": [SECOND]})
    assert response.status_code == 201, response.text
    assert receipt.case["report"]["other_urls"] == [SECOND]
    assert receipt.says(content={"other_urls": [THIRD, SECOND]})["state"] == "open"
    assert receipt.case["report"]["other_urls"] == [SECOND, THIRD]
    staydown.look(receipt.case_id)
    staydown.uphold(receipt.case_id)
    assert staydown.upload("copy of 2103", photo_bytes(2103, quality=70))["verdict"] == "block"


@pytest.mark.parametrize("content", [{"no_copy": True}, {"no_copy": True, "upload_id": "no such upload"}])
def test_neither_copy_nor_address_is_no_notice(staydown: Staydown, content: dict) -> None:
    """There would be nothing to look at."""
    body = {"report": {**SUBJECT, "content": content}}
    answer = staydown.http.post("/v1/reports", headers=staydown.headers(Role.INTAKE), json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:staydown:problem:media-missing")


def test_more_addresses_than_are_kept_are_refused(staydown: Staydown) -> None:
    """A receipt needs no account, and may be shown a hundred times."""
    receipt = without_a_copy(staydown, other_urls=[f"https://example.org/{n}" for n in range(50)])
    refused = receipt.post("messages", {"content": {"other_urls": ["https://example.org/one-more"]}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "content.other_urls")


def test_why_and_where_else_are_erased(staydown: Staydown) -> None:
    """They are as personal as the signature."""
    statement = {**SUBJECT["statement"], "explanation": "He took it while I slept."}
    content = {"url": FIRST, "other_urls": [SECOND]}
    receipt = Receipt(staydown, staydown.report(photo_bytes(2104), statement=statement, content=content))
    assert receipt.post("erase", {}).status_code == 202
    eventually(lambda: receipt.shown["erasure"], lambda state: state == "completed")
    report = receipt.case["report"]
    assert (report["explanation"], report["other_urls"], report["url"]) == (None, [], None)
