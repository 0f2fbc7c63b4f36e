"""Words of strangers, and of colleagues, in every field: shown as words, on every page of the daily work."""

import json

import pytest

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown
from tests.api.console.browsers import Browser, Console
from tests.helpers.media.pictures import photo_bytes

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}"""


def reported(staydown: Staydown, seed: int) -> str:
    """File a report whose every word, and file's name, is hostile."""
    report = {
        "reporter": {**SUBJECT["reporter"], "name": HOSTILE, "contact": HOSTILE, "authority_evidence": HOSTILE},
        "statement": {"non_consent": True, "good_faith": True, "signature": HOSTILE, "explanation": HOSTILE},
        "content": {
            "url": HOSTILE,
            "post_text": HOSTILE,
            "uploader_id": HOSTILE,
            "upload_id": HOSTILE,
            "other_urls": [HOSTILE],
        },
        "facts": {"nudity": True, "harass_purpose": True},
    }
    response = staydown.http.post(
        "/v1/reports",
        headers=staydown.headers(Role.INTAKE),
        data={"report": json.dumps(report)},
        files={"media": (f"{HOSTILE}.jpg", photo_bytes(seed), "image/jpeg")},
    )
    assert response.status_code == 201, response.text
    return response.json()["case_id"]


def says_nothing_but_words(page: str) -> None:
    """Make sure that nothing of it became part of the page."""
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.fixture(scope="module")
def waiting(console: Console) -> str:
    """A report of hostile words, upheld with more of them, that waits for a second person; return its case."""
    staydown = console.staydown
    entry = staydown.http.post(
        "/v1/protected",
        headers=staydown.headers(Role.ADMIN),
        data={"protected": json.dumps({"reason": HOSTILE})},
        files={"media": (HOSTILE, photo_bytes(57))},
    )
    assert entry.status_code == 201, entry.text
    case_id = reported(staydown, 57)
    senior = console.browser(Role.SENIOR, HOSTILE[:40])
    senior.send(f"/console/cases/{case_id}/messages", text=HOSTILE)
    senior.send(f"/console/cases/{case_id}/decision", outcome="uphold", note=HOSTILE, override_reason=HOSTILE)
    assert staydown.get(f"/v1/cases/{case_id}")["state"] == "awaiting_approval"
    return case_id


def other(console: Console) -> Browser:
    """Return the browser of somebody else."""
    return console.browser(Role.SENIOR, "second")


def test_case_and_lists_show_them_as_words(console: Console, waiting: str) -> None:
    """The queue shows who is here, whose name is as hostile as the rest."""
    browser = other(console)
    for address in (f"/console/cases/{waiting}", "/console/approvals", "/console"):
        says_nothing_but_words(browser.get(address))
    says_nothing_but_words(browser.http.get("/console", params={"text": HOSTILE, "uploader_id": HOSTILE}).text)
    assert browser.http.get("/console", params={"state": HOSTILE}).status_code == 422
    says_nothing_but_words(browser.http.get("/console/group", params={"group": HOSTILE}).text)


def test_reason_of_a_refusal_is_shown_as_words(console: Console, waiting: str) -> None:
    """Where the case says why it is open again."""
    (made,) = console.staydown.get(f"/v1/cases/{waiting}")["decisions"]
    answered = other(console).send(f"/console/decisions/{made['decision_id']}/refuse", reason=HOSTILE)
    assert "A second person did not agree to uphold: &lt;script&gt;" in answered.text
    says_nothing_but_words(answered.text)


def test_copies_of_hostile_posts_are_shown_and_answered_as_words(console: Console) -> None:
    """As a case, as a tile, and where one is not decided."""
    staydown = console.staydown
    takedown = staydown.take_down(photo_bytes(58), nudity=False)["takedown_id"]
    words = {"uploader_id": HOSTILE, "url": HOSTILE, "post_text": HOSTILE}
    case_id = staydown.upload(HOSTILE, photo_bytes(58, quality=40), **words)["case_id"]
    browser = other(console)
    sheet = browser.get(f"/console/group?group={takedown}")
    for page in (browser.get(f"/console/cases/{case_id}"), sheet, browser.get(f"/console?takedown_id={takedown}")):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    fields = {"form_token": browser.form_token, "group": HOSTILE, "once": HOSTILE, "case": [HOSTILE], "note": HOSTILE}
    answered = browser.http.post("/console/group/decision", data={**fields, "outcome": "reject"})
    says_nothing_but_words(answered.text)
