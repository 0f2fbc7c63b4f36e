"""Deciding cases: who may, once, with which reasons, and what a second person is for."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import prepare_empty


def decide(staydown: Staydown, case_id: str, role: Role = Role.MODERATOR, name: str = "one", **body: object) -> tuple:
    """Decide and return status and answer."""
    response = staydown.http.post(
        f"/v1/cases/{case_id}/decision", headers=staydown.headers(role, name), json={"outcome": "uphold", **body}
    )
    return response.status_code, response.json()


def test_two_moderators_deciding_one_case_one_wins(staydown: Staydown) -> None:
    """A case is decided once; the other is told so."""
    report = staydown.report(photo_bytes(200))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: decide(staydown, report["case_id"], name=f"m{n}"), range(8)))
    assert sorted(status for status, _ in answers) == [200] + [409] * 7
    assert len(staydown.get(f"/v1/cases/{report['case_id']}")["decisions"]) == 1


def test_claimed_case_is_decided_by_its_holder_alone(staydown: Staydown) -> None:
    """A lease keeps two moderators from looking at the same picture."""
    case_id = staydown.report(photo_bytes(201))["case_id"]
    holder = staydown.headers(Role.MODERATOR, "holder")
    assert staydown.http.post(f"/v1/cases/{case_id}/claim", headers=holder).status_code == 200
    status, problem = decide(staydown, case_id, name="other")
    assert (status, problem["type"]) == (409, "urn:staydown:problem:case-claimed")
    assert staydown.http.post(f"/v1/cases/{case_id}/release", headers=holder).json()["claimed_by"] is None
    assert decide(staydown, case_id, name="other")[0] == 200


def test_deciding_against_the_recommendation_needs_a_reason(staydown: Staydown) -> None:
    """An override is kept for ever, with its reason."""
    case_id = staydown.report(photo_bytes(202), facts={"subject_status": "public_figure"})["case_id"]
    status, problem = decide(staydown, case_id, role=Role.SENIOR)
    assert (status, problem["type"]) == (422, "urn:staydown:problem:override-reason-missing")
    status, decision = decide(staydown, case_id, role=Role.SENIOR, override_reason="her child, not her office")
    assert (status, decision["rule"], decision["override_reason"]) == (200, "R14", "her child, not her office")


def test_decision_keeps_policy_version_and_facts(staydown: Staydown) -> None:
    """Every effect explains itself, also after the policy and the facts have moved on."""
    decision = staydown.take_down(photo_bytes(203), nudity=True)
    kept = staydown.get(f"/v1/decisions/{decision['decision_id']}")
    assert (kept["policy_version"], kept["rule"], kept["facts"]["nudity"]) == ("private-media/1", "R07", True)


def test_ambiguous_policy_needs_a_senior(staydown: Staydown) -> None:
    """Where the two articles conflict, a moderator's rejection waits for sign-off."""
    case_id = staydown.report(photo_bytes(204), facts={"subject_status": "public_figure"})["case_id"]
    status, decision = decide(staydown, case_id, outcome="reject")
    assert (status, decision["approvals_needed"], decision["state"]) == (200, 1, "awaiting_approval")
    address = f"/v1/decisions/{decision['decision_id']}/approve"
    assert staydown.http.post(address, headers=staydown.headers(Role.MODERATOR, "two")).status_code == 403
    approved = staydown.http.post(address, headers=staydown.headers(Role.SENIOR, "two")).json()
    assert (approved["approvals_needed"], approved["state"]) == (0, "effective")
    assert staydown.get(f"/v1/cases/{case_id}")["state"] == "decided"


