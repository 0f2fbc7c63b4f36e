"""Who may ask the drop-in: nobody, unless the operator says so."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.empty_records import prepare_empty

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


def test_requests_are_counted_by_their_route_and_no_key_is_seen(tmp_path: Path) -> None:
    """The key is part of the address, and figures are for many eyes."""
    with running(settings_in(tmp_path, hma=True)) as service:
        key = service.key(Role.ADMIN)
        assert service.http.get(f"/hma/key/{key}/c/bank/NONE/content/1").status_code == 404
        figures = service.http.get("/metrics", headers=service.headers(Role.ADMIN)).text
        assert 'route="/hma/c/bank/{name}/content/{id}"' in figures
        assert key not in figures
