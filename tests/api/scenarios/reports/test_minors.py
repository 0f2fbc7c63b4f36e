"""People who may be under 18: what becomes of a report about them, as everybody sees it."""

import json

import pytest
from sqlalchemy import create_engine, select

from casework.domain.actor import Role
from casework.persistence import tables
from tests.api.conftest import SUBJECT, Staydown
from tests.api.scenarios.reports.receipts import Receipt, event, events_about
from tests.helpers.media.pictures import photo_bytes

SAYS = "Please help, I was 15 years old in this picture"
STRANGER = {"reporter": {"relation": "third_party", "contact": "friend@example.org"}, "facts": {"nudity": True}}


def said(staydown: Staydown, case_id: str, minor: bool, *, role: Role = Role.MODERATOR, name: str = "one", **body):
    """Say of a case whether it is about somebody under age."""
    address = f"/v1/cases/{case_id}/minor"
    return staydown.http.post(address, headers=staydown.headers(role, name), json={"minor": minor, **body})


def decided(staydown: Staydown, case_id: str, outcome: str, **body: object):
    """Decide a case as a moderator."""
    address = f"/v1/cases/{case_id}/decision"
    return staydown.http.post(address, headers=staydown.headers(Role.MODERATOR), json={"outcome": outcome, **body})


def case_of(staydown: Staydown, case_id: str) -> dict:
    """Read a case."""
    return staydown.get(f"/v1/cases/{case_id}", Role.MODERATOR)


def queued(staydown: Staydown) -> list[str]:
    """List what waits in the queue `minors`."""
    return [one["id"] for one in staydown.get("/v1/cases?queue=minors&limit=200", Role.MODERATOR)["items"]]


def kept_signals(staydown: Staydown, data: bytes) -> int:
    """Count where the record holds the file hash of a picture: stored with media, or in the index."""
    (value,) = [bytes.fromhex(one["value"]) for one in staydown.hashed(data) if one["type"] == "sha256/1"]
    engine = create_engine(staydown.service.settings.url)
    try:
        with engine.connect() as connection:
            return sum(
                list(connection.execute(select(column)).scalars()).count(value)
                for column in (tables.signals.c.value, tables.index_changes.c.own_value, tables.items.c.value)
            )
    finally:
        engine.dispose()


def test_a_word_takes_a_report_out_of_automation(staydown: Staydown) -> None:
    """A friend reports a nude and says how old she is: no machine acts, nothing is kept, a person looks."""
    statement = {**SUBJECT["statement"], "explanation": "She is only 14 years old in it"}
    report = staydown.report(photo_bytes(7_000), **STRANGER, statement=statement)
    assert report["interim"] is None
    assert "minor" in [one["kind"] for one in report["hints"]]
    case = case_of(staydown, report["case_id"])
    assert (case["queue"], case["media"], case["deadline"]) == ("minors", [], report["deadline"])
    assert (case["rule"], case["outcome"]) == ("X06", "LEAVE_ADULT_ROUTE")
    assert case["recommendation"]["hash_action"] == "none"
    assert case["minor"]["known_by"] == "words"
    steps = " ".join(case["minor"]["steps"])
    for named in ("NCMEC", "2258A", "inhope.org", "police", "`refer`"):
        assert named in steps
    assert report["case_id"] in queued(staydown)
    assert kept_signals(staydown, photo_bytes(7_000)) == 0
    assert staydown.upload("copy of 7000", photo_bytes(7_000))["verdict"] == "allow"
    told = event(staydown, report["case_id"], "case.minors")
    assert (told["minor"], told["known_by"], told["url"]) == (True, "words", SUBJECT["content"]["url"])
    assert event(staydown, report["case_id"], "case.opened")["queue"] == "minors"


def test_a_fact_does_so_too_for_a_report_by_signals_alone(staydown: Staydown) -> None:
    """The media never left the device, and its fingerprint does not stay here either."""
    signals = [one for one in staydown.hashed(photo_bytes(7_010)) if one["type"] == "pdq/1"]
    report = staydown.report_signals(*signals, facts={"nudity": True, "minor": True})
    case = case_of(staydown, report["case_id"])
    assert (case["queue"], case["minor"]["known_by"], case["media"]) == ("minors", "stated", [])
    assert staydown.match(pdq=signals[0]["value"])["matches"] == []
    refused = said(staydown, report["case_id"], minor=False, why="looks older")
    assert refused.status_code == 403, "whoever reports said so: a moderator alone does not know better"


