"""A real application over a real database in a temporary folder, and clients with a key of each role."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from staydown_client import Client

from api.app import create_app
from api.security.keys import KeyTerms, create_key
from api.service import Service
from api.settings import Settings
from casework.domain.actor import Role, policy_actor
from tests.helpers.records.empty_records import prepare_empty, record_url
from tests.helpers.running.waiting import eventually

TESTER = policy_actor("tests")

SUBJECT = {
    "reporter": {"relation": "subject", "name": "A", "contact": "a@example.org"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
    "content": {"url": "https://example.org/1"},
}
"""A complete report by the person depicted."""


@dataclass
class Staydown:
    """
    A running service, asked as the roles it knows.

    Args:
        http: A client without a key.

        service: What the application holds.
    """

    http: TestClient
    service: Service
    _keys: dict[str, str] = field(default_factory=dict)

    def key(self, role: Role, name: str = "one", *, trusted: bool = True) -> str:
        """Return a key; another name is another person."""
        wanted = f"{role} {name} {trusted}"
        if wanted not in self._keys:
            with self.service.writing() as uow:
                self._keys[wanted] = create_key(uow, KeyTerms(wanted, role, trusted=trusted), actor=TESTER).key
        return self._keys[wanted]

    def headers(self, role: Role, name: str = "one", *, trusted: bool = True) -> dict[str, str]:
        """Return the headers of a key."""
        return {"Authorization": f"Bearer {self.key(role, name, trusted=trusted)}"}

    def client(self, role: Role, name: str = "one") -> Client:
        """Return what a program asks with, under a key; it asks this application, without a network."""
        return Client(str(self.http.base_url), self.key(role, name), transport=self.http._transport)

    def get(self, address: str, role: Role = Role.ADMIN) -> dict:
        """Read an address that answers."""
        response = self.http.get(address, headers=self.headers(role))
        assert response.status_code == 200, response.text
        return response.json()

    def report(self, *files: bytes, **changes: object) -> dict:
        """File a report with media, whose context a moderator assesses, and return the answer."""
        response = self.http.post(
            "/v1/reports",
            headers=self.headers(Role.INTAKE),
            data={"report": json.dumps({**SUBJECT, **changes})},
            files=[("media", ("photo.jpg", data, "image/jpeg")) for data in files],
        )
        assert response.status_code == 201, response.text
        return self._assessed(response.json(), changes.get("facts") or {})

    def report_signals(self, *signals: dict, **changes: object) -> dict:
        """File a report with signals alone, whose context a moderator assesses, and return the answer."""
        body = {"report": {**SUBJECT, **changes}, "signals": list(signals)}
        response = self.http.post("/v1/reports", headers=self.headers(Role.INTAKE), json=body)
        assert response.status_code == 201, response.text
        return self._assessed(response.json(), changes.get("facts") or {})

    def find_out(self, case_id: str, **facts: object) -> dict:
        """Establish facts as a moderator and return the case."""
        headers = self.headers(Role.MODERATOR)
        response = self.http.patch(f"/v1/cases/{case_id}/facts", headers=headers, json={"facts": facts})
        assert response.status_code == 200, response.text
        return response.json()

    def _assessed(self, filed: dict, facts: dict) -> dict:
        """Have the context assessed, which nobody who reports does, unless the facts say that nobody has."""
        if facts.get("context_assessed", True):
            self.find_out(filed["case_id"], context_assessed=True)
        return filed

    def look(self, case_id: str, role: Role = Role.MODERATOR) -> int:
        """Look at all the media of a case of which a preview is kept, as a moderator; return at how many."""
        shown = [one["n"] for one in self.get(f"/v1/cases/{case_id}")["media"] if one["preview"]]
        for n in shown:
            response = self.http.get(f"/v1/cases/{case_id}/media/{n}", headers=self.headers(role))
            assert response.status_code == 200, response.text
        return len(shown)

    def uphold(self, case_id: str, **changes: object) -> dict:
        """Uphold a case as a moderator."""
        body = {"outcome": "uphold", **changes}
        response = self.http.post(f"/v1/cases/{case_id}/decision", headers=self.headers(Role.MODERATOR), json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def take_down(self, data: bytes, **facts: object) -> dict:
        """Report a picture, look at it, uphold the report and return the decision."""
        case_id = self.report(data, facts=facts)["case_id"]
        self.look(case_id)
        return self.uphold(case_id)

    def upload(self, upload_id: str, data: bytes, **changes: object) -> dict:
        """Register an upload as a trusted pipeline."""
        response = self.http.post(
            "/v1/uploads",
            headers=self.headers(Role.PIPELINE),
            data={"upload": json.dumps({"upload_id": upload_id, **changes})},
            files={"media": ("name.bin", data)},
        )
        assert response.status_code == 200, response.text
        return response.json()

    def verdict_of(self, upload: dict) -> str:
        """Read an upload's verdict as it stands now."""
        return self.get(f"/v1/uploads/{upload['upload']}")["verdict"]

    def hashed(self, data: bytes, **options: str) -> list[dict]:
        """Return a file's signals as the service computes them."""
        headers = self.headers(Role.PIPELINE)
        response = self.http.post("/v1/hash", headers=headers, files={"media": ("x", data)}, data=options)
        assert response.status_code == 200, response.text
        return response.json()["signals"]

    def looked_back(self, takedown: str, sweeps: int = 1) -> dict:
        """Read a look-back once all its sweeps are done."""
        return eventually(
            lambda: self.get(f"/v1/takedowns/{takedown}/lookback"),
            lambda found: [one["state"] for one in found["sweeps"]] == ["done"] * sweeps,
        )

    def match(self, **values: str) -> dict:
        """Ask about signals: ``match(pdq="<hex>")``."""
        signals = [{"type": f"{name}/1", "value": value} for name, value in values.items()]
        response = self.http.post("/v1/match", headers=self.headers(Role.PIPELINE), json={"signals": signals})
        assert response.status_code == 200, response.text
        return response.json()


def settings_in(folder: Path, **overrides: object) -> Settings:
    """Return settings for a data folder of one test, whatever the environment says."""
    # No budget is too short for a machine that is busy with other tests, but where a test is about that.
    chosen = {"decode_workers": 1, "deep_budget_ms": 60_000, **overrides}
    return Settings(_env_file=None, data=folder / "data", **chosen)


@contextmanager
def running(settings: Settings) -> Iterator[Staydown]:
    """Run a service, its worker and its HTTP in this process."""
    prepare_empty(settings)
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as http:
        yield Staydown(http, app.state.service)


@pytest.fixture(scope="module", params=[os.environ.get("STAYDOWN_TEST_DATABASE", "sqlite")])
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open one service for the tests of a module; they keep apart by using other pictures."""
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path_factory.mktemp("staydown"), database_url=url)) as service,
    ):
        yield service
