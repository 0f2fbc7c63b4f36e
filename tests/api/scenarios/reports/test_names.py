"""Who did what has a name; a receipt says what became of a report; auditors read everything."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.api.scenarios.reports.receipts import Receipt
from tests.helpers.media.pictures import photo_bytes


def test_people_have_names_in_cases_and_decisions(staydown: Staydown) -> None:
    """An id tells a colleague nothing."""
    receipt = Receipt(staydown, staydown.report(photo_bytes(2001), facts={"nudity": True}))
    moderator = staydown.headers(Role.MODERATOR)
    claimed = staydown.http.post(f"/v1/cases/{receipt.case_id}/claim", headers=moderator).json()["claimed_by"]
    assert claimed["name"] == "moderator one True"
    listed = staydown.get("/v1/cases?limit=200")["items"]
    assert claimed in [one["claimed_by"] for one in listed]
    assert receipt.decided(outcome="uphold").json()["decided_by"] == claimed
    by_action = {one["action"]: one["actor"] for one in receipt.case["history"]}
    assert by_action["case:decision:made"] == claimed
    assert receipt.case["decisions"][0]["approved_by"] is None


def test_receipt_says_what_was_searched_and_who_was_told(staydown: Staydown) -> None:
    """The person depicted learns what was done, in words."""
    copy = staydown.upload("copy 2002", photo_bytes(2002))
    target = staydown.service.settings.data / "exports" / "told.ndjson"
    body = {"name": "partner", "kind": "file", "path": str(target), "events": ["takedown.created"]}
    made = staydown.http.post("/v1/destinations", headers=staydown.headers(Role.ADMIN), json=body).json()
    receipt = Receipt(staydown, staydown.report(photo_bytes(2002), facts={"nudity": True}))
    before = receipt.shown
    assert before["searched"] == {"uploads": 0, "found": 0, "held": 0, "blocked": 0}
    assert (before["told"], before["happened"][-1]) == ([], "Nobody has decided about it yet.")
    staydown.look(receipt.case_id)
    takedown = receipt.decided(outcome="uphold").json()["takedown_id"]
    staydown.looked_back(takedown)
    after = receipt.shown
    assert (after["searched"]["found"], after["searched"]["blocked"]) == (1, 1), copy
    assert [one["destination"] for one in after["told"]] == ["partner"]
    assert "It was decided that it is removed." in after["happened"]
    staydown.http.delete(f"/v1/destinations/{made['id']}", headers=staydown.headers(Role.ADMIN))


@pytest.mark.parametrize(
    "address", ["/v1/keys", "/v1/cases", "/v1/audit", "/v1/takedowns", "/v1/events", "/v1/appeals"]
)
def test_auditor_reads_and_changes_nothing(staydown: Staydown, address: str) -> None:
    """Whoever checks the work sees it, previews too, and that they looked is on record."""
    staydown.get(address, Role.AUDITOR)
    assert staydown.http.post("/v1/keys", headers=staydown.headers(Role.AUDITOR), json={}).status_code == 403
    case_id = staydown.report(photo_bytes(2003))["case_id"]
    auditor = staydown.headers(Role.AUDITOR)
    assert staydown.http.get(f"/v1/cases/{case_id}/media/0", headers=auditor).status_code == 200
    assert "case:media:viewed" in [one["action"] for one in staydown.get(f"/v1/cases/{case_id}")["history"]]
