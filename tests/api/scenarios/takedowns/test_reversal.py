"""Reversal equals takedown: nothing that rested on it alone stays, and nothing that rests on another one goes."""

import secrets

from casework.domain.actor import Role
from casework.steps.taking_back.reinstate import REINSTATED_AT_ONCE
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually


def withdraw(staydown: Staydown, takedown: str) -> None:
    """Take a takedown back."""
    response = staydown.http.post(
        f"/v1/takedowns/{takedown}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "a mistake"}
    )
    assert response.status_code == 200, response.text


def withdraw_with(staydown: Staydown, report: dict):
    """Withdraw a report with its receipt and no key."""
    receipt = report["receipt"]
    return staydown.http.post(
        f"/v1/receipts/{receipt['number']}/withdraw",
        headers={"Receipt-Secret": receipt["secret"]},
        json={"reason": "I changed my mind"},
    )


def appeal(staydown: Staydown, decision: str, outcome: str) -> None:
    """Appeal against a decision and decide the appeal as another person."""
    filed = staydown.http.post(
        "/v1/appeals",
        headers=staydown.headers(Role.INTAKE),
        json={"decision_id": decision, "by": "poster", "grounds": "not what it seems"},
    )
    assert filed.status_code == 201, filed.text
    decided = staydown.http.post(
        f"/v1/appeals/{filed.json()['id']}/decision",
        headers=staydown.headers(Role.SENIOR, "appeals"),
        json={"outcome": outcome},
    )
    assert decided.status_code == 200, decided.text


def case_of(staydown: Staydown, upload: dict) -> dict:
    """Read the case of an upload's match."""
    return staydown.get(f"/v1/cases/{upload['case_id']}")


def test_person_depicted_withdraws_with_the_receipt_alone(staydown: Staydown) -> None:
    """No account is needed, to report or to withdraw."""
    report = staydown.report(photo_bytes(500), facts={"nudity": True})
    staydown.uphold(report["case_id"])
    blocked = staydown.upload("withdrawn by receipt", photo_bytes(500))
    answer = withdraw_with(staydown, report)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "withdrawn")
    assert staydown.verdict_of(blocked) == "allow"
    assert staydown.upload("after the receipt", photo_bytes(500))["matches"] == []
    assert withdraw_with(staydown, report).status_code == 409


def test_report_nobody_decided_is_closed_by_its_receipt(staydown: Staydown) -> None:
    """Nobody looks at what was taken back."""
    report = staydown.report(photo_bytes(501))
    assert withdraw_with(staydown, report).json()["state"] == "decided"
    assert staydown.get(f"/v1/cases/{report['case_id']}")["state"] == "decided"


def test_third_party_cannot_withdraw(staydown: Staydown) -> None:
    """Whoever filed for somebody else cannot bring the picture back."""
    report = staydown.report(photo_bytes(502), reporter={"relation": "third_party"})
    assert withdraw_with(staydown, report).status_code == 403


def test_wrong_secret_withdraws_nothing(staydown: Staydown) -> None:
    """The number alone is written on letters."""
    report = staydown.report(photo_bytes(503), facts={"nudity": True})
    decision = staydown.uphold(report["case_id"])
    report["receipt"]["secret"] = "rcpt_guessed"
    assert withdraw_with(staydown, report).status_code == 404
    assert staydown.get(f"/v1/takedowns/{decision['takedown_id']}")["state"] == "active"


def test_shared_media_stays_down_while_one_takedown_stands(staydown: Staydown) -> None:
    """Two people are in the picture; one of them changes her mind."""
    first = staydown.take_down(photo_bytes(510), nudity=True)["takedown_id"]
    second = staydown.take_down(photo_bytes(510), nudity=True)["takedown_id"]
    blocked = staydown.upload("of two takedowns", photo_bytes(510))
    withdraw(staydown, first)
    assert staydown.verdict_of(blocked) == "block"
    assert case_of(staydown, blocked)["lineage"]["takedown_id"] == second
    assert staydown.upload("of the other", photo_bytes(510))["verdict"] == "block"
    withdraw(staydown, second)
    assert staydown.verdict_of(blocked) == "allow"


def test_what_is_left_decides_how_strictly_an_upload_is_held(staydown: Staydown) -> None:
    """A block by one takedown becomes the hold of the other, and somebody looks."""
    context_free = staydown.take_down(photo_bytes(520), nudity=True)["takedown_id"]
    dependent = staydown.take_down(photo_bytes(520))["takedown_id"]
    blocked = staydown.upload("strictly, then less", photo_bytes(520))
    assert blocked["verdict"] == "block"
    withdraw(staydown, context_free)
    assert staydown.verdict_of(blocked) == "hold"
    case = case_of(staydown, blocked)
    assert (case["state"], case["lineage"]["takedown_id"]) == ("open", dependent)


