"""Uploads of which only the signals are sent: the file never leaves the platform."""

import secrets

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


def register(staydown: Staydown, upload_id: str, *signals: dict, status: int = 200) -> dict:
    """Register an upload by its signals."""
    response = staydown.http.post(
        "/v1/uploads",
        headers=staydown.headers(Role.PIPELINE),
        json={"upload": {"upload_id": upload_id, "uploader_id": "user-1"}, "signals": list(signals)},
    )
    assert response.status_code == status, response.text
    return response.json()


def pdq(value: str) -> dict:
    """Write a PDQ value as it is sent."""
    return {"type": "pdq/1", "value": value, "quality": 100}


def test_signals_of_a_file_are_judged_as_the_file_is(staydown: Staydown) -> None:
    """A platform that hashes by itself gets the same verdict."""
    hashed = staydown.http.post(
        "/v1/hash", headers=staydown.headers(Role.PIPELINE), files={"media": ("a", photo_bytes(600))}
    ).json()
    staydown.take_down(photo_bytes(600), nudity=True)
    by_signals = register(staydown, "by signals", *hashed["signals"])
    by_file = staydown.upload("by file", photo_bytes(600))
    assert (by_signals["verdict"], by_file["verdict"]) == ("block", "block")
    assert [one["value"] for one in by_signals["signals"]] == [one["value"] for one in by_file["signals"]]
    assert {one["quality"] for one in by_signals["signals"]} == {None}, "a good quality that is claimed is none"
    assert staydown.upload("by signals", photo_bytes(600))["upload"] == by_signals["upload"]


def test_upload_by_signals_is_found_by_looking_back(staydown: Staydown) -> None:
    """It is remembered for the takedowns of tomorrow like every other."""
    value = secrets.token_hex(32)
    earlier = register(staydown, "earlier, by signals", pdq(value))
    assert (earlier["verdict"], earlier["media"]["kind"]) == ("allow", "unknown")
    report = staydown.report_signals(pdq(value), facts={"nudity": True})
    takedown = staydown.uphold(report["case_id"])["takedown_id"]
    assert staydown.looked_back(takedown)["hits"] == 1
    assert staydown.verdict_of(earlier) == "hold"


def test_same_id_names_the_same_signals_for_ever(staydown: Staydown) -> None:
    """Without a file's digest, the signals themselves tell a repeat from a mix-up."""
    value = secrets.token_hex(32)
    first = register(staydown, "named once", pdq(value))
    assert register(staydown, "named once", pdq(value))["upload"] == first["upload"]
    refused = register(staydown, "named once", pdq(secrets.token_hex(32)), status=409)
    assert refused["type"] == "urn:staydown:problem:upload-conflict"


def test_two_values_of_one_type_are_refused(staydown: Staydown) -> None:
    """An upload is one piece of media; a second value would never be looked at."""
    refused = register(staydown, "two", pdq(secrets.token_hex(32)), pdq(secrets.token_hex(32)), status=422)
    assert refused["errors"][0]["field"] == "signals"
