"""Health, lists, the public form, and a document that describes all of it."""

import json
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from casework.domain.actor import Role
from tests.api.conftest import Staydown, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import prepare_empty


def test_ready_when_database_and_index_are_there(staydown: Staydown) -> None:
    """A load balancer sends traffic only where answers are right."""
    assert staydown.http.get("/healthz").json() == {"status": "alive"}
    ready = staydown.http.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)


def test_metrics_count_by_route_not_by_id(staydown: Staydown) -> None:
    """An id in a label would make a new series for each case."""
    staydown.http.get("/v1/cases/case_1", headers=staydown.headers(Role.MODERATOR))
    metrics = staydown.http.get("/metrics").text
    assert 'route="/v1/cases/{case_id}",status="404"' in metrics
    assert "case_1" not in metrics


def test_cases_are_paged_by_deadline_without_loss(staydown: Staydown) -> None:
    """Page by page, every open case once, the most urgent first."""
    filed = [staydown.report(photo_bytes(400 + n))["case_id"] for n in range(5)]
    headers = staydown.headers(Role.MODERATOR)
    seen, after = [], None
    while True:
        address = "/v1/cases?state=open&queue=reports&order=deadline&limit=2" + (f"&after={after}" if after else "")
        page = staydown.http.get(address.replace("+", "%2B"), headers=headers).json()
        assert len(page["items"]) <= 2
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert [case["deadline"] for case in seen] == sorted(case["deadline"] for case in seen)
    assert [case["id"] for case in seen if case["id"] in filed] == filed
    assert len({case["id"] for case in seen}) == len(seen)


def test_signal_values_are_for_auditors(staydown: Staydown) -> None:
    """Hashes are sensitive: a moderator sees types and counts."""
    takedown_id = staydown.take_down(photo_bytes(410))["takedown_id"]
    seen_by_moderator = staydown.get(f"/v1/takedowns/{takedown_id}", Role.MODERATOR)
    assert seen_by_moderator["signals"] == {"sha256/1": 1, "pdq/1": 1, "phash/1": 1, "local/1": 1}
    assert seen_by_moderator["values"] is None
    assert len(staydown.get(f"/v1/takedowns/{takedown_id}", Role.AUDITOR)["values"][0]["signals"]) == 4


def test_public_form_is_limited_and_trusts_nobody(tmp_path: Path) -> None:
    """Without a key: a receipt, no mandate without proof, and a bound on how often."""
    settings = settings_in(tmp_path, public_reports=True, public_reports_per_hour=2)
    prepare_empty(settings)
    app = create_app(settings)
    with TestClient(app) as http:
        staydown = Staydown(http, app.state.service)
        report = {
            "reporter": {"relation": "authorised_representative", "contact": "a@example.org"},
            "statement": {"non_consent": True, "good_faith": True},
            "facts": {"authority": "verified", "nudity": True},
        }
        form = {"data": {"report": json.dumps(report)}, "files": {"media": ("a.jpg", photo_bytes(411))}}
        filed = http.post("/v1/reports", **form)
        assert filed.status_code == 201
        assert filed.json()["missing"] == ["signature", "location", "authority_evidence"]
        facts = staydown.get(f"/v1/cases/{filed.json()['case_id']}")["facts"]
        assert (facts["authority"], facts["context_assessed"], facts["nudity"]) == ("unverified", False, True)
        assert http.post("/v1/reports", **form).status_code == 201
        refused = http.post("/v1/reports", **form)
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:staydown:problem:too-fast")


def test_openapi_describes_every_address(staydown: Staydown) -> None:
    """The contract is read in a browser first: every address has a summary, a tag, and says what it does."""
    document = staydown.http.get("/openapi.json").json()
    known_tags = {tag["name"] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert set(operation["tags"]) <= known_tags, (method, path)
    assert "multipart/form-data" in document["paths"]["/v1/uploads"]["post"]["requestBody"]["content"]


def test_document_describes_errors_as_they_are_answered(staydown: Staydown) -> None:
    """A client made from the document reads problem documents, not what the framework would have answered."""
    document = staydown.http.get("/openapi.json").json()
    answers = document["paths"]["/v1/uploads"]["post"]["responses"]
    assert {"401", "403", "404", "409", "413", "415", "422", "503"} <= answers.keys()
    assert list(answers["422"]["content"]) == ["application/problem+json"]
    schema = answers["422"]["content"]["application/problem+json"]["schema"]
    answered = staydown.http.post("/v1/uploads", headers=staydown.headers(Role.PIPELINE), json={}).json()
    assert answered.keys() <= schema["properties"].keys()
    assert "HTTPValidationError" not in document["components"]["schemas"]
