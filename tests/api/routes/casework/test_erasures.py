"""Who may have something erased, and what is said where that is not possible."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


def asked(staydown: Staydown, role: Role, **body: object):
    """Ask for an erasure."""
    return staydown.http.post("/v1/erasures", headers=staydown.headers(role), json={"reason": "asked for", **body})


def test_erasures_are_for_seniors_and_admins_and_auditors_read_them(staydown: Staydown) -> None:
    """What is gone is gone: not everybody who decides may erase."""
    upload = staydown.upload("to be erased", photo_bytes(900))["upload"]
    assert [asked(staydown, role, upload=upload).status_code for role in (Role.MODERATOR, Role.AUDITOR)] == [403, 403]
    first, second = (asked(staydown, role, upload=upload) for role in (Role.SENIOR, Role.ADMIN))
    assert (first.status_code, first.json()) == (202, second.json())
    address = f"/v1/erasures/{first.json()['erasure_id']}"
    assert staydown.get(address, Role.AUDITOR)["requested_by"] == staydown.get(address, Role.SENIOR)["requested_by"]
    assert staydown.http.get(address, headers=staydown.headers(Role.PIPELINE)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"takedown_id": "tkd_none"}, 404),
        ({"report_id": "rep_none"}, 404),
        ({"upload": "upl_none"}, 404),
        ({"upload": "tkd_none"}, 404),
        ({}, 422),
        ({"upload": "upl_1", "report_id": "rep_1"}, 422),
        ({"upload": "upl_1", "reason": ""}, 422),
    ],
)
def test_what_cannot_be_erased_is_refused_in_words(staydown: Staydown, body: dict, status: int) -> None:
    """A mistyped id is said to be unknown, and nothing is guessed."""
    response = asked(staydown, Role.SENIOR, **body)
    assert response.status_code == status
    assert response.json()["detail"]


def test_receipt_of_somebody_else_erases_nothing(staydown: Staydown) -> None:
    """Number and secret belong together."""
    report = staydown.report(photo_bytes(901))
    address = f"/v1/receipts/{report['receipt']['number']}/erase"
    assert staydown.http.post(address, headers={"Receipt-Secret": "rcpt_wrong"}).status_code in (401, 403, 404)
    assert staydown.http.post(address).status_code == 422
