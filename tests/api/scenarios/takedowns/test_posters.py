"""What whoever posted something is told, and can do, through their platform: statements of reasons and appeals."""

import json

import pytest

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

PARTS = {"facts", "rule", "policy", "automated", "how_to_appeal", "ends_at"}
STRANGER = {"reporter": {"relation": "third_party", "name": "Nosy", "contact": "nosy@example.org"}}


def post(staydown: Staydown, address: str, body: dict, role: Role, name: str = "one"):
    """Send JSON as somebody."""
    return staydown.http.post(address, headers=staydown.headers(role, name), json=body)


def uploaded(staydown: Staydown, upload_id: str, data: bytes, name: str = "one", *, trusted: bool = True) -> dict:
    """Register a post as a pipeline of some name."""
    response = staydown.http.post(
        "/v1/uploads",
        headers=staydown.headers(Role.PIPELINE, name, trusted=trusted),
        data={"upload": json.dumps({"upload_id": upload_id, "uploader_id": f"user of {upload_id}"})},
        files={"media": ("a", data)},
    )
    assert response.status_code == 200, response.text
    return response.json()


def shown(staydown: Staydown, upload: dict) -> dict:
    """Read an upload as it stands now."""
    return staydown.get(f"/v1/uploads/{upload['upload']}")


def told(staydown: Staydown, upload: dict, kind: str) -> list[dict]:
    """List what systems downstream were told of an upload, by events of a kind."""
    items, after = [], "0"
    while after is not None:
        page = staydown.get(f"/v1/events?limit=200&after={after}")
        items, after = items + page["items"], page["next"]
    about = (one["data"] for one in items if one["type"] == kind)
    return [one for one in about if one.get("upload") == upload["upload"]]


def reasons(staydown: Staydown, upload: dict) -> dict:
    """Return the statement of reasons of an upload, which its address and the last event agree on."""
    now = shown(staydown, upload)
    event = told(staydown, upload, "upload.matched")[-1]
    event["statement_of_reasons"]["ends_at"] = now["statement_of_reasons"]["ends_at"]  # two ways to write a moment
    for name in ("decision_id", "statement_of_reasons"):
        assert now[name] == event[name], name
    assert set(now["statement_of_reasons"]) == PARTS
    return {"decision_id": now["decision_id"], **now["statement_of_reasons"]}


def appeal(staydown: Staydown, upload: dict, name: str = "one", **body: object):
    """Let a pipeline appeal for its user."""
    asked = {"upload": upload["upload"], "by": "poster", "grounds": "It is my own picture.", **body}
    return post(staydown, "/v1/appeals", asked, Role.PIPELINE, name)


def appealed(staydown: Staydown, upload: dict) -> dict:
    """Appeal, and be taken."""
    response = appeal(staydown, upload)
    assert response.status_code == 201, response.text
    return response.json()


def judge(staydown: Staydown, filed: dict, outcome: str) -> dict:
    """Decide an appeal as a senior who had no part in anything."""
    body = {"outcome": outcome, "note": "for colleagues"}
    response = post(staydown, f"/v1/appeals/{filed['id']}/decision", body, Role.SENIOR, "judge")
    assert response.status_code == 200, response.text
    return response.json()


def test_who_is_blocked_by_the_policy_learns_why_and_gets_it_back(staydown: Staydown) -> None:
    """A copy is blocked by nobody's hand: the statement says so, and an appeal reaches a person."""
    staydown.take_down(photo_bytes(5_000), nudity=True)
    upload = staydown.upload("blocked", photo_bytes(5_000, quality=60))
    said = reasons(staydown, upload)
    assert upload["verdict"] == "block"
    assert {**upload["statement_of_reasons"], "decision_id": upload["decision_id"]} == said
    assert (said["rule"], said["policy"], said["automated"]) == ("R07", "non_consensual_nudity", True)
    assert "automated comparison" in said["facts"]
    assert "free of charge" in said["how_to_appeal"]
    assert staydown.get(f"/v1/decisions/{said['decision_id']}")["decided_by"]["id"].startswith("policy:")
    filed = appealed(staydown, upload)
    assert (filed["decision_id"], filed["upload"]) == (said["decision_id"], upload["upload"])
    assert [one["state"] for one in shown(staydown, upload)["appeals"]] == ["open"]
    judge(staydown, filed, "overturn")
    now = shown(staydown, upload)
    assert (now["verdict"], now["decision_id"], now["statement_of_reasons"]) == ("allow", None, None)
    assert [one["state"] for one in now["appeals"]] == ["overturned"]
    assert len(told(staydown, upload, "upload.reinstated")) == 1
    assert [one["outcome"] for one in told(staydown, upload, "appeal.decided")] == ["overturn"]


