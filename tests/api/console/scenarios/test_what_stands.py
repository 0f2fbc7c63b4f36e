"""Takedowns and appeals in the console, without JavaScript: what stands, who was told, and taking it back."""

import re
from collections.abc import Iterator

import pytest

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown, running, settings_in
from tests.api.console.browsers import Console
from tests.api.console.pictures import edited, scene
from tests.helpers.counterparts.receiver import SECRET, closed_url
from tests.helpers.media.pictures import jpeg
from tests.helpers.running.waiting import eventually

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}"""


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service that gives a destination up after one attempt."""
    settings = settings_in(
        tmp_path_factory.mktemp("stands"), allow_private_destinations=True, delivery_timeout_s=2, retry_attempts=1
    )
    with running(settings) as service:
        place = {"name": "photo service", "kind": "webhook", "url": closed_url(), "secret": SECRET}
        headers = service.headers(Role.ADMIN)
        answered = service.http.post(
            "/v1/destinations", headers=headers, json={**place, "events": ["takedown.created"]}
        )
        assert answered.status_code == 201, answered.text
        yield service


def appeal(staydown: Staydown, **body: object) -> str:
    """File an appeal and return its id."""
    answered = staydown.http.post("/v1/appeals", headers=staydown.headers(Role.ADMIN), json=body)
    assert answered.status_code == 201, answered.text
    return answered.json()["id"]


def test_takedown_shows_its_clock_its_copies_and_who_was_told_and_is_tried_again(console: Console) -> None:
    """From the list to the line that failed, and to the button that mends it."""
    staydown = console.staydown
    takedown = staydown.take_down(jpeg(scene(51)))["takedown_id"]
    staydown.upload("post-51", jpeg(edited(scene(51))), uploader_id="somebody")
    senior = console.browser(Role.SENIOR)
    assert f'href="/console/takedowns/{takedown}"' in senior.get("/console/takedowns")
    eventually(lambda: senior.get(f"/console/takedowns/{takedown}"), lambda page: ">dead<" in page)
    page = senior.get(f"/console/takedowns/{takedown}")
    assert "Mirrored, cropped to" in page
    assert "post-51" in page
    assert "The 48 hours end" in page
    assert "takedown.created" in page
    assert "photo service" in page
    retry = re.findall(r'action="(/console/deliveries/dlv_\w+/retry)"', page)[0]
    assert console.browser(Role.MODERATOR).send(retry).status_code == 403
    assert senior.send(retry).url.path == f"/console/takedowns/{takedown}"
    [line] = staydown.get(f"/v1/takedowns/{takedown}/propagation")["items"]
    assert line["attempts"] >= 1


def test_takedown_says_what_it_lacks_before_it_acts_by_itself(console: Console) -> None:
    """And how that is lifted."""
    staydown = console.staydown
    unsigned = {"non_consent": True, "good_faith": True}
    case_id = staydown.report(jpeg(scene(52)), facts={"nudity": True}, statement=unsigned)["case_id"]
    takedown = staydown.uphold(case_id)["takedown_id"]
    page = console.browser(Role.MODERATOR).get(f"/console/takedowns/{takedown}")
    assert "Copies are held for a person" in page
    for one in staydown.get(f"/v1/takedowns/{takedown}")["lacks"]:
        assert one["reason"] in page
        assert one["remedy"] in page


def test_takedown_is_reversed_with_a_reason_by_a_senior_alone(console: Console) -> None:
    """Without a reason nothing happens; a moderator is shown no such form, and is refused."""
    staydown = console.staydown
    takedown = staydown.take_down(jpeg(scene(53)))["takedown_id"]
    address = f"/console/takedowns/{takedown}"
    moderator, senior = console.browser(Role.MODERATOR), console.browser(Role.SENIOR)
    assert f"{address}/reverse" not in moderator.get(address)
    assert moderator.send(f"{address}/reverse", reason="I want to").status_code == 403
    assert senior.send(f"{address}/reverse", reason="  ").status_code == 422
    assert staydown.get(f"/v1/takedowns/{takedown}")["state"] == "active"
    page = senior.send(f"{address}/reverse", reason=HOSTILE).text
    assert "Reversed: nothing of it is matched any more" in page
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    assert staydown.get(f"/v1/takedowns/{takedown}")["state"] == "withdrawn"
    assert takedown in senior.get("/console/takedowns?part=reversed")
    assert takedown not in senior.get("/console/takedowns")


def test_appeal_of_who_posted_is_decided_by_somebody_else_and_takes_the_takedown_back(console: Console) -> None:
    """Whoever decided first is told so, and refused by hand; the statement of reasons is shown."""
    staydown = console.staydown
    first, other = console.browser(Role.SENIOR, "first judge"), console.browser(Role.SENIOR, "other judge")
    case_id = staydown.report(jpeg(scene(54)), facts={"nudity": True})["case_id"]
    first.send(f"/console/cases/{case_id}/decision", outcome="uphold", override_reason="it is")
    [decision] = staydown.get(f"/v1/cases/{case_id}")["decisions"]
    appealed = appeal(staydown, decision_id=decision["decision_id"], by="poster", grounds=HOSTILE)
    address = f"/console/appeals/{appealed}"
    assert address in first.get("/console/appeals")
    page = first.get(address)
    assert "<script>alert" not in page
    assert "somebody else decides it" in page
    assert "This post is blocked" in page
    assert "nude or intimate media" in page
    assert f"{address}/decision" not in page
    assert first.send(f"{address}/decision", outcome="stand").status_code == 403
    moderator = console.browser(Role.MODERATOR)
    assert "Appeals are decided by senior reviewers." in moderator.get(address)
    assert moderator.send(f"{address}/decision", outcome="overturn").status_code == 403
    assert f"{address}/decision" in other.get(address)
    done = other.send(f"{address}/decision", outcome="overturn", note="it was a mistake")
    assert "The decision was overturned" in done.text
    assert "it was a mistake" in done.text
    assert staydown.get(f"/v1/takedowns/{decision['takedown_id']}")["state"] == "overturned"
    assert appealed not in other.get("/console/appeals")
    assert appealed in other.get("/console/appeals?state=overturned")


def test_appeal_of_a_reporter_that_does_not_convince_leaves_the_rejection(console: Console) -> None:
    """The receipt is what they appeal with."""
    staydown = console.staydown
    filed = staydown.report(jpeg(scene(55)), reporter={**SUBJECT["reporter"], "relation": "third_party"})
    body = {"outcome": "reject", "override_reason": "it shows somebody else"}
    headers = staydown.headers(Role.MODERATOR)
    rejected = staydown.http.post(f"/v1/cases/{filed['case_id']}/decision", headers=headers, json=body)
    assert rejected.status_code == 200, rejected.text
    appealed = appeal(staydown, receipt=filed["receipt"], by="reporter", grounds="It does show me.")
    other = console.browser(Role.SENIOR, "other judge")
    page = other.get(f"/console/appeals/{appealed}")
    assert "rejected: it stays up" in page
    assert "Nothing restricts a post now" in page
    stands = other.send(f"/console/appeals/{appealed}/decision", outcome="stand")
    assert "The decision stands" in stands.text
    assert staydown.get(f"/v1/cases/{filed['case_id']}")["state"] == "decided"
