"""Reporter and moderator write to each other, and what is said moves the case on."""

from datetime import datetime, timedelta

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.api.scenarios.reports.receipts import Receipt, event, events_about
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

UNSIGNED = {"statement": {"non_consent": True, "good_faith": True}}


def reported(staydown: Staydown, number: int, **changes: object) -> Receipt:
    """Report a picture."""
    return Receipt(staydown, staydown.report(photo_bytes(number), **changes))


def test_question_reaches_the_receipt_and_the_note_never_does(staydown: Staydown) -> None:
    """Who is asked nothing cannot answer; what colleagues write for the history is not the reporter's to read."""
    receipt = reported(staydown, 1001)
    assert (receipt.shown["state"], receipt.shown["messages"]) == ("open", [])
    receipt.asked("Are you the person in the picture?", note="looks like the neighbour, careful")
    shown = receipt.shown
    assert (shown["state"], shown["missing"]) == ("information_requested", [])
    (message,) = shown["messages"]
    assert (message["from"], message["name"], message["text"], message["asks"]) == (
        "moderator",
        None,
        "Are you the person in the picture?",
        True,
    )
    assert "careful" not in str(shown)
    assert "answer" in shown["next"]
    told = event(staydown, receipt.case_id, "case.question")
    assert (told["asks"], told["report_id"]) == (True, receipt.filed["report_id"])
    assert "neighbour" not in str(events_about(staydown, receipt.case_id)) + str(told)
    (seen,) = receipt.case["messages"]
    assert (seen["from"], seen["name"]) == ("moderator", "moderator one True")


def test_answer_moves_the_case_on(staydown: Staydown) -> None:
    """The reporter says what was asked: facts, recommendation and state follow without anybody's hand."""
    receipt = reported(staydown, 1002, facts={"nudity": False})
    assert receipt.case["rule"] != "R07"
    receipt.asked("Is the picture intimate?")
    shown = receipt.says(text="Yes, it is a nude that only he had.", facts={"nudity": True})
    assert (shown["state"], [one["from"] for one in shown["messages"]]) == ("open", ["moderator", "reporter"])
    case = receipt.case
    assert (case["facts"]["nudity"], case["rule"], case["state"]) == (True, "R07", "open")
    assert case["messages"][1]["added"] == ["fact:nudity"]
    assert event(staydown, receipt.case_id, "case.answer")["added"] == "fact:nudity"
    assert receipt.written("Thank you, we look at it now.").status_code == 201
    assert receipt.shown["messages"][-1]["text"] == "Thank you, we look at it now."


def test_answer_that_completes_a_notice_starts_the_clock(staydown: Staydown) -> None:
    """The 48 hours run from a valid notice; an answer to a complete one moves nothing."""
    receipt = reported(staydown, 1003, **UNSIGNED)
    filed = receipt.shown
    assert filed["missing"] == ["signature"]
    shown = receipt.says(text="Sorry, I forgot to sign. It is still up.")
    assert (shown["missing"], shown["deadline"]) == (["signature"], filed["deadline"])
    shown = receipt.says(statement={"signature": "A. Person"})
    assert shown["missing"] == []
    message = shown["messages"][-1]
    assert (message["text"], message["added"]) == (None, ["signature"])
    due = datetime.fromisoformat(shown["deadline"])
    assert due - datetime.fromisoformat(message["at"]) == timedelta(hours=48)
    assert due > datetime.fromisoformat(filed["deadline"])
    assert receipt.case["deadline"] == shown["deadline"]
    assert receipt.says(text="Anything new?")["deadline"] == shown["deadline"]


def test_answer_says_where_the_post_is_and_how_to_reach_the_reporter(staydown: Staydown) -> None:
    """Whatever a notice lacks can be added with the receipt."""
    receipt = reported(staydown, 1004, reporter={"relation": "subject"}, content={})
    assert set(receipt.shown["missing"]) == {"contact", "location"}
    shown = receipt.says(reporter={"contact": "new@example.org"}, content={"url": "https://example.org/1004"})
    assert shown["missing"] == []
    report = receipt.case["report"]
    assert (report["contact"], report["url"]) == ("new@example.org", "https://example.org/1004")
    other = receipt.post("messages", {"content": {"url": "https://example.org/another"}})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "content.url")