def test_who_is_held_learns_why_and_is_let_go_alone(staydown: Staydown) -> None:
    """A copy of media whose context matters waits for a person; an appeal brings one, and reaches this post alone."""
    decision = staydown.take_down(photo_bytes(5_010), context_assessed=True)
    ours = staydown.upload("held 1", photo_bytes(5_010, quality=60))
    other = staydown.upload("held 2", photo_bytes(5_010, quality=65))
    said = reasons(staydown, ours)
    assert (ours["verdict"], ours["decision_id"]) == ("hold", decision["decision_id"])
    assert (said["rule"], said["policy"], said["automated"], said["ends_at"]) == ("R13", "private_media", True, None)
    assert "held, not refused" in said["facts"]
    filed = appealed(staydown, ours)
    assert filed["case_id"] == ours["case_id"]
    judge(staydown, filed, "overturn")
    assert [staydown.verdict_of(one) for one in (ours, other)] == ["allow", "hold"]
    assert staydown.get(f"/v1/takedowns/{decision['takedown_id']}")["state"] == "active"
    assert staydown.get(f"/v1/cases/{ours['case_id']}")["state"] == "decided"
    assert len(told(staydown, ours, "upload.reinstated")) == 1


def test_an_appeal_against_a_hold_outlives_the_decision_that_confirms_it(staydown: Staydown) -> None:
    """Who objects while they wait still objects once a person has blocked it; what is looked at is the block."""
    staydown.take_down(photo_bytes(5_020), context_assessed=True)
    upload = staydown.upload("held then blocked", photo_bytes(5_020, quality=60))
    filed = appealed(staydown, upload)
    assert appeal(staydown, upload).status_code == 409
    confirmed = staydown.uphold(upload["case_id"], override_reason="looked at the post")
    said = reasons(staydown, upload)
    assert (said["decision_id"], said["automated"]) == (confirmed["decision_id"], False)
    assert "a person found" in said["facts"]
    same = post(staydown, f"/v1/appeals/{filed['id']}/decision", {"outcome": "stand"}, Role.MODERATOR)
    assert same.status_code == 403
    assert judge(staydown, filed, "stand")["decision_id"] == confirmed["decision_id"]
    assert staydown.verdict_of(upload) == "block"
    again = appealed(staydown, upload)
    judge(staydown, again, "overturn")
    assert shown(staydown, upload)["statement_of_reasons"] is None


def test_an_interim_hold_says_that_it_is_one_and_when_it_ends(staydown: Staydown) -> None:
    """Nobody has decided about the notice; a copy that is let go on appeal leaves the measure as it is."""
    report = staydown.report(photo_bytes(5_030), **STRANGER, facts={"nudity": True})
    ours = staydown.upload("interim 1", photo_bytes(5_030, quality=60))
    other = staydown.upload("interim 2", photo_bytes(5_030, quality=65))
    said = reasons(staydown, ours)
    assert said["ends_at"] == report["interim"]["ends_at"]
    assert "interim measure" in said["facts"]
    assert said["ends_at"][:10] in said["facts"]
    assert staydown.get(f"/v1/decisions/{said['decision_id']}")["outcome"] == "restrict"
    filed = appealed(staydown, ours)
    assert filed["case_id"] != report["case_id"], "of its own: the report's case is not this poster's"
    judge(staydown, filed, "overturn")
    assert [staydown.verdict_of(one) for one in (ours, other)] == ["allow", "hold"]
    assert staydown.get(f"/v1/takedowns/{report['interim']['takedown_id']}")["state"] == "interim"


