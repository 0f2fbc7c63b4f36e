"""Wrongs made of words: reported without a picture, decided, the post removed, and brought back."""

import json

import pytest

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown
from tests.api.scenarios.reports.receipts import events_about
from tests.casework.hints.words_reported import REPORTED, Reported
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

THREAT = "Answer me or I post the rest of your nudes"


def reported(staydown: Staydown, **changes: object) -> dict:
    """Report in words alone."""
    return staydown.report_signals(**changes)


def named(events: list[dict], kind: str) -> dict:
    """Return the data of the one event of a kind."""
    (found,) = [one["data"] for one in events if one["type"] == kind]
    return found


@pytest.mark.parametrize("number", range(len(REPORTED)), ids=[one.text[:40] for one in REPORTED])
def test_report_in_words_gets_its_rule_and_its_hints(staydown: Staydown, number: int) -> None:
    """Thirty reports as people send them, with and without a picture: the rule is right, hints name the place."""
    report: Reported = REPORTED[number]
    changes = {
        "reporter": {**SUBJECT["reporter"], "relation": report.relation},
        "content": {"url": "https://example.org/w", "post_text": report.text, "uploader_id": f"words {number}"},
        "conduct": report.conduct,
        "facts": report.facts,
    }
    answer = staydown.report(photo_bytes(900 + number), **changes) if report.media else reported(staydown, **changes)
    case = staydown.get(f"/v1/cases/{answer['case_id']}")
    case_rule = case["rule"]
    if report.rule == "R21":  # once somebody has looked at the context
        facts = {"context_assessed": True}
        address, moderator = f"/v1/cases/{case['id']}/facts", staydown.headers(Role.MODERATOR)
        case_rule = staydown.http.patch(address, headers=moderator, json=facts).json()["rule"]
    assert case_rule == report.rule
    for hints in (answer["hints"], case["hints"]):
        places = [(one["kind"], one["field"], report.text[one["start"] : one["end"]]) for one in hints]
        for kind, words in report.hints.items():
            assert any((kind, "content.post_text") == one[:2] and words in one[2] for one in places), places


def test_threat_is_removed_with_its_post_and_brought_back(staydown: Staydown) -> None:
    """A threat needs no picture. Upheld, its post is blocked and systems are told; withdrawn, all of it comes back."""
    upload = staydown.upload("threat 1", photo_bytes(940), post_text=THREAT)
    assert upload["verdict"] == "allow"
    content = {"upload_id": "threat 1", "url": "https://example.org/threat/1", "post_text": THREAT}
    filed = reported(staydown, conduct="threat_to_expose", content=content)
    assert filed["missing"] == []
    case = staydown.get(f"/v1/cases/{filed['case_id']}")
    assert (case["rule"], case["media"], case["named_upload"]["upload"]) == ("R01", [], upload["upload"])
    assert {"content.post_text", "upload.post_text"} == {one["field"] for one in case["hints"]}
    decision = staydown.uphold(filed["case_id"])
    shown = staydown.get(f"/v1/uploads/{upload['upload']}")
    assert (shown["verdict"], shown["case_id"]) == ("block", filed["case_id"])
    events = events_about(staydown, filed["case_id"])
    removed = named(events, "post.removed")
    assert removed == {
        "takedown_id": decision["takedown_id"],
        "case_id": filed["case_id"],
        "decision_id": decision["decision_id"],
        "rule": "R01",
        "policy": "private_information",
        "policy_version": decision["policy_version"],
        "upload": upload["upload"],
        "upload_id": "threat 1",
        "url": "https://example.org/threat/1",
    }
    assert staydown.upload("harmless", photo_bytes(940, quality=71))["verdict"] == "allow"  # the picture is no wrong
    receipt = filed["receipt"]
    withdrawn = staydown.http.post(
        f"/v1/receipts/{receipt['number']}/withdraw",
        headers={"Receipt-Secret": receipt["secret"]},
        json={"reason": "we made up"},
    )
    assert withdrawn.json()["outcome"] == "withdrawn", withdrawn.text
    assert staydown.get(f"/v1/uploads/{upload['upload']}")["verdict"] == "allow"
    events = events_about(staydown, filed["case_id"])
    back = named(events, "takedown.reversed")
    assert (back["upload_id"], back["url"]) == ("threat 1", "https://example.org/threat/1")
    assert named(events, "upload.reinstated")["upload"] == upload["upload"]


def test_post_named_by_url_alone_is_told_and_overturned(staydown: Staydown) -> None:
    """Where only an address is known, systems downstream are told it, and told again when the decision falls."""
    url = "https://example.org/bounty/2"
    filed = reported(staydown, conduct="offer_bounty", content={"url": url, "post_text": "$50 to whoever has her pics"})
    decision = staydown.uphold(filed["case_id"])
    removed = named(events_about(staydown, filed["case_id"]), "post.removed")
    assert (removed["url"], removed["upload"], removed["upload_id"]) == (url, None, None)
    appeal = {"decision_id": decision["decision_id"], "by": "poster", "grounds": "it was a joke among friends"}
    filed_appeal = staydown.http.post("/v1/appeals", headers=staydown.headers(Role.INTAKE), json=appeal).json()
    address = f"/v1/appeals/{filed_appeal['id']}/decision"
    overturned = staydown.http.post(address, headers=staydown.headers(Role.SENIOR), json={"outcome": "overturn"})
    assert overturned.status_code == 200, overturned.text
    assert named(events_about(staydown, filed["case_id"]), "takedown.reversed")["url"] == url


