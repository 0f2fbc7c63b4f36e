"""The trust ladder over HTTP: what nobody has seen, and nobody stands for, holds copies and does not block them."""

import json

from httpx2 import Response

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown
from tests.helpers.media.pictures import photo_bytes

UNSIGNED = {"non_consent": True, "good_faith": True}


def by_signals(staydown: Staydown, data: bytes) -> tuple[str, str]:
    """Ask by the signals of a file, one question and a batch of it; return both verdicts."""
    signals = [{"type": one["type"], "value": one["value"]} for one in staydown.hashed(data)]
    headers = staydown.headers(Role.PIPELINE)
    one = staydown.http.post("/v1/match", headers=headers, json={"signals": signals})
    batch = staydown.http.post("/v1/match/batch", headers=headers, json={"items": [{"id": "a", "signals": signals}]})
    return one.json()["verdict"], batch.json()["items"][0]["verdict"]


def verdicts(staydown: Staydown, name: str, data: bytes) -> set[str]:
    """Ask in every way a pipeline can: by signals, in a batch, by the file, and by registering it."""
    headers = staydown.headers(Role.PIPELINE)
    asked = staydown.http.post("/v1/match", headers=headers, files={"media": ("a.jpg", data)}).json()["verdict"]
    return {*by_signals(staydown, data), asked, staydown.upload(name, data)["verdict"]}


def anonymous(staydown: Staydown, *signals: dict) -> dict:
    """Report bare hashes by a form, without a name, a contact or a signature, as anyone can."""
    report = {"reporter": {"relation": "subject"}, "statement": {"non_consent": True}, "facts": {"nudity": True}}
    body = {"report": report, "signals": list(signals)}
    response = staydown.http.post("/v1/reports", headers=staydown.headers(Role.INTAKE), json=body)
    assert response.status_code == 201, response.text
    return response.json()


def lacks(staydown: Staydown, takedown: str) -> list[str]:
    """Return what a takedown lacks, by name."""
    found = staydown.get(f"/v1/takedowns/{takedown}")
    assert found["automation"] == ("hold" if found["lacks"] else "block")
    return [one["what"] for one in found["lacks"]]


def answer(staydown: Staydown, filed: dict, **body: object) -> Response:
    """Answer with the receipt."""
    receipt = filed["receipt"]
    headers = {"Receipt-Secret": receipt["secret"]}
    return staydown.http.post(f"/v1/receipts/{receipt['number']}/messages", headers=headers, json=body)


def test_anonymous_hashes_hold_after_one_click_and_block_after_a_confirmed_copy(staydown: Staydown) -> None:
    """Anyone can send hashes of anything; only what a person has seen stops strangers' posts by itself."""
    signals = [one for one in staydown.hashed(photo_bytes(5100)) if one["type"] in ("sha256/1", "pdq/1", "phash/1")]
    filed = anonymous(staydown, *signals)
    case = staydown.get(f"/v1/cases/{filed['case_id']}", Role.MODERATOR)
    assert (case["seen_by_person"], case["trust"]["automation"]) == (False, "hold")
    assert [one["rule"] for one in case["trust"]["lacks"]] == ["T01", "T02", "T03", "T05"]
    assert "The notice lacks a signature." in case["recommendation"]["reasons"]
    assert staydown.look(filed["case_id"]) == 0
    decision = staydown.uphold(filed["case_id"])
    assert [one["rule"] for one in decision["lacks"]] == ["T01", "T02", "T03", "T05"]
    copy = staydown.upload("copy 5100", photo_bytes(5100))
    assert (copy["verdict"], by_signals(staydown, photo_bytes(5100))) == ("hold", ("hold", "hold"))
    match_case = staydown.get(f"/v1/cases/{copy['case_id']}", Role.MODERATOR)
    assert "nobody can" in " ".join(match_case["trust"]["reasons"])
    staydown.look(copy["case_id"])
    staydown.uphold(copy["case_id"], override_reason="it is what was reported")
    assert lacks(staydown, decision["takedown_id"]) == []
    assert verdicts(staydown, "copy 5100 again", photo_bytes(5100, quality=80)) == {"block"}


def test_unseen_media_holds_on_every_way_until_who_decided_looks(staydown: Staydown) -> None:
    """A look after the decision counts from its answer on: in the event loop, which remembers, as anywhere else."""
    filed = staydown.report(photo_bytes(5110), facts={"nudity": True})
    case = staydown.get(f"/v1/cases/{filed['case_id']}", Role.MODERATOR)
    assert case["trust"]["reasons"] == ["Nobody has seen this media who decides on it."]
    assert case["recommendation"]["reasons"][-1] == case["trust"]["reasons"][0]
    takedown = staydown.uphold(filed["case_id"])["takedown_id"]
    assert lacks(staydown, takedown) == ["look"]
    assert verdicts(staydown, "copy 5110", photo_bytes(5110, quality=80)) == {"hold"}
    assert staydown.look(filed["case_id"], Role.AUDITOR) == 1
    assert by_signals(staydown, photo_bytes(5110)) == ("hold", "hold")
    staydown.look(filed["case_id"])
    assert by_signals(staydown, photo_bytes(5110)) == ("block", "block")
    assert verdicts(staydown, "copy 5110 again", photo_bytes(5110, quality=81)) == {"block"}
    held = staydown.get("/v1/uploads/" + staydown.upload("copy 5110", photo_bytes(5110, quality=80))["upload"])
    assert held["verdict"] == "block"
    seen = staydown.get(f"/v1/cases/{filed['case_id']}", Role.MODERATOR)
    assert (seen["seen_by_person"], seen["trust"]) == (True, {"automation": "block", "reasons": [], "lacks": []})