def test_wide_takedown_waits_for_another_person(tmp_path: Path) -> None:
    """Blast radius: what would hit many uploads is not one person's to decide, and matches nothing until approved."""
    settings = settings_in(tmp_path, blast_radius_limit=2)
    prepare_empty(settings)
    app = create_app(settings)
    with TestClient(app) as http:
        staydown = Staydown(http, app.state.service)
        for n in range(3):
            staydown.upload(f"copy {n}", photo_bytes(205, quality=50 + n), uploader_id=f"person {n % 2}")
        case_id = staydown.report(photo_bytes(205), facts={"nudity": True})["case_id"]
        staydown.look(case_id, Role.SENIOR)
        status, decision = decide(staydown, case_id, role=Role.SENIOR)
        assert (status, decision["approvals_needed"]) == (200, 1)
        assert decision["blast_radius"] == {"uploads": 3, "uploaders": 2, "complete": True, "known": True}
        assert staydown.upload("meanwhile", photo_bytes(205, quality=70))["verdict"] == "allow"
        address = f"/v1/decisions/{decision['decision_id']}/approve"
        same = http.post(address, headers=staydown.headers(Role.SENIOR))
        assert (same.status_code, same.json()["type"]) == (403, "urn:staydown:problem:same-person")
        approved = http.post(address, headers=staydown.headers(Role.SENIOR, "two")).json()
        assert approved["index_version"] > 0
        assert staydown.upload("afterwards", photo_bytes(205, quality=71))["verdict"] == "block"
        assert http.post(address, headers=staydown.headers(Role.SENIOR, "two")).status_code == 409


@pytest.mark.parametrize("same_body", [True, False])
def test_idempotency_key_gives_one_report(staydown: Staydown, same_body: bool) -> None:
    """A client that did not hear the answer asks again; a key that is reused for something else is refused."""

    def file(signature: str) -> tuple[int, dict, bool]:
        report = {**SUBJECT, "statement": {"non_consent": True, "signature": signature}}
        response = staydown.http.post(
            "/v1/reports",
            headers={**staydown.headers(Role.INTAKE), "Idempotency-Key": f"report {same_body}"},
            data={"report": json.dumps(report)},
            files={"media": ("a.jpg", photo_bytes(206))},
        )
        return response.status_code, response.json(), "Idempotent-Replayed" in response.headers

    first = file("A")
    second = file("A" if same_body else "B")
    if same_body:
        assert second == (201, first[1], True)
    else:
        assert (second[0], second[1]["type"]) == (409, "urn:staydown:problem:idempotency-conflict")


def test_idempotency_key_gives_one_decision_under_concurrency(staydown: Staydown) -> None:
    """Ten retries at once are one decision, and all hear the same."""
    case_id = staydown.report(photo_bytes(207))["case_id"]
    headers = {**staydown.headers(Role.MODERATOR), "Idempotency-Key": "decision"}

    def ask(_: int) -> dict:
        return staydown.http.post(f"/v1/cases/{case_id}/decision", headers=headers, json={"outcome": "uphold"}).json()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(ask, range(10)))
    assert len({answer["decision_id"] for answer in answers}) == 1


def test_receipt_tells_the_reporter_how_it_stands(staydown: Staydown) -> None:
    """The person depicted follows without an account."""
    report = staydown.report(photo_bytes(208), facts={"nudity": True})
    address = f"/v1/receipts/{report['receipt']['number']}"
    secret = {"Receipt-Secret": report["receipt"]["secret"]}
    assert staydown.http.get(address, headers=secret).json()["state"] == "open"
    staydown.uphold(report["case_id"])
    answer = staydown.http.get(address, headers=secret).json()
    assert (answer["state"], answer["outcome"]) == ("decided", "removed")
    assert answer["reasons"]
    assert answer["how_to_appeal"]
    assert staydown.http.get(address, headers={"Receipt-Secret": "guess"}).status_code == 404


def test_overturned_appeal_un_indexes_at_once(staydown: Staydown) -> None:
    """A mistake is taken back as surely as it was made, by somebody else."""
    decision = staydown.take_down(photo_bytes(209), nudity=True)
    body = {"decision_id": decision["decision_id"], "by": "poster", "grounds": "that is my own garden"}
    appeal = staydown.http.post("/v1/appeals", headers=staydown.headers(Role.INTAKE), json=body).json()
    address = f"/v1/appeals/{appeal['id']}/decision"
    verdict = {"outcome": "overturn", "note": "a garden"}
    overturned = staydown.http.post(address, headers=staydown.headers(Role.SENIOR), json=verdict)
    assert overturned.json()["state"] == "overturned"
    assert staydown.upload("garden", photo_bytes(209))["verdict"] == "allow"
    assert staydown.get(f"/v1/takedowns/{decision['takedown_id']}")["state"] == "overturned"


