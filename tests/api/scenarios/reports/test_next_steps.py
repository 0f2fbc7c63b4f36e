"""A receipt offers exactly what is not refused: each step is tried in each state."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.api.scenarios.reports.receipts import Receipt
from tests.helpers.media.pictures import photo_bytes

STEPS = {"withdraw": {}, "appeal": {"grounds": "look again"}, "answer": {"text": "hello"}, "erase": {}}
"""In the order they are tried: erasing ends everything."""


def fresh(_: Receipt) -> None:
    """Leave it as it was filed."""


def asked(receipt: Receipt) -> None:
    """Ask the reporter."""
    receipt.asked("Is it you?")


def upheld(receipt: Receipt) -> None:
    """Uphold it."""
    receipt.decided(outcome="uphold", override_reason="because")


def rejected(receipt: Receipt) -> None:
    """Reject it."""
    receipt.decided(Role.SENIOR, outcome="reject", override_reason="because")


def withdrawn(receipt: Receipt) -> None:
    """Uphold it, and withdraw it with the receipt."""
    upheld(receipt)
    assert receipt.post("withdraw", {}).status_code == 200


def appealed(receipt: Receipt) -> None:
    """Reject it, and appeal."""
    rejected(receipt)
    assert receipt.post("appeal", {"grounds": "no"}).status_code == 201


def rejection_awaits_approval(receipt: Receipt) -> None:
    """Reject what a senior has to sign off."""
    receipt.found_out(subject_status="public_figure", context_assessed=True)
    assert receipt.decided(outcome="reject").json()["approvals_needed"] == 1


def erased(receipt: Receipt) -> None:
    """Have it erased."""
    assert receipt.post("erase", {}).status_code == 202


STATES = (fresh, asked, upheld, rejected, withdrawn, appealed, rejection_awaits_approval, erased)


@pytest.mark.parametrize(
    ("state", "relation"),
    [(one, "subject") for one in STATES] + [(one, "third_party") for one in (fresh, asked, upheld, rejected, appealed)],
)
def test_receipt_offers_exactly_what_is_not_refused(staydown: Staydown, state, relation: str) -> None:
    """Somebody in distress is not sent to a door that is locked, nor kept from one that is open."""
    for step, body in STEPS.items():
        number = 1100 + 100 * STATES.index(state) + 10 * (relation == "subject") + list(STEPS).index(step)
        reporter = {"relation": relation, "name": "A", "contact": f"{number}@example.org"}
        content = {"url": f"https://example.org/{number}"}
        receipt = Receipt(staydown, staydown.report(photo_bytes(number), reporter=reporter, content=content))
        state(receipt)
        offered = receipt.shown["next"]
        taken = receipt.post("messages" if step == "answer" else step, body)
        if step == "erase" and state is erased:
            continue  # asked for again it is the same erasure, and no step
        assert (taken.status_code < 300, step in offered) in ((True, True), (False, False)), (step, offered, taken.text)


def test_appeal_with_the_receipt_is_decided_by_somebody_else(staydown: Staydown) -> None:
    """The reporter needs no key, and the one who decided does not judge."""
    receipt = Receipt(staydown, staydown.report(photo_bytes(1990)))
    receipt.decided(Role.SENIOR, outcome="reject", override_reason="a painting")
    appeal = receipt.post("appeal", {"grounds": "it is a photograph"}).json()
    assert (appeal["by"], appeal["state"]) == ("reporter", "open")
    assert [one["by"] for one in receipt.shown["appeals"]] == ["reporter"]
    address = f"/v1/appeals/{appeal['id']}/decision"
    same = staydown.http.post(address, headers=staydown.headers(Role.SENIOR), json={"outcome": "overturn"})
    assert same.status_code == 403
    other = staydown.http.post(address, headers=staydown.headers(Role.SENIOR, "two"), json={"outcome": "overturn"})
    assert other.status_code == 200, other.text
    assert (receipt.shown["state"], "answer" in receipt.shown["next"]) == ("open", True)