def test_the_receipt_says_it_in_careful_words_and_offers_nothing_in_vain(staydown: Staydown) -> None:
    """Whoever reports is told what happens, where there is help, and that no pictures are taken."""
    receipt = Receipt(
        staydown, staydown.report(photo_bytes(7_020), content={"url": "https://e.org/1", "post_text": SAYS})
    )
    shown = receipt.shown
    words = " ".join(shown["happened"])
    for told in ("may be about somebody who is under 18", "no fingerprint", "Take It Down", "a person looks"):
        assert told in words
    assert shown["next"] == ["answer"]
    for step in ("withdraw", "erase"):
        assert receipt.post(step, {}).status_code == 409
    sent = receipt.sends(photo_bytes(7_020), text="here it is again")
    assert (sent.status_code, "send no pictures" in sent.json()["detail"]) == (409, True)
    assert receipt.says(text="It is on his profile, too")["state"] == "open"


def test_it_is_closed_by_what_the_law_asks_for_and_by_nothing_else(staydown: Staydown) -> None:
    """No takedown, no "it may stay": the steps are taken, and the reporter hears so."""
    receipt = Receipt(
        staydown, staydown.report(photo_bytes(7_030), content={"url": "https://e.org/2", "post_text": SAYS})
    )
    for outcome in ("uphold", "reject"):
        refused = decided(staydown, receipt.case_id, outcome, override_reason="because")
        assert (refused.status_code, "`refer`" in refused.json()["detail"]) == (409, True)
    closed = decided(staydown, receipt.case_id, "refer", note="CyberTipline 123")
    assert (closed.status_code, closed.json()["takedown_id"], closed.json()["rule"]) == (200, None, "X06")
    shown = receipt.shown
    assert (shown["state"], shown["outcome"]) == ("decided", "referred")
    assert "handed over" in shown["happened"][-1]
    assert "CyberTipline 123" not in str(shown)
    elsewhere = staydown.report(photo_bytes(7_031))
    assert decided(staydown, elsewhere["case_id"], "refer").status_code == 409


def test_a_mistaken_word_is_taken_back_with_a_reason(staydown: Staydown) -> None:
    """A cat of seventeen is no minor: the case goes on as usual, and what was not kept is asked for again."""
    post = {"url": "https://e.org/3", "upload_id": "the cat", "post_text": "she is 17 years old and still purring"}
    named = staydown.upload("the cat", photo_bytes(7_040))
    report = staydown.report_signals(content=post, facts={"nudity": True})
    assert case_of(staydown, report["case_id"])["media"] == []
    assert said(staydown, report["case_id"], minor=False).status_code == 422, "say why"
    back = said(staydown, report["case_id"], minor=False, why="It speaks of her cat.").json()
    assert (back["queue"], back["state"], back["minor"]) == ("reports", "open", None)
    assert "It speaks of her cat." in back["note"]
    assert len(back["media"]) == 1, "as the registered upload shows it that the report names"
    assert back["deadline"] == report["deadline"]
    assert [one["minor"] for one in told(staydown, report["case_id"])] == [True, False]
    assert decided(staydown, report["case_id"], "uphold").status_code == 200
    assert staydown.verdict_of(named) == "block"


def told(staydown: Staydown, case_id: str) -> list[dict]:
    """List what the platform was told of a person's age."""
    return [one["data"] for one in events_about(staydown, case_id) if one["type"] == "case.minors"]


