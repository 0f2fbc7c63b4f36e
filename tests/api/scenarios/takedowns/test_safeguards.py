"""Safeguards the roll-out of 2021 lacked, through HTTP: each holds what it should and says why on the case."""

import json

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


def report_about(staydown: Staydown, target: str, reporter: str, picture: int) -> str:
    """File a report about somebody's post; return its case."""
    filed = staydown.report(
        photo_bytes(picture),
        reporter={"relation": "subject", "contact": f"{reporter}@example.org"},
        content={"uploader_id": target},
        facts={"nudity": True},
    )
    return filed["case_id"]


def case(staydown: Staydown, case_id: str) -> dict:
    """Read a case."""
    return staydown.get(f"/v1/cases/{case_id}")


def test_campaign_is_gathered_and_holds_automation(staydown: Staydown) -> None:
    """Many new accounts against one target make people look together; volume alone removes nothing."""
    cases = [report_about(staydown, "target-1", f"new-{number}", 400) for number in range(10)]
    assert {case(staydown, one)["queue"] for one in cases} == {"campaigns"}
    assert "10 reports by 10 people" in case(staydown, cases[0])["note"]
    decision = staydown.uphold(cases[0])
    assert decision["approvals_needed"] == 1
    assert "campaign" in decision["approval_reasons"][0]
    approved = staydown.http.post(
        f"/v1/decisions/{decision['decision_id']}/approve", headers=staydown.headers(Role.SENIOR)
    )
    assert approved.status_code == 200
    assert staydown.upload("copy of what a campaign reported", photo_bytes(400))["verdict"] == "hold"


def test_many_reports_by_known_reporters_are_no_campaign(staydown: Staydown) -> None:
    """People who report now and then may all report one thing; nothing is held for that."""
    first = [report_about(staydown, f"others-{number}", f"known-{number}", 401) for number in range(10)]
    again = [report_about(staydown, "target-2", "known-0", 401) for _ in range(12)]
    assert {case(staydown, one)["queue"] for one in first + again} == {"reports"}


def test_serial_false_reporter_is_noted_and_nothing_else(staydown: Staydown) -> None:
    """The report at hand may be the true one: the reviewer is told, the recommendation stays."""
    for number in range(4):
        rejected = report_about(staydown, f"somebody-{number}", "crying-wolf", 402)
        answer = staydown.http.post(
            f"/v1/cases/{rejected}/decision",
            headers=staydown.headers(Role.MODERATOR),
            json={"outcome": "reject", "override_reason": "a different person"},
        )
        assert answer.status_code == 200
    noted = case(staydown, report_about(staydown, "somebody-else", "crying-wolf", 402))
    other = case(staydown, report_about(staydown, "somebody-else", "somebody-honest", 402))
    assert "4 of this reporter's 4 earlier reports were rejected" in noted["note"]
    assert other["note"] is None
    assert (noted["recommendation"], noted["queue"]) == (other["recommendation"], "reports")


def test_protected_media_is_never_acted_on_by_itself(staydown: Staydown) -> None:
    """Newsworthy media waits for people, looking forward and looking back; a removal for two."""
    protected = staydown.http.post(
        "/v1/protected",
        headers=staydown.headers(Role.SENIOR),
        data={"protected": json.dumps({"reason": "front pages"})},
        files={"media": ("photo.jpg", photo_bytes(410))},
    )
    assert protected.status_code == 201, protected.text
    earlier = staydown.upload("front page, earlier", photo_bytes(410))
    decision = staydown.take_down(photo_bytes(410), nudity=True)
    assert "protected as newsworthy" in decision["approval_reasons"][0]
    headers = staydown.headers(Role.SENIOR)
    assert staydown.http.post(f"/v1/decisions/{decision['decision_id']}/approve", headers=headers).status_code == 200
    staydown.looked_back(decision["takedown_id"])
    held = staydown.upload("front page, later", photo_bytes(410))
    assert held["verdict"] == staydown.get(f"/v1/uploads/{earlier['upload']}")["verdict"] == "hold"
    assert "protected as newsworthy" in case(staydown, held["case_id"])["note"]
    ended = staydown.http.delete(f"/v1/protected/{protected.json()['id']}", headers=headers)
    assert ended.json()["removed_at"] is not None
    assert staydown.upload("front page, unprotected", photo_bytes(410))["verdict"] == "block"
    assert staydown.get("/v1/protected")["items"] == []
