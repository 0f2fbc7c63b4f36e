"""Pipelines see, patch and follow their own uploads and the operator's; everybody else sees all."""

import json

import httpx2
import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


def registered(staydown: Staydown, upload_id: str, number: int, role: Role, name: str) -> dict:
    """Register a picture under somebody's key."""
    response = staydown.http.post(
        "/v1/uploads",
        headers=staydown.headers(role, name),
        data={"upload": json.dumps({"upload_id": upload_id})},
        files={"media": ("a", photo_bytes(number))},
    )
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture(scope="module")
def uploads(staydown: Staydown) -> dict[str, dict]:
    """Register three copies of a removed picture: of two platforms, and of the operator."""
    staydown.take_down(photo_bytes(1210), nudity=True)
    return {
        "ours": registered(staydown, "own-1", 1210, Role.PIPELINE, "ours"),
        "theirs": registered(staydown, "own-2", 1210, Role.PIPELINE, "theirs"),
        "operators": registered(staydown, "own-3", 1210, Role.ADMIN, "one"),
    }


def without_request(answer: httpx2.Response, upload: str = "upl_none") -> str:
    """Return what an answer tells, without the number of the request and the id that was asked for."""
    return answer.text.replace(answer.headers["X-Request-Id"], "REQUEST").replace(upload, "ID")


def followed(staydown: Staydown, role: Role, name: str) -> list[dict]:
    """Read the whole feed as somebody."""
    found, after = [], "0"
    while after is not None:
        asked = {"after": after, "limit": 2}
        page = staydown.http.get("/v1/events", headers=staydown.headers(role, name), params=asked).json()
        found += page["items"]
        after = page["next"]
    return found


def test_pipeline_reads_its_own_and_the_operators(staydown: Staydown, uploads: dict[str, dict]) -> None:
    """Another platform's verdicts are not its business; one that is not there looks the same."""
    headers, told = staydown.headers(Role.PIPELINE, "ours"), {}
    for name, upload in [*uploads.items(), ("none", {"upload": "upl_none"})]:
        answer = staydown.http.get(f"/v1/uploads/{upload['upload']}", headers=headers)
        told[name] = answer.status_code, without_request(answer, upload["upload"])
    assert {name: status for name, (status, _) in told.items()} == {
        "ours": 200,
        "theirs": 404,
        "operators": 200,
        "none": 404,
    }
    assert told["theirs"] == told["none"]


def test_pipeline_adds_facts_to_its_own(staydown: Staydown, uploads: dict[str, dict]) -> None:
    """A stranger's facts would move a case."""
    headers, body = staydown.headers(Role.PIPELINE, "ours"), {"facts": {"newsworthy_event": True}}
    statuses = {
        name: staydown.http.patch(f"/v1/uploads/{one['upload']}", headers=headers, json=body).status_code
        for name, one in uploads.items()
    }
    assert statuses == {"ours": 200, "theirs": 404, "operators": 200}


def test_pipeline_follows_what_happens_to_its_own(staydown: Staydown, uploads: dict[str, dict]) -> None:
    """The feed pages on, with a cursor, past everything that is not its own."""
    mine = {one["data"]["upload"] for one in followed(staydown, Role.PIPELINE, "ours")}
    theirs = {one["data"]["upload"] for one in followed(staydown, Role.PIPELINE, "theirs")}
    assert mine == {uploads["ours"]["upload"], uploads["operators"]["upload"]}
    assert theirs == {uploads["theirs"]["upload"], uploads["operators"]["upload"]}


@pytest.mark.parametrize("role", [Role.SENIOR, Role.ADMIN, Role.AUDITOR])
def test_people_who_follow_see_all(staydown: Staydown, uploads: dict[str, dict], role: Role) -> None:
    """Who oversees the service oversees every platform of it."""
    seen = followed(staydown, role, "one")
    assert {one["upload"] for one in uploads.values()} <= {one["data"].get("upload") for one in seen}
    assert {"report.received", "takedown.created"} <= {one["type"] for one in seen}


def test_upload_id_of_another_pipeline_is_refused_without_its_verdict(
    staydown: Staydown, uploads: dict[str, dict]
) -> None:
    """Whoever guesses an id must not be told what became of it."""
    answers = []
    for number in (1210, 1211):
        form = {"data": {"upload": '{"upload_id": "own-2"}'}, "files": {"media": ("a", photo_bytes(number))}}
        answers.append(staydown.http.post("/v1/uploads", headers=staydown.headers(Role.PIPELINE, "ours"), **form))
    assert [(one.status_code, one.json()["type"]) for one in answers] == [
        (409, "urn:staydown:problem:upload-conflict")
    ] * 2
    assert without_request(answers[0]) == without_request(answers[1])
    assert uploads["theirs"]["upload"] not in answers[0].text
