"""Who may ask the drop-in: nobody, unless the operator says so."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from api.app import create_app
from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.records.empty_records import prepare_empty

HASH = "ab" * 32
LOOKUP = f"/m/lookup?signal_type=pdq&signal={HASH}"


def test_it_is_off_by_default(staydown: Staydown) -> None:
    """An address that nobody asked for does not answer."""
    answer = staydown.http.get(f"/hma/key/{staydown.key(Role.ADMIN)}{LOOKUP}")
    assert answer.status_code == 404


def test_without_a_key_nobody_is_answered(tmp_path: Path) -> None:
    """Also where it is on, before a byte of a body is read; programs may ask whether it lives."""
    with running(settings_in(tmp_path, hma=True)) as service:
        http = service.http
        for address in (LOOKUP, "/c/banks", "/nothing/here", "//m/lookup", "/key/", "/key/wrong/c/banks"):
            answer = http.get(f"/hma{address}")
            assert (answer.status_code, list(answer.json())) == (401, ["message"]), address
        refused = http.post("/hma/h/hash", files={"photo": ("x.jpg", b"0" * 3_000_000, "image/jpeg")})
        assert refused.status_code == 401
        assert http.get("/hma/status").text == "I-AM-ALIVE"
        ask, manage = service.key(Role.PIPELINE), service.key(Role.SENIOR)
        assert http.get(f"/hma{LOOKUP}", headers=service.headers(Role.PIPELINE)).json() == {}
        assert http.get(f"/hma//key/{ask}/{LOOKUP}").json() == {}
        assert http.get(f"/hma/key/{ask}/c/banks").json() == []
        not_allowed = http.post(f"/hma/key/{ask}/c/banks", json={"name": "MINE"})
        assert (not_allowed.status_code, "bank:manage" in not_allowed.json()["message"]) == (403, True)
        assert http.post(f"/hma/key/{manage}/c/banks", json={"name": "MINE"}).status_code == 201
        untrusted = service.key(Role.PIPELINE, trusted=False)
        for address in (LOOKUP, "/c/banks"):
            answer = http.get(f"/hma/key/{untrusted}{address}")
            assert (answer.status_code, "not marked trusted" in answer.json()["message"]) == (403, True)
        intake = http.get(f"/hma/key/{service.key(Role.INTAKE)}{LOOKUP}")
        assert intake.status_code == 403


@pytest.mark.parametrize(("host", "status"), [("10.1.2.3", 200), ("10.2.0.1", 401), ("::1", 401), ("testclient", 401)])
def test_only_programs_of_trusted_networks_need_no_key(tmp_path: Path, host: str, status: int) -> None:
    """Coop sends none; whoever is elsewhere is asked for one."""
    settings = settings_in(tmp_path, hma=True, hma_trusted_networks=("10.1.0.0/16",))
    prepare_empty(settings)
    with TestClient(create_app(settings), client=(host, 50_000)) as http:
        assert http.get(f"/hma{LOOKUP}").status_code == status
        assert http.post("/hma/c/banks", json={"name": "MINE"}).status_code == (201 if status == 200 else status)


@pytest.mark.parametrize("sent", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_page_of_another_site_is_no_program_of_a_trusted_network(tmp_path: Path, sent: dict[str, str]) -> None:
    """A browser there sends what any page says, without asking first if it calls its body a text."""
    settings = settings_in(tmp_path, hma=True, hma_trusted_networks=("10.1.0.0/16",))
    prepare_empty(settings)
    bank = {"content": '{"name": "THEIRS"}', "headers": {"Content-Type": "text/plain", **sent}}
    with TestClient(create_app(settings), client=("10.1.2.3", 50_000)) as http:
        refused = http.post("/hma/c/banks", **bank)
        assert (refused.status_code, list(refused.json())) == (403, ["message"])
        assert http.get("/hma/c/banks").json() == []


def test_requests_are_counted_by_their_route_and_no_key_is_seen(tmp_path: Path) -> None:
    """The key is part of the address, and figures are for many eyes."""
    with running(settings_in(tmp_path, hma=True)) as service:
        key = service.key(Role.ADMIN)
        assert service.http.get(f"/hma/key/{key}/c/bank/NONE/content/1").status_code == 404
        figures = service.http.get("/metrics", headers=service.headers(Role.ADMIN)).text
        assert 'route="/hma/c/bank/{name}/content/{id}"' in figures
        assert key not in figures


def test_a_key_in_the_address_is_in_no_line_of_the_log(tmp_path: Path) -> None:
    """Where something breaks that nobody expected the address was logged, and whoever reads logs had the key."""
    with running(settings_in(tmp_path, hma=True)) as staydown:
        key = staydown.key(Role.ADMIN)
        state = staydown.http.app.state
        state.service = None
        with capture_logs() as lines:
            answer = staydown.http.get(f"/hma/key/{key}/c/banks")
        state.service = staydown.service
        assert (answer.status_code, [one["event"] for one in lines]) == (500, ["unhandled error"])
        assert lines[0]["method"] == "GET"
        assert key not in repr(lines)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (rb'{"name": "\ud800"}', "not valid JSON"),
        (rb'{"name": "MINE", "enabled": "\ud800"}', "not valid JSON"),
        (rb'{"name": "MINE", "enabled": "\u0000"}', "NUL"),
        (b'{"name"', "not valid JSON"),
        (b"[]", "object"),
        (b"9" * 5_000, "not valid JSON"),
    ],
)
def test_a_body_that_is_none_is_refused_in_the_words_of_the_drop_in(tmp_path: Path, body: bytes, why: str) -> None:
    """Half a surrogate pair was an error of ours, and NUL is one that PostgreSQL takes nowhere."""
    with running(settings_in(tmp_path, hma=True)) as staydown:
        answer = staydown.http.post("/hma/c/banks", content=body, headers=staydown.headers(Role.SENIOR))
        assert (answer.status_code, list(answer.json())) == (400, ["message"])
        assert why in answer.json()["message"]


def test_nul_in_an_address_is_refused(tmp_path: Path) -> None:
    """PostgreSQL takes it in no question either."""
    with running(settings_in(tmp_path, hma=True)) as staydown:
        for address in ("/c/exchange/%00", "/c/bank/%00/content/1", "/m/lookup%00"):
            answer = staydown.http.get(f"/hma{address}", headers=staydown.headers(Role.SENIOR))
            assert (answer.status_code, list(answer.json())) == (400, ["message"]), address


def test_a_method_that_an_address_does_not_take_is_refused_in_the_form_of_all_errors(tmp_path: Path) -> None:
    """Clients of HMA read `message`, whatever went wrong."""
    with running(settings_in(tmp_path, hma=True)) as staydown:
        answer = staydown.http.delete("/hma/c/banks", headers=staydown.headers(Role.SENIOR))
        assert (answer.status_code, answer.json()) == (405, {"message": "Method Not Allowed"})
        assert "GET" in answer.headers["Allow"]