def test_an_appeal_is_closed_with_what_it_is_against(staydown: Staydown) -> None:
    """The notice was wrong: what was held is let go, and nobody decides about an appeal that has its way already."""
    report = staydown.report(photo_bytes(5_040), **STRANGER, facts={"nudity": True})
    upload = staydown.upload("interim 3", photo_bytes(5_040, quality=60))
    filed = appealed(staydown, upload)
    rejected = post(staydown, f"/v1/cases/{report['case_id']}/decision", {"outcome": "reject"}, Role.MODERATOR)
    assert rejected.status_code == 200
    now = shown(staydown, upload)
    assert (now["verdict"], now["statement_of_reasons"]) == ("allow", None)
    assert [one["state"] for one in now["appeals"]] == ["overturned"]
    assert len(told(staydown, upload, "appeal.decided")) == 1
    late = post(staydown, f"/v1/appeals/{filed['id']}/decision", {"outcome": "stand"}, Role.SENIOR, "judge")
    assert late.status_code == 409


def test_who_posted_what_a_report_names_is_told_that_a_person_decided(staydown: Staydown) -> None:
    """A threat in words: the post itself was decided on, and an appeal takes that decision back."""
    upload = staydown.upload("threat", photo_bytes(5_050), post_text="pay or I post it")
    content = {"upload_id": "threat", "post_text": "pay or I post it"}
    report = staydown.report_signals(conduct="demand_money", content=content)
    decision = staydown.uphold(report["case_id"])
    said = reasons(staydown, upload)
    assert said["decision_id"] == decision["decision_id"]
    assert (said["rule"], said["policy"], said["automated"]) == ("R01", "private_information", False)
    assert "a person decided" in said["facts"]
    filed = appealed(staydown, upload)
    judge(staydown, filed, "overturn")
    assert shown(staydown, upload)["statement_of_reasons"] is None
    assert staydown.get(f"/v1/takedowns/{decision['takedown_id']}")["state"] == "overturned"


def test_who_is_found_by_a_look_back_is_told_like_everybody(staydown: Staydown) -> None:
    """Their post was there first; the event is all their platform hears of it."""
    upload = staydown.upload("earlier", photo_bytes(5_060, quality=60))
    assert (upload["decision_id"], upload["statement_of_reasons"]) == (None, None)
    decision = staydown.take_down(photo_bytes(5_060), nudity=True)
    staydown.looked_back(decision["takedown_id"])
    said = reasons(staydown, upload)
    assert said["decision_id"] == shown(staydown, upload)["decision_id"] != decision["decision_id"]
    withdrawn = {"reason": "the person depicted asked for it"}
    answer = post(staydown, f"/v1/takedowns/{decision['takedown_id']}/withdraw", withdrawn, Role.SENIOR)
    assert answer.status_code == 200
    assert shown(staydown, upload)["statement_of_reasons"] is None
    assert len(told(staydown, upload, "upload.reinstated")) == 1


def test_a_statement_names_nobody_and_helps_nobody_to_escape(staydown: Staydown) -> None:
    """Whoever posted it may be the one the report is about, and may try again with another edit."""
    reporter = {**SUBJECT["reporter"], "name": "Roberta Reporter", "contact": "roberta@example.org"}
    report = staydown.report(photo_bytes(5_070), reporter=reporter, facts={"nudity": True})
    staydown.look(report["case_id"])
    staydown.uphold(report["case_id"], note="the reporter sounds sincere")
    exact = uploaded(staydown, "escape 1", photo_bytes(5_070), "stranger", trusted=False)
    near = uploaded(staydown, "escape 2", photo_bytes(5_070, quality=50), "stranger", trusted=False)
    assert (exact["verdict"], near["verdict"]) == ("block", "block")
    assert exact["statement_of_reasons"] == near["statement_of_reasons"], "not even how sure we are"
    said = json.dumps(exact["statement_of_reasons"]).lower()
    for word in ("roberta", "sincere", report["receipt"]["number"].lower(), report["report_id"], "distance", "signal"):
        assert word not in said, word