def test_appeal_is_not_decided_by_who_decided(staydown: Staydown) -> None:
    """A different reviewer for appeals (DSA Art. 20)."""
    case_id = staydown.report(photo_bytes(210), facts={"nudity": True})["case_id"]
    decision = decide(staydown, case_id, role=Role.SENIOR)[1]
    body = {"decision_id": decision["decision_id"], "by": "poster", "grounds": "no"}
    appeal = staydown.http.post("/v1/appeals", headers=staydown.headers(Role.INTAKE), json=body).json()
    response = staydown.http.post(
        f"/v1/appeals/{appeal['id']}/decision", headers=staydown.headers(Role.SENIOR), json={"outcome": "stand"}
    )
    assert response.status_code == 403


def test_preview_is_reduced_and_its_viewing_audited(staydown: Staydown) -> None:
    """As little media as possible: a small picture, and a record of who looked."""
    case_id = staydown.report(photo_bytes(211))["case_id"]
    response = staydown.http.get(f"/v1/cases/{case_id}/media/0", headers=staydown.headers(Role.MODERATOR))
    assert response.headers["content-type"] == "image/jpeg"
    history = staydown.get(f"/v1/cases/{case_id}")["history"]
    assert "case:media:viewed" in [entry["action"] for entry in history]
    assert (
        staydown.http.get(f"/v1/cases/{case_id}/media/1", headers=staydown.headers(Role.MODERATOR)).status_code == 404
    )


def appeal(staydown: Staydown, decision_id: str) -> tuple[int, dict]:
    """File an appeal and return status and answer."""
    body = {"decision_id": decision_id, "by": "reporter", "grounds": "look again"}
    response = staydown.http.post("/v1/appeals", headers=staydown.headers(Role.INTAKE), json=body)
    return response.status_code, response.json()


def test_asking_for_information_is_nothing_to_appeal_against(staydown: Staydown) -> None:
    """It once reopened a decided case: its takedown stood while the record said the post was kept."""
    case_id = staydown.report(photo_bytes(220), facts={"nudity": True})["case_id"]
    asked = decide(staydown, case_id, outcome="request_information", override_reason="which post?")[1]
    staydown.uphold(case_id)
    status, problem = appeal(staydown, asked["decision_id"])
    assert (status, problem["type"]) == (409, "urn:staydown:problem:wrong-state")


def test_overturned_rejection_holds_the_upload_again(staydown: Staydown) -> None:
    """Where a rejection was wrong, the copy must not stay published while it is decided again."""
    staydown.take_down(photo_bytes(221))
    held = staydown.upload("wrongly released", photo_bytes(221, quality=20))
    rejected = decide(staydown, held["case_id"], outcome="reject")[1]
    assert staydown.get(f"/v1/uploads/{held['upload']}")["verdict"] == "allow"
    filed = appeal(staydown, rejected["decision_id"])[1]
    address = f"/v1/appeals/{filed['id']}/decision"
    staydown.http.post(address, headers=staydown.headers(Role.SENIOR, "two"), json={"outcome": "overturn"})
    assert staydown.get(f"/v1/uploads/{held['upload']}")["verdict"] == "hold"
    assert staydown.get(f"/v1/cases/{held['case_id']}")["state"] == "open"


def test_platform_does_not_change_a_case_under_a_moderators_eyes(staydown: Staydown) -> None:
    """What a reviewer decides on is what they saw; and what a platform added is in the case's history."""
    staydown.take_down(photo_bytes(222))
    held = staydown.upload("under review", photo_bytes(222, quality=20))
    address, pipeline = f"/v1/uploads/{held['upload']}", staydown.headers(Role.PIPELINE)
    for facts in ({"context_assessed": True}, {"permission_evidence": "confirmed_by_subject"}):
        assert staydown.http.patch(address, headers=pipeline, json=facts).status_code == 422
    moderator = staydown.headers(Role.MODERATOR, "holder")
    staydown.http.post(f"/v1/cases/{held['case_id']}/claim", headers=moderator)
    assert staydown.http.patch(address, headers=pipeline, json={"mainstream_news": True}).status_code == 409
    staydown.http.post(f"/v1/cases/{held['case_id']}/release", headers=moderator)
    assert staydown.http.patch(address, headers=pipeline, json={"mainstream_news": True}).status_code == 200
    history = staydown.get(f"/v1/cases/{held['case_id']}")["history"]
    assert "case:facts:changed" in [entry["action"] for entry in history]
