"""Who asks too often, or guesses, is told when to come again; whoever has a right key is let in meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.bootstrap import open_service
from api.security.keys import KeyTerms, create_key
from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, TESTER, Staydown, running, settings_in
from tests.helpers.records.empty_records import prepare_empty

SIGNALS = [{"type": "pdq/1", "value": "0f" * 32, "quality": 100}]
TOO_FAST = "urn:staydown:problem:too-fast"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service whose limits are soon met."""
    settings = settings_in(tmp_path_factory.mktemp("narrow"), receipts_per_minute=6, wrong_tries=3)
    with running(settings) as staydown:
        yield staydown


def bearer(key: str) -> dict[str, str]:
    """Return the headers of a key."""
    return {"Authorization": f"Bearer {key}"}


def from_address(staydown: Staydown, address: str) -> TestClient:
    """Return a client at another address."""
    return TestClient(staydown.http.app, client=(address, 5000), raise_server_exceptions=False)


def test_guessing_keys_is_slowed_and_a_right_key_passes(narrow: Staydown) -> None:
    """An attacker behind the proxy of an office must not lock the office out."""
    attacker = from_address(narrow, "192.0.2.7")
    told = [attacker.get("/v1/stats", headers=bearer(f"sdk_{number}")) for number in range(6)]
    assert [one.status_code for one in told] == [401, 401, 401, 429, 429, 429]
    assert [one.headers.get("Retry-After") for one in told[3:]] == ["2", "4", "8"]
    assert told[3].json()["type"] == TOO_FAST
    assert attacker.get("/v1/stats", headers=narrow.headers(Role.MODERATOR)).status_code == 200
    assert from_address(narrow, "192.0.2.8").get("/v1/stats", headers=bearer("sdk_x")).status_code == 401


def test_guessing_receipts_is_slowed_and_a_right_one_passes(narrow: Staydown) -> None:
    """At the receipt itself and where an appeal shows one, counted together."""
    receipt = narrow.report_signals(*SIGNALS)["receipt"]
    attacker = from_address(narrow, "192.0.2.9")
    address = f"/v1/receipts/{receipt['number']}"
    told = [attacker.get(address, headers={"Receipt-Secret": f"rcpt_{number}"}) for number in range(4)]
    wrong = {"number": receipt["number"], "secret": "rcpt_appeal"}
    body = {"receipt": wrong, "by": "reporter", "grounds": "no"}
    told.append(attacker.post("/v1/appeals", headers=narrow.headers(Role.INTAKE), json=body))
    assert [one.status_code for one in told] == [404, 404, 404, 429, 429]
    assert [one.headers.get("Retry-After") for one in told[3:]] == ["2", "4"]
    assert attacker.get(address, headers={"Receipt-Secret": receipt["secret"]}).status_code == 200


def test_receipts_are_read_so_often_from_one_address(narrow: Staydown) -> None:
    """Each is read from the database."""
    receipt = narrow.report_signals(*SIGNALS)["receipt"]
    reader, headers = from_address(narrow, "192.0.2.10"), {"Receipt-Secret": receipt["secret"]}
    told = [reader.get(f"/v1/receipts/{receipt['number']}", headers=headers) for _ in range(7)]
    assert [one.status_code for one in told] == [200] * 6 + [429]
    assert told[-1].headers["Retry-After"] == "10"


def test_key_with_a_limit_is_told_when_to_come_again(narrow: Staydown) -> None:
    """Whatever it asks counts, and others are not slowed."""
    body = {"name": "partner", "role": "pipeline", "requests_per_minute": 2}
    key = narrow.http.post("/v1/keys", headers=narrow.headers(Role.ADMIN), json=body).json()["key"]
    told = [narrow.http.get("/v1/events", headers=bearer(key)) for _ in range(3)]
    assert [one.status_code for one in told] == [200, 200, 429]
    assert told[-1].headers["Retry-After"] == "30"
    assert narrow.http.get("/v1/events", headers=narrow.headers(Role.PIPELINE)).status_code == 200


def test_processes_of_one_folder_count_together(tmp_path: Path) -> None:
    """A limit that grows with the number of processes is none."""
    settings = settings_in(tmp_path, public_reports=True, public_reports_per_hour=2)
    prepare_empty(settings)
    body = {"report": SUBJECT, "signals": SIGNALS}
    with TestClient(create_app(settings)) as one, TestClient(create_app(settings)) as other:
        answers = [client.post("/v1/reports", json=body).status_code for client in (one, other, one, other)]
    assert answers == [201, 201, 429, 429]


def test_forwarded_address_is_believed_of_a_trusted_proxy_alone(tmp_path: Path) -> None:
    """Who may name their own address has as many shares as they like."""
    settings = settings_in(tmp_path, wrong_tries=1, trusted_proxies="198.51.100.0/24")
    prepare_empty(settings)
    app = create_app(settings)
    with TestClient(app):
        told = {}
        for proxy in ("198.51.100.9", "203.0.113.9"):
            client = TestClient(app, client=(proxy, 5000))
            told[proxy] = [
                client.get("/v1/stats", headers={**bearer(f"sdk_{number}"), "X-Forwarded-For": f"192.0.2.{number}"})
                for number in range(3)
            ]
    assert [one.status_code for one in told["198.51.100.9"]] == [401, 401, 401]
    assert [one.status_code for one in told["203.0.113.9"]] == [401, 429, 429]


def test_no_proxy_is_trusted_unless_it_is_named(narrow: Staydown) -> None:
    """Not even one on this machine: a service that listens for everybody would believe anybody who gets there."""
    local = from_address(narrow, "127.0.0.1")
    for number in range(6):
        headers = {**bearer(f"sdk_local_{number}"), "X-Forwarded-For": f"192.0.2.{100 + number}"}
        last = local.get("/v1/stats", headers=headers)
    assert last.status_code == 429


def test_odd_network_stops_the_start(tmp_path: Path) -> None:
    """Believing nobody, or everybody, by a slip of the pen."""
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/8"):
        settings_in(tmp_path, trusted_proxies="10.0.0.0/8, proxy.example.org")
    assert settings_in(tmp_path, trusted_proxies="10.0.0.0/8, ::1").trusted_proxies == ("10.0.0.0/8", "::1")


def test_key_is_in_use_where_rates_cannot_be_counted(tmp_path: Path) -> None:
    """A file that cannot be written must not close the service."""
    settings = settings_in(tmp_path, key_requests_per_minute=1)
    prepare_empty(settings)
    settings.rates_file.mkdir()
    with open_service(settings) as service, service.writing() as uow:
        known = create_key(uow, KeyTerms("a", Role.ADMIN), actor=TESTER).kept
        for _ in range(3):
            service.rate_limits.require_key(known)
