"""Text and moments that a database cannot hold are refused by name, on both databases alike."""

import json
from collections.abc import Iterator

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.api.console.browsers import Console
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url

SIGNALS = [{"type": "pdq/1", "value": "0" * 64}]
REPORT = {"reporter": {"relation": "subject"}, "statement": {"non_consent": True}}


@pytest.fixture(scope="module", params=KINDS)
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open one service on each database."""
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path_factory.mktemp("odd"), database_url=url)) as service,
    ):
        yield service


def refused(staydown: Staydown, method: str, address: str, **sent: object) -> list[str]:
    """Send a request that is refused with 422; return the fields it names."""
    response = staydown.http.request(method, address, headers=staydown.headers(Role.ADMIN), **sent)
    assert response.status_code == 422, response.text
    return [one["field"] for one in response.json()["errors"]]


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("/v1/uploads", {"upload": {"upload_id": "a\0b"}, "signals": SIGNALS}, "upload.upload_id"),
        (
            "/v1/reports",
            {"report": {**REPORT, "content": {"post_text": "\0"}}, "signals": SIGNALS},
            "report.content.post_text",
        ),
        ("/v1/match/batch", {"items": [{"id": "\0", "signals": SIGNALS}]}, "items.0.id"),
        ("/v1/keys", {"name": "a\0", "role": "pipeline"}, "name"),
    ],
)
def test_nul_in_json_is_named(staydown: Staydown, address: str, body: dict, field: str) -> None:
    """PostgreSQL holds no NUL in text; SQLite would, and export it to programs that stop reading there."""
    assert refused(staydown, "POST", address, json=body) == [field]


def test_nul_in_a_form_is_named(staydown: Staydown) -> None:
    """The same beside a file."""
    fields = {"upload": json.dumps({"upload_id": "x", "url": "\0"})}
    assert refused(staydown, "POST", "/v1/uploads", data=fields, files={"media": ("a", photo_bytes(1))}) == [
        "upload.url"
    ]


@pytest.mark.parametrize(
    ("address", "field"),
    [("/v1/uploads/%00", "upload"), ("/v1/takedowns?after=a%00", "after"), ("/v1/cases/a%00b", "case_id")],
)
def test_nul_in_an_address_is_named(staydown: Staydown, address: str, field: str) -> None:
    """And in ids."""
    assert refused(staydown, "GET", address) == [field]


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/console/login", {"name": "a\0", "password": "x"}),
        ("/console/settings/keys", {"name": "a", "role": "pipeline", "speaks_for": "\0"}),
        ("/console/settings/known-pairs/of-case", {"case_id": "\0"}),
        ("/console/group/undo", {"decision": "\0", "group": "x"}),
    ],
)
def test_nul_in_a_form_of_the_console_is_refused(staydown: Staydown, address: str, fields: dict[str, str]) -> None:
    """One of them is open to everybody, and each was an error of ours on PostgreSQL."""
    browser = Console(staydown).browser(Role.ADMIN, f"who sends {address}")
    response = browser.send(address, **fields)
    assert response.status_code == 422, response.text
    assert "NUL" in response.text


def test_escaped_backslash_is_no_nul(staydown: Staydown) -> None:
    """Somebody may write about NUL."""
    body = {"upload": {"upload_id": r"\\u0000"}, "signals": SIGNALS}
    response = staydown.http.post("/v1/uploads", headers=staydown.headers(Role.PIPELINE), json=body)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"])
def test_moment_at_the_end_of_the_calendar_is_refused(staydown: Staydown, moment: str) -> None:
    """Told in another zone it would lie beyond the calendar."""
    body = {"upload": {"upload_id": moment, "created_at": moment}, "signals": SIGNALS}
    assert refused(staydown, "POST", "/v1/uploads", json=body) == ["upload.created_at"]


@pytest.mark.parametrize("cursor", ["0001-01-01T00:00:00+14:00~x", "9999-12-31T23:59:59-14:00~x", "9" * 400, "~"])
def test_absurd_cursor_is_refused(staydown: Staydown, cursor: str) -> None:
    """No list gave it."""
    response = staydown.http.get("/v1/cases", params={"after": cursor}, headers=staydown.headers(Role.ADMIN))
    assert (response.status_code, response.json()["type"]) == (422, "urn:staydown:problem:invalid-cursor")


def test_key_is_revoked_once_under_one_idempotency_key(staydown: Staydown) -> None:
    """A repeat after a lost answer is answered as the first was, not with 404."""
    admin = staydown.headers(Role.ADMIN)
    made = staydown.http.post("/v1/keys", headers=admin, json={"name": "n", "role": "auditor"}).json()
    headers = {**admin, "Idempotency-Key": "revoke once"}
    first, again = [staydown.http.delete(f"/v1/keys/{made['id']}", headers=headers) for _ in range(2)]
    assert [(one.status_code, one.content) for one in (first, again)] == [(204, b"")] * 2
    assert again.headers["Idempotent-Replayed"] == "true"
    assert staydown.http.delete(f"/v1/keys/{made['id']}", headers=admin).status_code == 404