def test_representative_hands_in_the_mandate(staydown: Staydown) -> None:
    """A mandate that comes later counts like one that came with the report: a reviewer verifies it."""
    reporter = {"relation": "authorised_representative", "name": "Counsel", "contact": "c@example.org"}
    receipt = reported(staydown, 1005, reporter=reporter, facts={"nudity": True})
    assert (receipt.case["rule"], receipt.shown["missing"]) == ("R02", ["authority_evidence"])
    receipt.asked("Please send us your mandate.")
    shown = receipt.says(text="Attached.", reporter={"authority_evidence": "power of attorney of 3 May"})
    assert shown["missing"] == []
    case = receipt.case
    assert (case["rule"], case["report"]["authority_evidence"]) == ("R02", "power of attorney of 3 May")
    refused = receipt.post("messages", {"facts": {"authority": "verified"}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "facts.authority")
    assert receipt.found_out(authority="verified").json()["rule"] == "R07"


def test_reporter_adds_files(staydown: Staydown) -> None:
    """A second picture, or the first one of a report that had none, joins the case and is kept down with it."""
    receipt = reported(staydown, 1006, facts={"nudity": True})
    response = receipt.sends(photo_bytes(1007), text="There is a second one.")
    assert response.status_code == 201, response.text
    case = receipt.case
    assert ([one["n"] for one in case["media"]], case["messages"][0]["added"]) == ([0, 1], ["media"])
    assert case["media"][1]["preview"] is not None
    assert receipt.sends(photo_bytes(1008)).status_code == 201  # without a word
    assert staydown.look(receipt.case_id) == 3
    staydown.uphold(receipt.case_id)
    for number in (1006, 1007, 1008):
        assert staydown.upload(f"copy of {number}", photo_bytes(number, quality=70))["verdict"] == "block"


def test_words_become_media_when_files_come(staydown: Staydown) -> None:
    """It began as a threat; then the picture was posted, and the reporter sends it."""
    words = {"conduct": "threat_to_expose", "content": {"url": "https://example.org/9"}}
    receipt = Receipt(staydown, staydown.report_signals(**words))
    refused = receipt.post("messages", {"facts": {"conduct": "shared_media"}})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:staydown:problem:media-missing")
    assert (receipt.case["rule"], receipt.case["messages"]) == ("R01", [])
    response = receipt.sends(photo_bytes(1009), text="He did it.", facts={"conduct": "shared_media", "nudity": True})
    assert response.status_code == 201, response.text
    assert receipt.case["rule"] == "R07"


def test_what_a_reviewer_established_is_not_the_reporters_to_change(staydown: Staydown) -> None:
    """Otherwise the last word would have whoever writes last."""
    receipt = reported(staydown, 1010)
    receipt.found_out(subject_status="public_figure")
    for facts in ({"subject_status": "private_individual"}, {"authority": "verified"}, {"no_fact": True}):
        refused = receipt.post("messages", {"text": "No!", "facts": {**facts, "harass_purpose": True}})
        assert refused.status_code == 422, refused.text
    case = receipt.case
    assert (case["facts"]["harass_purpose"], case["messages"]) == (False, [])  # nothing half done
    receipt.says(facts={"subject_status": "public_figure", "harass_purpose": True})
    assert receipt.case["facts"]["harass_purpose"] is True


@pytest.mark.parametrize("decision", ["uphold", "reject"])
def test_answer_to_a_closed_case_is_refused(staydown: Staydown, decision: str) -> None:
    """Nobody would read it; the receipt says what can be done instead."""
    receipt = reported(staydown, 1011 if decision == "uphold" else 1012)
    receipt.found_out(context_assessed=True)
    receipt.decided(outcome=decision, override_reason="because")
    refused = receipt.post("messages", {"text": "Wait!"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:staydown:problem:wrong-state")
    assert "takes no more answers" in refused.json()["detail"]
    assert receipt.sends(b"not even a picture").status_code == 409  # nothing is decoded in vain
    assert "answer" not in receipt.shown["next"]
    assert receipt.written("It is decided.").status_code == 409


def test_wrong_answers_change_nothing(staydown: Staydown) -> None:
    """Another's receipt, nothing at all, a field that is none, a file that is none."""
    receipt, other = reported(staydown, 1013), reported(staydown, 1014)
    stolen = receipt.post("messages", {"text": "hello"}, secret=other.filed["receipt"]["secret"])
    assert (stolen.status_code, stolen.json()["type"]) == (404, "urn:staydown:problem:unknown-receipt")
    for body in ({}, {"text": ""}, {"texts": "hello"}, {"reporter": {"relation": "third_party"}}):
        assert receipt.post("messages", body).status_code == 422, body
    assert receipt.sends(b"no picture").status_code in (415, 422)
    assert receipt.shown["messages"] == []
    match_case = {"question": "Who are you?", "outcome": "uphold"}
    address, moderator = f"/v1/cases/{receipt.case_id}/decision", staydown.headers(Role.MODERATOR)
    assert staydown.http.post(address, headers=moderator, json=match_case).status_code == 422


def test_repeated_answer_is_taken_once(staydown: Staydown) -> None:
    """A client that did not hear the answer asks again."""
    receipt = reported(staydown, 1015)
    headers = {"Receipt-Secret": receipt.filed["receipt"]["secret"], "Idempotency-Key": "answer-1"}
    address = f"/v1/receipts/{receipt.filed['receipt']['number']}/messages"
    answers = [staydown.http.post(address, headers=headers, json={"text": "once"}).status_code for _ in range(2)]
    assert (answers, len(receipt.shown["messages"])) == ([201, 201], 1)


def test_nobody_is_written_to_about_a_match(staydown: Staydown) -> None:
    """A match has no reporter."""
    staydown.uphold(reported(staydown, 1016).case_id, override_reason="without context")
    copy = staydown.upload("copy 1016", photo_bytes(1016, quality=60))
    moderator = staydown.headers(Role.MODERATOR)
    for address, body in (
        ("messages", {"text": "hello"}),
        ("decision", {"outcome": "request_information", "question": "?"}),
    ):
        refused = staydown.http.post(f"/v1/cases/{copy['case_id']}/{address}", headers=moderator, json=body)
        assert (refused.status_code, "nobody reported it" in refused.json()["detail"]) == (409, True), refused.text
    assert staydown.get(f"/v1/cases/{copy['case_id']}")["decisions"] == []


def test_report_of_known_media_is_linked_and_counted(staydown: Staydown) -> None:
    """A second person reports what is kept down already: both sides are told, and the first takedown counts it."""
    known = staydown.take_down(photo_bytes(1017), nudity=True)["takedown_id"]
    again = Receipt(staydown, staydown.report(photo_bytes(1017, quality=80), facts={"nudity": True}))
    assert again.filed["linked_takedown_id"] == known
    assert again.shown["linked_takedown_id"] == known
    case = again.case
    assert (case["linked_takedown_id"], any(known in one for one in case["notices"])) == (known, True)
    assert staydown.get(f"/v1/takedowns/{known}")["linked_reports"] == 1
    by_upload = staydown.upload("post 1017", photo_bytes(1017, quality=55))
    named = staydown.report_signals(content={"upload_id": "post 1017"}, facts={"nudity": True})
    assert (by_upload["verdict"], named["linked_takedown_id"]) == ("block", known)
    late = reported(staydown, 1018)
    assert late.filed["linked_takedown_id"] is None
    late.sends(photo_bytes(1017, quality=75))
    assert late.case["linked_takedown_id"] == known
    assert staydown.get(f"/v1/takedowns/{known}")["linked_reports"] == 3
    staydown.http.post(
        f"/v1/takedowns/{known}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "the first one did"}
    )
    assert staydown.report(photo_bytes(1017, quality=65))["linked_takedown_id"] is None
    assert (
        staydown.uphold(again.case_id)["takedown_id"] != known
    )  # decided by itself: the first withdrawal takes nothing


def test_what_was_written_is_encrypted_and_goes_with_an_erasure(staydown: Staydown) -> None:
    """Words of both sides are nowhere in the clear, and nowhere at all once the reporter has them erased."""
    receipt = reported(staydown, 1019)
    receipt.asked("Is that the walrus-parasol picture?")
    receipt.says(text="Yes, the gecko-lantern one.", statement={"signature": "Quokka-Bell"})
    folder = staydown.service.settings.data
    stored = b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
    assert not any(words in stored for words in (b"walrus-parasol", b"gecko-lantern", b"Quokka-Bell"))
    erased = receipt.post("erase", {}).json()
    done = eventually(
        lambda: staydown.get(f"/v1/erasures/{erased['erasure_id']}"), lambda one: one["state"] == "completed"
    )
    assert done["removed"]["texts"] >= 2
    assert [one["text"] for one in receipt.case["messages"]] == [None, None]
    assert receipt.shown["next"] == []
    assert receipt.post("messages", {"text": "still there?"}).status_code == 409


def test_under_age_said_in_an_answer_is_a_hint(staydown: Staydown) -> None:
    """What a reporter says later is looked at like what they said first."""
    receipt = reported(staydown, 1020)
    said = "Please hurry, I am only 15 years old."
    receipt.says(text=said)
    (hint,) = [one for one in receipt.case["hints"] if one["kind"] == "minor"]
    assert (hint["field"], said[hint["start"] : hint["end"]]) == ("messages.0.text", "I am only 15 years old")
