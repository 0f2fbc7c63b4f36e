"""The page of a report: what happened, questions and answers, and what its holder can do. All without a script."""

from html import escape
from pathlib import Path

import pytest

from casework.domain.actor import Role
from tests.api.conftest import running, settings_in
from tests.api.public.conftest import FORM, Person
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

XSS = "<script>alert(1)</script>"


def test_receipt_shows_what_happened_and_who_was_told(person: Person) -> None:
    """Searched, found, told, and why: the reporter need not ask anybody."""
    person.staydown.upload("earlier copy", photo_bytes(3101, quality=70))
    receipt = person.reported(photo_bytes(3101))
    assert "Nobody has decided yet" in person.takes(receipt).text
    address = "/v1/destinations"
    told = {"name": "Elsewhere", "kind": "file", "path": "elsewhere.ndjson", "events": ["takedown.created"]}
    assert person.staydown.http.post(address, headers=person.staydown.headers(Role.ADMIN), json=told).status_code == 201
    person.staydown.uphold(receipt.case_id)
    page = eventually(
        lambda: person.takes(receipt).text, lambda text: "has confirmed it" in text and "Copies found" in text
    )
    assert "It comes down" in page
    assert "did not consent to its being shared" in page
    assert "Elsewhere" in page


def test_question_is_answered_on_the_page(person: Person) -> None:
    """Words, what is missing, and files: the case moves on as it does by the API."""
    receipt = person.reported(photo_bytes(3102), signature="", links="")
    receipt.asked("Is it you in the picture?")
    page = person.takes(receipt).text
    assert "We have a question for you" in page
    assert "Is it you in the picture?" in page
    typed = {"text": "Yes, it is.", "signature": "Ana", "links": "https://a.example/1\nhttps://b.example/2"}
    answer = person.takes(receipt, "answer", photo_bytes(3103), **typed)
    assert (answer.status_code, "Your message has arrived" in answer.text) == (200, True)
    view, case = receipt.shown, receipt.case
    assert (view["missing"], view["messages"][-1]["text"]) == ([], "Yes, it is.")
    assert (case["report"]["url"], case["report"]["other_urls"]) == ("https://a.example/1", ["https://b.example/2"])
    assert len(case["media"]) == 2


def test_withdrawn_and_erased_with_the_receipt(person: Person) -> None:
    """What was taken down comes back, and nothing of the person is left."""
    receipt = person.reported(photo_bytes(3104))
    person.staydown.look(receipt.case_id)
    person.staydown.uphold(receipt.case_id)
    assert person.staydown.upload("copy of 3104", photo_bytes(3104, quality=70))["verdict"] == "block"
    unsure = person.takes(receipt, "withdraw")
    assert (unsure.status_code, receipt.shown["outcome"]) == (422, "removed")
    done = person.takes(receipt, "withdraw", sure_withdraw="yes", reason="I changed my mind")
    assert (done.status_code, "Your report is taken back" in done.text) == (200, True)
    assert person.staydown.upload("after 3104", photo_bytes(3104, quality=71))["verdict"] == "allow"
    again = person.takes(receipt, "withdraw", sure_withdraw="yes")
    assert (again.status_code, "not possible any more" in again.text) == (409, True)
    assert person.takes(receipt, "erase").status_code == 422
    assert "is being erased" in person.takes(receipt, "erase", sure_erase="yes").text
    eventually(lambda: receipt.shown["erasure"], lambda state: state == "completed")
    page = person.takes(receipt).text
    assert '<h2 id="state"> Erased </h2>' in " ".join(page.split())
    assert "Ana" not in page
    assert receipt.case["report"]["contact"] is None


def test_appeal_with_the_receipt(person: Person) -> None:
    """Who was refused has the decision looked at again, by somebody else."""
    receipt = person.reported(photo_bytes(3105))
    receipt.decided(outcome="reject", override_reason=f"It is not you. {XSS}")
    page = person.takes(receipt).text
    assert "It stays up" in page
    assert escape(f"It is not you. {XSS}") in page
    assert person.takes(receipt, "appeal").status_code == 422
    too_long = person.takes(receipt, "appeal", grounds="x" * 10_001)
    assert (too_long.status_code, "This is too long" in too_long.text) == (422, True)
    done = person.takes(receipt, "appeal", grounds=f"It is me. {XSS}")
    assert (done.status_code, "will look at it again" in done.text) == (200, True)
    assert receipt.shown["appeals"][0]["by"] == "reporter"


