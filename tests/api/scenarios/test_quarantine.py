"""A picture that hundreds of strangers post: what a pipeline, a moderator and a senior see of its quarantine."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture(scope="module")
def flooded(staydown: Staydown) -> dict:
    """Take a picture down that is then posted by 28 people; return the takedown as it is shown."""
    decision = staydown.take_down(photo_bytes(700), nudity=True)
    hashed = staydown.hashed(photo_bytes(700, quality=60))
    for n in range(28):
        body = {"upload": {"upload_id": f"flood {n}", "uploader_id": f"person {n}"}, "signals": hashed}
        answer = staydown.http.post("/v1/uploads", headers=staydown.headers(Role.PIPELINE), json=body).json()
        assert answer["verdict"] == ("block" if n < 26 else "hold"), n
    return staydown.get(f"/v1/takedowns/{decision['takedown_id']}")


def test_a_takedown_says_that_and_why_it_holds(flooded: dict) -> None:
    """Whoever wonders why a pipeline holds what it blocked yesterday finds the answer at the takedown."""
    assert flooded["automation"] == "hold"
    assert flooded["quarantined_at"] is not None
    assert "26 people" in flooded["reason"]


def test_its_case_shows_the_pictures(staydown: Staydown, flooded: dict) -> None:
    """A person tells a logo from abuse that spreads by looking at both sides."""
    waiting = staydown.get("/v1/cases?queue=quarantines")["items"]
    assert [one["id"] for one in waiting] == [flooded["quarantine_case_id"]]
    case = staydown.get(f"/v1/cases/{waiting[0]['id']}")
    assert len(case["grouped"]) == 28
    assert [one["upload"] for one in case["media"][:2]] == [None, case["grouped"][0]["upload"]]
    shown = staydown.http.get(case["media"][0]["preview"], headers=staydown.headers(Role.MODERATOR))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")


def test_a_moderator_alone_does_not_lift_it(staydown: Staydown, flooded: dict) -> None:
    """Switching automation on again reaches as far as a reversal does, and takes a senior as that does."""
    address = f"/v1/takedowns/{flooded['id']}/quarantine"
    refused = staydown.http.post(address, headers=staydown.headers(Role.MODERATOR), json={"lift": True})
    assert refused.status_code == 403


def test_a_senior_lifts_it(staydown: Staydown, flooded: dict) -> None:
    """What was held meanwhile is judged anew, and nobody is asked twice."""
    address = f"/v1/takedowns/{flooded['id']}/quarantine"
    lifted = staydown.http.post(
        address, headers=staydown.headers(Role.SENIOR), json={"lift": True, "reason": "spreads"}
    )
    assert lifted.json()["automation"] == "block"
    again = staydown.http.post(address, headers=staydown.headers(Role.SENIOR), json={"lift": True})
    assert again.status_code == 409
    held = staydown.get(f"/v1/cases/{flooded['quarantine_case_id']}")["grouped"][-1]
    assert held["verdict"] == "block"
    assert staydown.get("/v1/cases?queue=quarantines")["items"] == []
