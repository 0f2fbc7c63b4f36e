"""The public notice form: every element of a valid notice, without an account and without a script."""

import re
from html import escape
from pathlib import Path

import pytest

from tests.api.conftest import running, settings_in
from tests.api.public.conftest import FORM, Person, shown
from tests.helpers.media.pictures import photo_bytes

XSS = """"><script>alert(1)</script><img src=x onerror=alert(1)>'"""


def test_report_with_files_is_a_complete_notice(person: Person) -> None:
    """What the laws of three places ask for is asked on one page, and nothing is missing then."""
    receipt = person.reported(photo_bytes(3001), photo_bytes(3002), links="https://a.example/1\nhttps://b.example/2\n")
    view, case = receipt.shown, receipt.case
    assert (view["state"], view["missing"]) == ("open", [])
    assert (case["rule"], [one["kind"] for one in case["media"]]) == ("R07", ["image", "image"])
    report = case["report"]
    assert (report["name"], report["contact"], report["explanation"]) == ("Ana", "ana@example.org", "I did not agree.")
    assert (report["url"], report["other_urls"]) == ("https://a.example/1", ["https://b.example/2"])
    assert person.staydown.look(receipt.case_id) == 2
    person.staydown.uphold(receipt.case_id)
    assert person.staydown.upload("copy of 3002", photo_bytes(3002, quality=70))["verdict"] == "block"


def test_report_by_hashes_holds_no_media(person: Person) -> None:
    """What a script sends is text: the picture stays with the person, and its copies are found all the same."""
    signals = [
        {key: one[key] for key in ("type", "value", "quality")} for one in person.staydown.hashed(photo_bytes(3003))
    ]
    typed = {**FORM, "way": "device"}
    answer = person.staydown.http.post("/report", json={"report": typed, "signals": signals[:3]})
    assert answer.status_code == 201, answer.text
    receipt = person.receipt_in(answer.text)
    (media,) = receipt.case["media"]
    assert (media["kind"], media["preview"]) == ("unknown", None)
    person.staydown.uphold(receipt.case_id)
    assert person.staydown.upload("copy of 3003", photo_bytes(3003, quality=70))["verdict"] == "hold"


def test_link_alone_is_a_notice(person: Person) -> None:
    """Whoever has no copy is not sent away."""
    receipt = person.reported(way="none")
    assert (receipt.case["media"], receipt.case["report"]["no_copy"]) == ([], True)


def test_words_need_no_picture(person: Person) -> None:
    """A threat has shared none yet."""
    receipt = person.reported(conduct="threat_to_expose", post_text="I will post them.", uploader="him")
    assert (receipt.case["rule"], receipt.case["report"]["uploader_id"]) == ("R01", "him")


def test_incomplete_notice_is_taken_and_says_what_is_missing(person: Person) -> None:
    """Whoever does not sign is not sent away either; the receipt's page takes it later."""
    answer = person.reports(photo_bytes(3004), signature="", good_faith="", contact="", links="")
    assert answer.status_code == 201
    for words in ("your signature", "good faith", "how we can reach you", "a link"):
        assert words in answer.text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"relation": ""}, "relation", "Please choose one."),
        ({"relation": "everybody"}, "relation", "Please choose one."),
        ({"nudity": ""}, "nudity", "Please choose one."),
        ({"conduct": "nonsense"}, "conduct", "Please choose one."),
        ({"way": ""}, "way", "Please choose one."),
        ({"way": "files"}, "media", "Please choose a file"),
        ({"way": "device"}, "way", "no hash has come"),
        ({"way": "none", "links": " \n "}, "links", "Please say where it is"),
        ({"way": "none", "links": "x" * 2_001}, "links", "too long"),
        ({"way": "none", "signature": "x" * 501}, "signature", "too long"),
        ({"way": "none", "explanation": "x" * 10_001}, "explanation", "too long"),
    ],
)
def test_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    person: Person, changes: dict[str, str], field: str, sentence: str
) -> None:
    """The summary leads to the field, the field says what is wrong, and what was typed is there again."""
    answer = person.reports(**{"name": "Ana <of> Ávila", **changes})
    assert answer.status_code == 422
    (error,) = re.findall(rf'id="{field}-error">.*?</span>(.*?)</p>', answer.text)
    assert sentence in error
    assert escape("Ana <of> Ávila") in answer.text
    assert "Files have to be chosen again" in answer.text or changes.get("way") != "files"
    anchors = re.findall(r'<li><a href="#([^"]+)">', answer.text)
    assert all(f'id="{one}"' in answer.text for one in anchors)
    assert any(one.startswith(field) for one in anchors)


def test_file_that_cannot_be_read_is_named(person: Person) -> None:
    """Of several, the person learns which; in words, not in those of a decoder."""
    answer = person.reports(photo_bytes(3005), b"no picture at all")
    assert answer.status_code == 415
    assert "neither a picture nor a video that we can read" in answer.text
    assert "It is file number 2." in answer.text
    empty = person.reports(photo_bytes(3005), b"")
    assert (empty.status_code, "A file is empty." in empty.text) == (422, True)


