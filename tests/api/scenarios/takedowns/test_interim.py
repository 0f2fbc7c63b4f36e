"""Restricted at once, through HTTP: what reporters, pipelines, moderators and systems downstream see of it."""

import json
from pathlib import Path

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

STRANGER = {"reporter": {"relation": "third_party", "contact": "b@example.org"}, "facts": {"nudity": True}}
DISPUTED = {"facts": {"nudity": True, "permission_evidence": "claimed_by_poster"}}


def decide(staydown: Staydown, report: dict, outcome: str) -> dict:
    """Decide a report as a moderator."""
    response = staydown.http.post(
        f"/v1/cases/{report['case_id']}/decision", headers=staydown.headers(Role.MODERATOR), json={"outcome": outcome}
    )
    assert response.status_code == 200, response.text
    return response.json()


def takedown_of(staydown: Staydown, report: dict) -> dict:
    """Read the takedown by which a report was restricted at once."""
    return staydown.get(f"/v1/takedowns/{report['interim']['takedown_id']}")


def test_a_stranger_s_report_is_restricted_at_once_and_released_when_it_was_wrong(staydown: Staydown) -> None:
    """R05: a friend reports a nude; copies wait from the answer on, and are let go when a moderator says so."""
    early = staydown.upload("r05 early", photo_bytes(3_000, quality=60))
    report = staydown.report(photo_bytes(3_000), **STRANGER)
    assert report["interim"]["ends_at"] > report["deadline"]
    later = staydown.upload("r05 later", photo_bytes(3_000, quality=70))
    assert (later["verdict"], later["case_id"]) == ("hold", report["case_id"])
    assert "until a person has decided" in later["matches"][0]["reason"]
    interim = takedown_of(staydown, report)
    assert (interim["state"], interim["automation"], interim["effective_at"]) == ("interim", "hold", None)
    assert interim["ends_at"] == report["interim"]["ends_at"]
    assert interim["id"] in [one["id"] for one in staydown.get("/v1/takedowns?state=interim")["items"]]
    assert [one["upload_id"] for one in staydown.looked_back(interim["id"])["items"]] == ["r05 early"]
    assert staydown.get(f"/v1/takedowns/{interim['id']}/propagation")["state"] == "interim"
    case = staydown.get(f"/v1/cases/{report['case_id']}")
    assert (case["state"], len(case["media"])) == ("open", 1)
    assert [one["outcome"] for one in case["decisions"]] == ["restrict"]
    decide(staydown, report, "reject")
    assert [staydown.verdict_of(one) for one in (early, later)] == ["allow", "allow"]
    ended = takedown_of(staydown, report)
    assert (ended["state"], ended["signals"], ended["reversal_reason"]) == ("withdrawn", {}, "the report was rejected")
    assert staydown.upload("r05 afterwards", photo_bytes(3_000, quality=80))["matches"] == []


def test_a_disputed_report_is_restricted_at_once_and_becomes_the_takedown(staydown: Staydown) -> None:
    """R06: she denies consent and he claims it; her word prevails until a person has decided, and then stands."""
    named = staydown.upload("r06 named", photo_bytes(3_001, quality=60))
    report = staydown.report(photo_bytes(3_001), **DISPUTED, content={"upload_id": "r06 named"})
    assert staydown.verdict_of(named) == "hold"
    decision = decide(staydown, report, "uphold")
    upheld = takedown_of(staydown, report)
    assert (upheld["id"], upheld["state"], upheld["ends_at"]) == (decision["takedown_id"], "active", None)
    assert upheld["decision_id"] == decision["decision_id"]
    assert upheld["signals"]
    held = staydown.get(f"/v1/uploads/{named['upload']}")
    assert held["verdict"] == "block"


def test_downstream_hears_of_it_and_of_its_end(staydown: Staydown) -> None:
    """A system that restricts with us must let go with us."""
    destination = staydown.http.post(
        "/v1/destinations",
        headers=staydown.headers(Role.ADMIN),
        json={"name": "interims", "kind": "file", "path": "interims.ndjson", "events": ["takedown.interim"]},
    ).json()
    wanted = ["takedown.created", "takedown.reversed", "takedown.interim", "takedown.interim_ended"]
    assert destination["events"] == wanted
    report = staydown.report(photo_bytes(3_002), **STRANGER)
    decide(staydown, report, "reject")
    address = f"/v1/takedowns/{report['interim']['takedown_id']}/propagation"
    ledger = eventually(
        lambda: [one for one in staydown.get(address)["items"] if one["destination_id"] == destination["id"]],
        lambda lines: [one["state"] for one in lines] == ["delivered"] * 2,
    )
    assert [one["type"] for one in ledger] == ["takedown.interim", "takedown.interim_ended"]
    lines = (staydown.service.settings.exports / "interims.ndjson").read_text().splitlines()
    told = [json.loads(line) for line in lines if report["interim"]["takedown_id"] in line]
    assert [one["type"] for one in told] == ["takedown.interim", "takedown.interim_ended"]


@pytest.mark.parametrize("outcome", ["restrict", "hold"])
def test_nobody_restricts_at_once_by_hand(staydown: Staydown, outcome: str) -> None:
    """What only the policy says is no outcome a reviewer can send."""
    report = staydown.report(photo_bytes(3_003))
    response = staydown.http.post(
        f"/v1/cases/{report['case_id']}/decision", headers=staydown.headers(Role.MODERATOR), json={"outcome": outcome}
    )
    assert response.status_code == 422


def test_what_is_reported_without_a_reason_to_hold_it_says_so(staydown: Staydown) -> None:
    """A client need not guess: the field is there, and empty."""
    assert staydown.report(photo_bytes(3_004))["interim"] is None


def test_a_copy_of_a_closed_report_is_no_media_of_its_case(staydown: Staydown) -> None:
    """Of fifty copies that were held none is banked, or shown, as if it had been reported."""
    report = staydown.report(photo_bytes(3_005), **STRANGER)
    for n in range(3):
        staydown.upload(f"media {n}", photo_bytes(3_005, quality=60 + n))
    assert len(staydown.get(f"/v1/cases/{report['case_id']}")["media"]) == 1


def test_past_its_limit_a_worker_ends_it_also_after_a_restart(tmp_path: Path) -> None:
    """Nobody stays held because the machine was down when the time was over."""
    with running(settings_in(tmp_path, interim_hours=1e-5, worker=False)) as staydown:
        report = staydown.report(photo_bytes(3_006), **STRANGER)
        held = staydown.upload("limit", photo_bytes(3_006, quality=60))
        assert (held["verdict"], takedown_of(staydown, report)["state"]) == ("hold", "interim")
    with running(settings_in(tmp_path)) as staydown:
        eventually(lambda: takedown_of(staydown, report)["state"], lambda state: state == "withdrawn")
        assert staydown.verdict_of(held) == "allow"
        assert staydown.get(f"/v1/cases/{report['case_id']}")["state"] == "open"
        assert takedown_of(staydown, report)["reversal_reason"] == "nobody decided within its limit"


def test_an_operator_switches_it_off(tmp_path: Path) -> None:
    """With no limit at all everything waits for a person, as before."""
    with running(settings_in(tmp_path, interim_hours=0)) as staydown:
        assert staydown.report(photo_bytes(3_007), **STRANGER)["interim"] is None
        assert staydown.upload("off", photo_bytes(3_007, quality=60))["verdict"] == "allow"