def test_what_somebody_found_takes_another_senior_to_take_back(staydown: Staydown) -> None:
    """Taking it back brings a picture into sight again: four eyes."""
    report = staydown.report(photo_bytes(7_050))
    found = staydown.http.patch(
        f"/v1/cases/{report['case_id']}/facts",
        headers=staydown.headers(Role.SENIOR, "finder"),
        json={"facts": {"minor": True}},
    ).json()
    assert (found["queue"], found["minor"]["known_by"], found["media"]) == ("minors", "established", [])
    without_why = staydown.http.patch(
        f"/v1/cases/{report['case_id']}/facts", headers=staydown.headers(Role.MODERATOR), json={"minor": False}
    )
    assert without_why.status_code == 422
    for role, name in ((Role.MODERATOR, "one"), (Role.SENIOR, "finder")):
        refused = said(staydown, report["case_id"], minor=False, role=role, name=name, why="she told me")
        assert (refused.status_code, "senior" in refused.json()["detail"]) == (403, True)
    back = said(staydown, report["case_id"], minor=False, role=Role.SENIOR, name="other", why="a passport").json()
    assert (back["queue"], back["minor"], back["media"]) == ("reports", None, [])
    assert "ask for it again" in back["note"]


def test_an_answer_ends_what_was_restricted_at_once_and_lets_nothing_go(staydown: Staydown) -> None:
    """She says later how old she was: no new copy is compared with her picture, and what was held stays held."""
    receipt = Receipt(staydown, staydown.report(photo_bytes(7_060), **STRANGER))
    held = staydown.upload("held 7060", photo_bytes(7_060, quality=60))
    assert held["verdict"] == "hold"
    receipt.says(text="I was 15 in it.")
    case = receipt.case
    assert (case["queue"], case["media"], case["minor"]["known_by"]) == ("minors", [], "words")
    takedown = staydown.get(f"/v1/takedowns/{receipt.filed['interim']['takedown_id']}")
    assert (takedown["state"], takedown["signals"], takedown["automation"]) == ("referred", {}, "hold")
    assert staydown.verdict_of(held) == "hold"
    assert staydown.upload("later 7060", photo_bytes(7_060, quality=65))["verdict"] == "allow"
    types = [one["type"] for one in events_about(staydown, receipt.case_id)]
    assert "takedown.referred" in types
    assert "takedown.interim_ended" not in types
    assert said(staydown, receipt.case_id, minor=False, why="a typing error, she says").status_code == 200
    assert staydown.verdict_of(held) == "hold"
    assert decided(staydown, receipt.case_id, "reject").status_code == 200
    assert staydown.verdict_of(held) == "allow", "as usual again"


def test_what_was_banked_before_somebody_knew_matches_no_more_and_comes_back_nowhere(staydown: Staydown) -> None:
    """A moderator sees in a copy that she is a child: fingerprints go, platforms are not told to publish it again."""
    decision = staydown.take_down(photo_bytes(7_070), nudity=True)
    takedown, origin = decision["takedown_id"], decision["case_id"]
    blocked = staydown.upload("blocked 7070", photo_bytes(7_070, quality=60))
    found = said(staydown, blocked["case_id"], minor=True)
    assert found.status_code == 200
    assert found.json()["queue"] == "minors"
    case = case_of(staydown, origin)
    assert (case["queue"], case["state"], case["media"]) == ("minors", "open", [])
    assert staydown.get(f"/v1/takedowns/{takedown}")["state"] == "referred"
    assert kept_signals(staydown, photo_bytes(7_070)) == 0
    now = staydown.get(f"/v1/uploads/{blocked['upload']}")
    assert now["verdict"] == "block"
    assert "minor" not in str(now["statement_of_reasons"]).lower(), "who posted it is not warned"
    assert "under 18" not in str(now["statement_of_reasons"])
    assert staydown.upload("new 7070", photo_bytes(7_070, quality=65))["verdict"] == "allow"
    types = [one["type"] for one in events_about(staydown, origin)]
    assert "takedown.referred" in types
    assert "takedown.reversed" not in types
    withdrawn = staydown.http.post(
        f"/v1/takedowns/{takedown}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "asked"}
    )
    assert (withdrawn.status_code, "under 18" in withdrawn.json()["detail"]) == (409, True)
    asked = {"upload": blocked["upload"], "by": "poster", "grounds": "mine"}
    pipeline = staydown.headers(Role.PIPELINE)
    appeal = staydown.http.post("/v1/appeals", headers=pipeline, json=asked).json()
    judged = staydown.http.post(
        f"/v1/appeals/{appeal['id']}/decision", headers=staydown.headers(Role.SENIOR), json={"outcome": "overturn"}
    )
    assert judged.status_code == 409
    assert staydown.verdict_of(blocked) == "block"
    back = said(staydown, origin, minor=False, role=Role.SENIOR, name="other", why="a passport").json()
    assert (back["queue"], back["state"]) == ("reports", "decided"), "what was upheld stands again"
    assert staydown.get(f"/v1/takedowns/{takedown}")["state"] == "active"