def test_the_same_upload_again_is_told_the_same(staydown: Staydown) -> None:
    """A pipeline that lost the answer asks again, and its user is owed the statement all the same."""
    staydown.take_down(photo_bytes(5_080), nudity=True)
    first = staydown.upload("twice", photo_bytes(5_080, quality=60))
    again = staydown.upload("twice", photo_bytes(5_080, quality=60))
    for name in ("decision_id", "statement_of_reasons"):
        assert again[name] == first[name]
        assert first[name] is not None


def test_a_pipeline_appeals_for_its_own_users_alone(staydown: Staydown) -> None:
    """Another platform's user is not its to speak for, and how their appeal stands is not its to know."""
    staydown.take_down(photo_bytes(5_090), nudity=True)
    theirs = uploaded(staydown, "theirs", photo_bytes(5_090, quality=60), "theirs")
    refused = appeal(staydown, theirs, "ours")
    unknown = appeal(staydown, {"upload": "upl_none"}, "ours")
    assert (refused.status_code, unknown.status_code) == (404, 404)
    filed = appeal(staydown, theirs, "theirs").json()
    judge(staydown, filed, "stand")
    own = staydown.headers(Role.PIPELINE, "theirs")
    read = staydown.http.get(f"/v1/appeals/{filed['id']}", headers=own).json()
    assert (read["state"], read["decided_by"], read["note"]) == ("stands", None, None)
    listed = staydown.http.get("/v1/appeals", headers=own).json()["items"]
    assert [one["id"] for one in listed] == [filed["id"]]
    other = staydown.headers(Role.PIPELINE, "ours")
    assert staydown.http.get(f"/v1/appeals/{filed['id']}", headers=other).status_code == 404
    assert filed["id"] not in staydown.http.get("/v1/appeals", headers=other).text


def test_what_a_poster_wrote_is_erased_with_their_upload(staydown: Staydown) -> None:
    """Grounds tell of people's lives; while somebody has yet to read them, nothing is erased."""
    staydown.take_down(photo_bytes(5_110), nudity=True)
    upload = staydown.upload("erased", photo_bytes(5_110, quality=60))
    filed = appealed(staydown, upload)
    asked = {"upload": upload["upload"], "reason": "asked for"}
    refused = post(staydown, "/v1/erasures", asked, Role.SENIOR)
    assert (refused.status_code, filed["id"] in refused.json()["detail"]) == (409, True)
    judge(staydown, filed, "stand")
    erasure = post(staydown, "/v1/erasures", asked, Role.SENIOR).json()["erasure_id"]
    eventually(lambda: staydown.get(f"/v1/erasures/{erasure}"), lambda one: one["state"] == "completed")
    kept = staydown.get(f"/v1/appeals/{filed['id']}")
    assert (kept["grounds"], kept["note"], kept["state"]) == ("", None, "stands")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"upload": "upl_x", "decision_id": "dec_x", "by": "poster"}, 422),
        ({"by": "poster"}, 422),
        ({"upload": "upl_x", "by": "reporter"}, 422),
        ({"decision_id": "dec_x", "by": "poster"}, 403),
    ],
)
def test_an_appeal_that_names_too_much_too_little_or_another_s_is_refused(
    staydown: Staydown, body: dict, status: int
) -> None:
    """A pipeline names one upload; what it may not say is answered with what it may."""
    answer = post(staydown, "/v1/appeals", {"grounds": "no", **body}, Role.PIPELINE)
    assert (answer.status_code, "`upload`" in answer.json()["detail"]) == (status, True)


def test_what_is_not_restricted_is_not_appealed(staydown: Staydown) -> None:
    """There is nothing to look at again; and nobody without a key speaks for an upload."""
    upload = staydown.upload("free", photo_bytes(5_100))
    answer = appeal(staydown, upload)
    assert (answer.status_code, "not restricted" in answer.json()["detail"]) == (409, True)
    body = {"upload": upload["upload"], "by": "poster", "grounds": "no"}
    assert staydown.http.post("/v1/appeals", json=body).status_code == 401