def test_destination_that_follows_removed_posts_is_sent_their_reversal(staydown: Staydown) -> None:
    """Who removed a post because we said so is told to bring it back, whatever else they subscribed to."""
    target = staydown.service.settings.data / "exports" / "removed.ndjson"
    made = staydown.http.post(
        "/v1/destinations",
        headers=staydown.headers(Role.ADMIN),
        json={"name": "posts", "kind": "file", "path": str(target), "events": ["post.removed"]},
    )
    assert made.status_code == 201, made.text
    assert made.json()["events"] == ["takedown.reversed", "post.removed"]
    content = {"url": "https://example.org/threat/3", "post_text": THREAT}
    decision = staydown.uphold(reported(staydown, conduct="threat_to_expose", content=content)["case_id"])
    withdrawal = {"reason": "a mistake"}
    address = f"/v1/takedowns/{decision['takedown_id']}/withdraw"
    assert staydown.http.post(address, headers=staydown.headers(Role.SENIOR), json=withdrawal).status_code == 200
    ledger = f"/v1/takedowns/{decision['takedown_id']}/propagation"
    found = eventually(
        lambda: staydown.get(ledger),
        lambda one: [line["state"] for line in one["items"]] == ["delivered"] * 2,
    )
    assert [line["type"] for line in found["items"]] == ["post.removed", "takedown.reversed"]
    staydown.http.delete(f"/v1/destinations/{made.json()['id']}", headers=staydown.headers(Role.ADMIN))


def test_shared_media_may_name_a_registered_upload_instead_of_a_file(staydown: Staydown) -> None:
    """Who was shown a post need not save the picture: the platform has it, and its signals become the case's."""
    post = staydown.upload("shared 4", photo_bytes(941), uploader_id="poster 4")
    filed = reported(staydown, content={"upload_id": "shared 4"}, facts={"nudity": True})
    case = staydown.get(f"/v1/cases/{filed['case_id']}")
    kinds = [one["type"] for one in case["media"][0]["signals"]]
    assert (case["rule"], "pdq/1" in kinds, "sha256/1" in kinds) == ("R07", True, True)
    assert staydown.uphold(filed["case_id"])["takedown_id"] is not None
    assert staydown.get(f"/v1/uploads/{post['upload']}")["verdict"] == "block"
    assert staydown.upload("shared 4 again", photo_bytes(941, quality=60))["verdict"] != "allow"


def test_upload_that_shows_other_media_than_was_sent_is_left_alone(staydown: Staydown) -> None:
    """Anyone can write a stranger's post into a report: what nobody looked at is not removed by it."""
    stranger = staydown.upload("stranger 5", photo_bytes(942))
    filed = staydown.report(photo_bytes(943), content={"upload_id": "stranger 5"}, facts={"nudity": True})
    case = staydown.get(f"/v1/cases/{filed['case_id']}")
    assert any("shows other media" in one for one in case["notices"])
    staydown.uphold(filed["case_id"])
    assert staydown.get(f"/v1/uploads/{stranger['upload']}")["verdict"] == "allow"
    assert "post.removed" not in {one["type"] for one in events_about(staydown, filed["case_id"])}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "has none: send files"),
        ({"content": {"upload_id": "never registered"}}, "'never registered' is no upload that is registered"),
        ({"conduct": "threat_to_expose", "facts": {"conduct": "shared_media"}}, "has none: send files"),
    ],
    ids=["nothing", "no such upload", "facts say media"],
)
@pytest.mark.parametrize("as_form", [True, False])
def test_shared_media_without_any_is_refused_and_nothing_is_stored(
    staydown: Staydown, changes: dict, says: str, *, as_form: bool
) -> None:
    """There would be nothing to look at; the answer names the three ways out."""
    before = len(staydown.get("/v1/cases?limit=200&queue=reports")["items"])
    report, intake = {**SUBJECT, **changes}, staydown.headers(Role.INTAKE)
    if as_form:  # a form without any file
        answer = staydown.http.post("/v1/reports", headers=intake, files={"report": (None, json.dumps(report))})
    else:
        answer = staydown.http.post("/v1/reports", headers=intake, json={"report": report})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:staydown:problem:media-missing")
    assert says in answer.json()["detail"]
    assert len(staydown.get("/v1/cases?limit=200&queue=reports")["items"]) == before


def test_words_of_a_report_are_nowhere_in_the_clear_and_go_with_an_erasure(staydown: Staydown) -> None:
    """Hints are made of the words when a case is shown: erased, there is nothing left to make them of."""
    secret = "Her number is +44 7700 900456, zebra-umbrella"
    upload = staydown.upload("words 6", photo_bytes(944), post_text=secret)
    filed = reported(staydown, conduct="private_info", content={"upload_id": "words 6", "post_text": secret})
    staydown.uphold(filed["case_id"])
    folder = staydown.service.settings.data
    stored = b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
    assert b"zebra-umbrella" not in stored
    receipt = filed["receipt"]
    erased = staydown.http.post(
        f"/v1/receipts/{receipt['number']}/erase", headers={"Receipt-Secret": receipt["secret"]}, json={}
    ).json()
    address = f"/v1/erasures/{erased['erasure_id']}"
    eventually(lambda: staydown.get(address), lambda one: one["state"] == "completed")
    case = staydown.get(f"/v1/cases/{filed['case_id']}")
    assert (case["hints"], case["report"]["post_text"]) == ([], None)
    shown = staydown.get(f"/v1/uploads/{upload['upload']}")
    assert (shown["verdict"], case["named_upload"]["post_text"]) == ("allow", None)
    filed_again = staydown.report(photo_bytes(944), facts={"nudity": True})  # the picture is searched as before
    decision = staydown.uphold(filed_again["case_id"])
    staydown.looked_back(decision["takedown_id"])
    assert staydown.get(f"/v1/uploads/{upload['upload']}")["verdict"] != "allow"