def test_a_report_of_what_stands_as_an_adult_s_says_where_to_say_so(staydown: Staydown) -> None:
    """Whoever posted it could end her takedown with one word; a person who reads it can, in the case it rests on."""
    decision = staydown.take_down(photo_bytes(7_110), nudity=True)
    content = {"url": "https://e.org/4", "post_text": "she is 15 years old"}
    report = staydown.report(photo_bytes(7_110), content=content)
    assert report["linked_takedown_id"] == decision["takedown_id"]
    (notice,) = [one for one in case_of(staydown, report["case_id"])["notices"] if decision["takedown_id"] in one]
    assert decision["case_id"] in notice
    assert staydown.get(f"/v1/takedowns/{decision['takedown_id']}")["state"] == "active"
    escape = staydown.upload("she is 15 years old", photo_bytes(7_110, quality=60), post_text="she is 15 years old")
    assert escape["verdict"] == "block", "who posts does not escape by writing an age"


def test_open_cases_of_copies_leave_with_the_report(staydown: Staydown) -> None:
    """They show the same person: no preview of theirs stays, and nobody decides them as if she were an adult."""
    decision = staydown.take_down(photo_bytes(7_080), context_assessed=True)
    held = staydown.upload("held 7080", photo_bytes(7_080, quality=60))
    assert case_of(staydown, held["case_id"])["media"][0]["preview"] is not None
    said(staydown, decision["case_id"], minor=True)
    case = case_of(staydown, held["case_id"])
    assert (case["queue"], case["media"][0]["preview"]) == ("minors", None)
    assert decided(staydown, held["case_id"], "reject", override_reason="x").status_code == 409
    alone = said(staydown, held["case_id"], minor=False, role=Role.SENIOR, name="other", why="a passport")
    assert (alone.status_code, decision["case_id"] in alone.json()["detail"]) == (409, True)
    said(staydown, decision["case_id"], minor=False, role=Role.SENIOR, name="other", why="a passport")
    assert case_of(staydown, held["case_id"])["queue"] == "matches"
    assert staydown.verdict_of(held) == "hold"


def test_a_decision_that_waits_for_a_second_person_is_taken_back(staydown: Staydown) -> None:
    """It was about an adult; approved a day later it would bank what must not be kept."""
    protected = staydown.http.post(
        "/v1/protected",
        headers=staydown.headers(Role.SENIOR),
        data={"protected": json.dumps({"reason": "news"})},
        files={"media": ("a", photo_bytes(7_090))},
    )
    assert protected.status_code == 201, protected.text
    report = staydown.report(photo_bytes(7_090), facts={"nudity": True})
    waiting = staydown.uphold(report["case_id"])
    assert waiting["approvals_needed"] == 1
    assert said(staydown, report["case_id"], minor=True).json()["state"] == "open"
    approved = staydown.http.post(
        f"/v1/decisions/{waiting['decision_id']}/approve", headers=staydown.headers(Role.SENIOR)
    )
    assert approved.status_code == 409
    assert staydown.get(f"/v1/takedowns/{waiting['takedown_id']}")["state"] == "withdrawn"


@pytest.mark.parametrize("minor", ["yes", 1, None])
def test_age_is_true_or_false(staydown: Staydown, minor: object) -> None:
    """A "yes" read as true, or as false, would decide about a child by accident."""
    report = staydown.report(photo_bytes(7_100))
    answer = staydown.http.patch(
        f"/v1/cases/{report['case_id']}/facts",
        headers=staydown.headers(Role.MODERATOR),
        json={"facts": {"minor": minor}},
    )
    assert (answer.status_code, "minor" in answer.json()["detail"]) == (422, True)