def test_case_a_person_decided_reopens_when_what_it_rested_on_is_gone(staydown: Staydown) -> None:
    """The post may have been wrong by itself: somebody looks, while it is published again."""
    takedown = staydown.take_down(photo_bytes(530))["takedown_id"]
    held = staydown.upload("confirmed, then released", photo_bytes(530))
    staydown.uphold(held["case_id"], override_reason="assessed")
    assert staydown.verdict_of(held) == "block"
    withdraw(staydown, takedown)
    assert staydown.verdict_of(held) == "allow"
    case = case_of(staydown, held)
    assert (case["state"], case["queue"]) == ("open", "appeals")
    assert case["recommendation"]["outcome"] == "REQUEST_VALID_REPORT"
    again = staydown.uphold(held["case_id"], override_reason="it harasses by itself")
    assert again["takedown_id"] not in (None, takedown)
    assert staydown.verdict_of(held) == "block"
    withdraw(staydown, again["takedown_id"])
    assert staydown.verdict_of(held) == "allow"


def test_cases_the_policy_decided_close_with_their_takedown(staydown: Staydown) -> None:
    """There is nothing left to be a copy of."""
    takedown = staydown.take_down(photo_bytes(531), nudity=True)["takedown_id"]
    blocked = staydown.upload("policy, then released", photo_bytes(531))
    withdraw(staydown, takedown)
    case = case_of(staydown, blocked)
    assert (case["state"], case["decisions"][0]["state"]) == ("decided", "withdrawn")


def test_dismissed_copy_stays_published(staydown: Staydown) -> None:
    """What a person let go is not taken back by another reversal."""
    takedown = staydown.take_down(photo_bytes(540))["takedown_id"]
    other = staydown.take_down(photo_bytes(540))["takedown_id"]
    held = staydown.upload("dismissed", photo_bytes(540))
    rejected = staydown.http.post(
        f"/v1/cases/{held['case_id']}/decision", headers=staydown.headers(Role.MODERATOR), json={"outcome": "reject"}
    )
    assert rejected.status_code == 200, rejected.text
    assert staydown.verdict_of(held) == "allow"
    withdraw(staydown, takedown)
    assert staydown.verdict_of(held) == "allow"
    withdraw(staydown, other)
    assert staydown.verdict_of(held) == "allow"


def test_copies_of_a_copy_go_with_its_overturned_confirmation(staydown: Staydown) -> None:
    """What was found only through a wrong confirmation is let go with it."""
    takedown = staydown.take_down(photo_bytes(550))["takedown_id"]
    staydown.looked_back(takedown)
    held = staydown.upload("confirmed by mistake", photo_bytes(550))
    decision = staydown.uphold(held["case_id"], override_reason="assessed")
    staydown.looked_back(takedown, sweeps=2)
    appeal(staydown, decision["decision_id"], "overturn")
    assert staydown.verdict_of(held) == "allow"
    assert staydown.get(f"/v1/takedowns/{takedown}")["references"] == 1
    events = staydown.get("/v1/events?type=appeal.decided&limit=200")["items"]
    assert events[-1]["data"]["upload_id"] == "confirmed by mistake"


def test_reversal_of_many_uploads_is_answered_at_once_and_releases_all(staydown: Staydown) -> None:
    """Ten thousand posts must not hold everybody up, and each of them comes back."""
    signal = {"type": "pdq/1", "value": secrets.token_hex(32), "quality": 100}
    takedown = staydown.uphold(staydown.report_signals(signal, facts={"nudity": True})["case_id"])["takedown_id"]
    many = REINSTATED_AT_ONCE + 5
    held = []
    for number in range(many):
        body = {"upload": {"upload_id": f"of many {number}"}, "signals": [signal]}
        held.append(staydown.http.post("/v1/uploads", headers=staydown.headers(Role.PIPELINE), json=body).json())
    assert {one["verdict"] for one in held} == {"hold"}
    withdraw(staydown, takedown)
    assert staydown.match(pdq=signal["value"])["matches"] == []
    eventually(lambda: staydown.get(f"/v1/takedowns/{takedown}/lookback")["state"] == "released")
    assert {staydown.verdict_of(one) for one in held} == {"allow"}
    assert {case_of(staydown, one)["state"] for one in held} == {"decided"}
    sweep = staydown.get(f"/v1/takedowns/{takedown}/lookback")["sweeps"][-1]
    assert (sweep["candidates"], sweep["checked"]) == (many, many)
    told, after = [], "0"
    while after is not None:
        page = staydown.get(f"/v1/events?type=upload.reinstated&limit=200&after={after}")
        told += [one["data"]["upload"] for one in page["items"] if one["data"]["takedown_id"] == takedown]
        after = page["next"]
    assert sorted(told) == sorted(one["upload"] for one in held)


def test_both_sides_learn_how_an_appeal_ended(staydown: Staydown) -> None:
    """The reporter by the receipt, the poster by the platform, which is told which post it was."""
    report = staydown.report(photo_bytes(560), content={"upload_id": "post-560"}, facts={"nudity": True})
    decision = staydown.uphold(report["case_id"])
    appeal(staydown, decision["decision_id"], "overturn")
    receipt = report["receipt"]
    view = staydown.http.get(f"/v1/receipts/{receipt['number']}", headers={"Receipt-Secret": receipt["secret"]}).json()
    assert (view["outcome"], view["appeals"][0]["state"]) == ("reinstated", "overturned")
    told = staydown.get("/v1/events?type=appeal.decided&limit=200")["items"][-1]["data"]
    assert (told["upload_id"], told["report_id"], told["by"]) == ("post-560", report["report_id"], "poster")
