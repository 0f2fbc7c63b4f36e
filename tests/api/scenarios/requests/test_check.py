"""One question whose status is the answer, for hooks that read nothing else."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture(scope="module", autouse=True)
def _banked(staydown: Staydown) -> None:
    """Take down one picture that blocks and one whose context matters."""
    staydown.take_down(photo_bytes(8_200), nudity=True)
    staydown.uphold(staydown.report(photo_bytes(8_201))["case_id"], override_reason="a test")


@pytest.mark.parametrize(
    ("seed", "status", "verdict"), [(8_202, 200, "allow"), (8_201, 202, "hold"), (8_200, 451, "block")]
)
def test_status_of_a_picture_is_its_verdict(staydown: Staydown, seed: int, status: int, verdict: str) -> None:
    """200 publish, 202 wait, 451 refuse; the body is what a match is answered."""
    headers, files = staydown.headers(Role.PIPELINE), {"media": ("a.jpg", photo_bytes(seed, quality=60))}
    before = staydown.get("/v1/stats")
    checked = staydown.http.post("/v1/check", headers=headers, files=files)
    matched = staydown.http.post("/v1/match", headers=headers, files=files)
    assert (checked.status_code, checked.json()["verdict"]) == (status, verdict)
    assert checked.headers["content-type"] == "application/json"
    assert checked.json() == matched.json()
    assert staydown.get("/v1/stats") == before


@pytest.mark.parametrize(("seed", "status"), [(8_202, 200), (8_201, 202), (8_200, 451)])
def test_status_by_signals_is_that_of_the_picture(staydown: Staydown, seed: int, status: int) -> None:
    """Whoever hashes elsewhere is answered alike."""
    signals = [one for one in staydown.hashed(photo_bytes(seed)) if one["type"] in ("pdq/1", "phash/1")]
    asked = {"signals": signals}
    checked = staydown.http.post("/v1/check", headers=staydown.headers(Role.PIPELINE), json=asked)
    assert checked.status_code == status


def test_stranger_sees_verdict_and_takedown_only(staydown: Staydown) -> None:
    """Distances help an attacker, whatever address shows them."""
    headers = staydown.headers(Role.PIPELINE, "stranger", trusted=False)
    files = {"media": ("a.jpg", photo_bytes(8_200, quality=55))}
    checked = staydown.http.post("/v1/check", headers=headers, files=files)
    assert checked.status_code == 451
    (match,) = checked.json()["matches"]
    assert "evidence" not in match or match["evidence"] is None
    by_signals = staydown.http.post("/v1/check", headers=headers, json={"signals": staydown.hashed(photo_bytes(8_200))})
    assert (by_signals.status_code, by_signals.json()["type"]) == (403, "urn:staydown:problem:files-only")


@pytest.mark.parametrize("role", [Role.INTAKE, Role.AUDITOR])
def test_who_may_not_ask_for_matches_may_not_check(staydown: Staydown, role: Role) -> None:
    """The permission is that of a match."""
    refused = staydown.http.post("/v1/check", headers=staydown.headers(role), json={"signals": []})
    assert refused.status_code == 403


def test_no_key_is_no_verdict(staydown: Staydown) -> None:
    """None of the statuses of a refusal is one of an answer."""
    refused = staydown.http.post("/v1/check", files={"media": ("a.jpg", photo_bytes(8_202))})
    assert (refused.status_code, refused.json()["type"]) == (401, "urn:staydown:problem:no-key")


@pytest.mark.parametrize("body", [{}, {"signals": []}, {"signals": [{"type": "pdq/1", "value": "x"}]}])
def test_odd_question_is_no_verdict(staydown: Staydown, body: dict) -> None:
    """A hook that sends nonsense must not publish."""
    refused = staydown.http.post("/v1/check", headers=staydown.headers(Role.PIPELINE), json=body)
    assert refused.status_code == 422