def test_an_unsigned_notice_holds_until_the_reporter_signs_with_the_receipt(staydown: Staydown) -> None:
    """Upheld and seen, it rests on nobody's word; the receipt says so, and that an answer is taken."""
    filed = staydown.report(photo_bytes(5120), statement=UNSIGNED, facts={"nudity": True})
    staydown.look(filed["case_id"])
    takedown = staydown.uphold(filed["case_id"])["takedown_id"]
    assert lacks(staydown, takedown) == ["signature"]
    assert by_signals(staydown, photo_bytes(5120)) == ("hold", "hold")
    receipt = filed["receipt"]
    shown = staydown.http.get(f"/v1/receipts/{receipt['number']}", headers={"Receipt-Secret": receipt["secret"]}).json()
    assert (shown["missing"], "answer" in shown["next"]) == (["signature"], True)
    refused = answer(staydown, filed, facts={"nudity": False})
    assert (refused.status_code, "only what its notice lacks" in refused.json()["detail"]) == (409, True)
    signed = answer(staydown, filed, statement={"signature": "A. Person"})
    assert (signed.status_code, signed.json()["missing"], "answer" in signed.json()["next"]) == (201, [], False)
    assert (lacks(staydown, takedown), by_signals(staydown, photo_bytes(5120))) == ([], ("block", "block"))
    assert answer(staydown, filed, text="thanks").status_code == 409


def test_a_confirmation_that_is_overturned_holds_from_then_on(staydown: Staydown) -> None:
    """Trust rests on what stands: the answer after the reversal knows."""
    filed = staydown.report(photo_bytes(5130), statement=UNSIGNED, facts={"nudity": True})
    staydown.look(filed["case_id"])
    takedown = staydown.uphold(filed["case_id"])["takedown_id"]
    copy = staydown.upload("copy 5130", photo_bytes(5130, quality=80))
    staydown.look(copy["case_id"])
    confirmed = staydown.uphold(copy["case_id"], override_reason="it is one")
    assert by_signals(staydown, photo_bytes(5130)) == ("block", "block")
    blocked = staydown.upload("copy 5131", photo_bytes(5130, quality=85))
    assert blocked["verdict"] == "block"
    body = {"decision_id": confirmed["decision_id"], "by": "poster", "grounds": "it is another picture"}
    appeal = staydown.http.post("/v1/appeals", headers=staydown.headers(Role.SENIOR), json=body).json()
    overturned = staydown.http.post(
        f"/v1/appeals/{appeal['id']}/decision",
        headers=staydown.headers(Role.SENIOR, "two"),
        json={"outcome": "overturn"},
    )
    assert overturned.status_code == 200, overturned.text
    assert lacks(staydown, takedown) == ["signature"]
    assert by_signals(staydown, photo_bytes(5130)) == ("hold", "hold")
    assert staydown.verdict_of(blocked) == "hold"
    assert staydown.get(f"/v1/cases/{blocked['case_id']}")["state"] == "open"


def test_an_answer_that_makes_it_disputed_restricts_at_once(staydown: Staydown) -> None:
    """What the reporter says later holds copies from the answer on, as a report does."""
    filed = staydown.report(photo_bytes(5140), reporter={"relation": "third_party", "contact": "b@example.org"})
    assert filed["interim"] is None
    assert by_signals(staydown, photo_bytes(5140)) == ("allow", "allow")
    said = answer(staydown, filed, text="She is naked in it.", facts={"nudity": True})
    assert said.status_code == 201, said.text
    assert by_signals(staydown, photo_bytes(5140)) == ("hold", "hold")
    interims = [
        one for one in staydown.get("/v1/takedowns?state=interim")["items"] if one["case_id"] == filed["case_id"]
    ]
    assert len(interims) == 1


def test_who_reports_and_what_was_assessed_are_not_stated_by_facts(staydown: Staydown) -> None:
    """The form says who reports, and a reviewer says what they have looked at."""
    report = {
        **SUBJECT,
        "reporter": {**SUBJECT["reporter"], "relation": "third_party"},
        "facts": {"reporter": "subject", "context_assessed": True},
    }
    filed = staydown.http.post(
        "/v1/reports",
        headers=staydown.headers(Role.INTAKE),
        data={"report": json.dumps(report)},
        files={"media": ("photo.jpg", photo_bytes(5150))},
    )
    facts = staydown.get(f"/v1/cases/{filed.json()['case_id']}")["facts"]
    assert (facts["reporter"], facts["context_assessed"]) == ("third_party", False)