def test_too_large_and_too_many_files_keep_what_was_typed(tmp_path: Path) -> None:
    """The form is read to its end, so nothing typed after the files is lost."""
    with running(settings_in(tmp_path, public_reports=True, max_image_bytes=3_000)) as staydown:
        person = Person(staydown)
        large = person.reports(photo_bytes(3006), signature="Ana after the file")
        assert (large.status_code, "A file is too large." in large.text) == (422, True)
        assert "Ana after the file" in large.text
        assert "3 KB" in large.text
        many = person.reports(*[b"x"] * 21)
        assert (many.status_code, "too many files" in many.text) == (422, True)


def test_picture_of_somebody_under_age_is_not_kept(person: Person) -> None:
    """It must not be sent to anybody; hashes and links are taken, and who decides is told."""
    refused = person.reports(photo_bytes(3007), young="yes")
    assert (refused.status_code, "Please do not send it" in refused.text) == (422, True)
    receipt = person.reported(way="none", young="yes", explanation="")
    (hint,) = receipt.case["hints"]
    assert (hint["kind"], hint["field"]) == ("minor", "statement.explanation")
    assert (receipt.case["queue"], receipt.case["minor"]["known_by"]) == ("minors", "stated")
    assert receipt.shown["next"] == ["answer"]


def test_button_pressed_twice_files_once(person: Person) -> None:
    """Both answers show the same receipt; changed and sent again, it is another report."""
    first, again = (person.reported(photo_bytes(3008), request="the same") for _ in range(2))
    assert first.filed == again.filed
    other = person.reported(photo_bytes(3008), request="the same", name="Somebody else")
    assert other.filed["receipt"] != first.filed["receipt"]


def test_markup_is_shown_as_text_in_every_field(person: Person) -> None:
    """A report is read by whoever decides, and shown again to whoever made a mistake."""
    typed = dict.fromkeys([*FORM, "authority", "account", "uploader", "post", "post_text", "request", "young"], XSS)
    answer = person.reports(**typed)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert answer.text.count(escape(XSS, quote=True)) >= 8 or "&lt;script&gt;" in answer.text


def test_receipt_is_in_no_address_and_is_not_kept(person: Person) -> None:
    """Addresses stand in histories and logs; a page with a secret must not stay in a cache."""
    answer = person.reports(photo_bytes(3009))
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert answer.history == []
    secret = shown(answer.text, "receipt-secret")
    assert not re.search(rf'(?:href|action|src)="[^"]*{re.escape(secret)}', answer.text)


def test_form_of_another_site_is_refused(person: Person) -> None:
    """Nobody's browser files a report because a page of a stranger says so."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = person.staydown.http.post("/report", data=FORM, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x"])
def test_what_is_no_form_is_refused_with_a_page(person: Person, kind: str) -> None:
    """A mistake of a program, answered like everything else here."""
    answer = person.staydown.http.post("/report", content=b"{]", headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_form_larger_than_any_file_is_refused_with_a_page(person: Person) -> None:
    """Even what no handler ever sees."""
    headers = {"Content-Length": "9000000000", "Content-Type": "multipart/form-data; boundary=x"}
    answer = person.staydown.http.post("/report", content=b"", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")


def test_reports_are_taken_only_where_the_operator_says_so(tmp_path: Path) -> None:
    """And no more of them than the API takes from one address; receipts are shown in any case."""
    with running(settings_in(tmp_path)) as closed:
        assert closed.http.get("/report").status_code == 404
        assert closed.http.post("/report", data=FORM).status_code == 404
        assert closed.http.get("/receipt").status_code == 200
        assert closed.report(photo_bytes(3010))["receipt"]


def test_address_that_reports_too_often_has_to_wait(tmp_path: Path) -> None:
    """The same limit as of the API, counted together with it."""
    with running(settings_in(tmp_path, public_reports=True, public_reports_per_hour=2)) as staydown:
        person = Person(staydown)
        by_api = {"report": {"reporter": {"relation": "subject"}}}
        assert staydown.http.post("/v1/reports", json=by_api).status_code == 422
        assert person.reports(way="none").status_code == 201
        refused = person.reports(way="none")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert refused.headers["content-type"] == "text/html; charset=utf-8"


def test_stated_facts_are_no_more_than_a_person_can_know(person: Person) -> None:
    """The form cannot say that a mandate was verified, or that the context was looked at."""
    receipt = person.reported(photo_bytes(3011), relation="authorised_representative", authority="a letter")
    case = receipt.case
    assert (case["facts"]["authority"], case["facts"]["context_assessed"], case["rule"]) == ("unverified", False, "R02")
    assert case["report"]["authority_evidence"] == "a letter"
