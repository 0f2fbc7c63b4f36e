"""What waits for a second person is listed, and agreed to or refused there."""

import json
import re

from casework.domain.actor import Role
from tests.api.console.browsers import Console
from tests.helpers.media.pictures import photo_bytes

APPROVALS = "/console/approvals"


def waiting(console: Console, seed: int, who: str) -> tuple[str, str]:
    """Have somebody uphold a report of protected media; return its case, and the decision's address."""
    staydown = console.staydown
    entry = staydown.http.post(
        "/v1/protected",
        headers=staydown.headers(Role.ADMIN),
        data={"protected": json.dumps({"reason": "news"})},
        files={"media": ("x.jpg", photo_bytes(seed))},
    )
    assert entry.status_code == 201, entry.text
    case_id = staydown.report(photo_bytes(seed), facts={"nudity": True, "harass_purpose": True})["case_id"]
    console.browser(Role.SENIOR, who).send(f"/console/cases/{case_id}/decision", outcome="uphold")
    (made,) = staydown.get(f"/v1/cases/{case_id}")["decisions"]
    assert made["state"] == "awaiting_approval"
    return case_id, f"/console/decisions/{made['decision_id']}"


def state(console: Console, case_id: str) -> str:
    """Return where a case stands."""
    return console.staydown.get(f"/v1/cases/{case_id}")["state"]


def test_decision_is_approved_in_the_list_by_somebody_else(console: Console) -> None:
    """Who decided is shown no button, and refused by hand."""
    case_id, decision = waiting(console, 71, "decider")
    own, other = console.browser(Role.SENIOR, "decider"), console.browser(Role.SENIOR, "second")
    assert "You decided this: somebody else has to look." in own.get(APPROVALS)
    assert own.send(f"{decision}/approve", from_list="true").status_code == 403
    shown = other.get(APPROVALS)
    assert "protected as newsworthy" in shown
    assert f'action="{decision}/approve"' in shown
    assert "1 decision waits for a second person." in other.get("/console")
    answered = other.send(f"{decision}/approve", from_list="true")
    assert answered.url.path == APPROVALS
    assert case_id not in answered.text
    assert state(console, case_id) == "decided"


def test_decision_is_refused_in_the_list_with_a_reason_and_its_case_is_open(console: Console) -> None:
    """Without a reason nothing happens."""
    case_id, decision = waiting(console, 72, "decider")
    other = console.browser(Role.SENIOR, "second")
    assert "say why you do not agree" in other.send(f"{decision}/refuse", reason=" ").text
    answered = other.send(f"{decision}/refuse", reason="the face is <b>another</b>", from_list="true")
    assert "No decision waits for a second person." in answered.text
    assert state(console, case_id) == "open"
    page = other.get(f"/console/cases/{case_id}")
    assert "A second person did not agree to uphold: the face is &lt;b&gt;another&lt;/b&gt;" in page
    assert case_id in re.findall(r"case_\w+", other.get("/console?queue=reports"))


def test_moderator_reads_the_list_and_may_not_approve(console: Console) -> None:
    """The second person is a senior."""
    _, decision = waiting(console, 73, "decider")
    moderator = console.browser(Role.MODERATOR)
    page = moderator.get(APPROVALS)
    assert "A senior approves or refuses." in page
    assert "/approve" not in page
    assert moderator.send(f"{decision}/approve").status_code == 403
    assert moderator.send(f"{decision}/refuse", reason="no").status_code == 403