def test_wrong_receipt_opens_nothing_and_has_to_wait(tmp_path: Path) -> None:
    """Nothing tells a wrong secret from an unknown number, and nobody tries for long."""
    with running(settings_in(tmp_path, public_reports=True, wrong_tries=2)) as staydown:
        person = Person(staydown)
        receipt = person.reported(way="none")
        number, secret = receipt.filed["receipt"].values()
        answers = [
            staydown.http.post("/receipt", data={"number": number, "secret": "rcpt_wrong"}),
            staydown.http.post("/receipt", data={"number": "SD-0000-0000-0000", "secret": secret}),
        ]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].text.split("<main")[1] == answers[1].text.split("<main")[1]
        for step in ("withdraw", "erase", "appeal", "answer"):
            address = f"/receipt/{step}"
            refused = staydown.http.post(address, data={"number": number, "secret": f"wrong {step}", "text": "x"})
            assert refused.status_code in (404, 429)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert "tried too often" in refused.text
        assert receipt.shown["state"] == "open"


def test_receipt_is_found_however_it_was_copied(person: Person) -> None:
    """Small letters, spaces and line breaks are no other receipt."""
    receipt = person.reported(way="none")
    number, secret = receipt.filed["receipt"].values()
    typed = {"number": f" {number.lower()}\n", "secret": f"{secret[:20]}\n {secret[20:]} "}
    assert person.staydown.http.post("/receipt", data=typed).status_code == 200


def test_file_without_a_receipt_is_not_kept(person: Person) -> None:
    """Nobody fills the disk without a receipt: number and secret come before the file, and are looked at first."""
    spool = person.staydown.service.settings.incoming_folder
    files = [("media", ("film.mp4", b"\0\0\0\x18ftypmp42" + b"x" * 3_000_000, "video/mp4"))]
    answer = person.staydown.http.post("/receipt/answer", data={"number": "SD-1", "secret": "x"}, files=files)
    assert answer.status_code == 404
    assert [one for one in spool.rglob("*") if one.is_file() and one.stat().st_size > 100_000] == []


def test_empty_and_impossible_answers_are_refused_in_words(person: Person) -> None:
    """What was typed is shown again; what stands is shown in any case."""
    receipt = person.reported(photo_bytes(3106))
    empty = person.takes(receipt, "answer")
    assert (empty.status_code, "Please fill this in." in empty.text) == (422, True)
    broken = person.takes(receipt, "answer", b"no picture", text="Here it is.")
    assert (broken.status_code, "Here it is." in broken.text) == (415, True)
    assert "Files have to be chosen again" in broken.text
    long = person.takes(receipt, "answer", text="x" * 10_001)
    assert long.status_code == 422
    person.staydown.uphold(receipt.case_id)
    late = person.takes(receipt, "answer", text="Too late?")
    assert (late.status_code, "not possible any more" in late.text) == (409, True)


def test_what_people_write_is_shown_as_text(person: Person) -> None:
    """A moderator's question and a reporter's answer are strangers' words to the other."""
    receipt = person.reported(photo_bytes(3107))
    receipt.asked(f"Really? {XSS}")
    page = person.takes(receipt, "answer", text=f"Yes {XSS}").text
    assert "<script>alert" not in page
    assert escape(f"Really? {XSS}") in page
    assert escape(f"Yes {XSS}") in page


@pytest.mark.parametrize("step", ["", "/answer", "/withdraw", "/erase", "/appeal"])
def test_page_of_another_site_takes_no_step(person: Person, step: str) -> None:
    """Even one that knows the receipt."""
    receipt = person.reported(way="none")
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = person.staydown.http.post(f"/receipt{step}", data=receipt.filed["receipt"], headers=headers)
    assert answer.status_code == 403


def test_secret_is_in_no_address_and_no_cookie(person: Person) -> None:
    """It goes from form to form, on pages that nobody keeps."""
    receipt = person.reported(way="none")
    answer = person.takes(receipt)
    assert (answer.headers["cache-control"], answer.headers.get("set-cookie")) == ("no-store", None)
    secret = receipt.filed["receipt"]["secret"]
    assert answer.text.count(secret) == answer.text.count(f'name="secret" value="{secret}"') > 0


def test_third_party_takes_nothing_back(person: Person) -> None:
    """What belongs to the person depicted is not offered to others, and refused if they try."""
    receipt = person.reported(photo_bytes(3108), **{**FORM, "relation": "third_party"})
    page = person.takes(receipt).text
    assert "Take my report back" not in page
    assert person.takes(receipt, "withdraw", sure_withdraw="yes").status_code == 409


def test_answer_sent_twice_is_one_message(person: Person) -> None:
    """The button pressed twice; what is said anew on an old page is not lost without a word."""
    receipt = person.reported(photo_bytes(3109))
    for _ in range(2):
        assert person.takes(receipt, "answer", text="Once.", request="the same").status_code == 200
    assert [one["text"] for one in receipt.shown["messages"]] == ["Once."]
    other = person.takes(receipt, "answer", text="Something else.", request="the same")
    assert (other.status_code, "Something else." in other.text) == (409, True)
