"""A real application over a real database in a temporary folder, and clients with a key of each role."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.bootstrap import Service, prepare_data
from api.keys import create_key
from api.settings import Settings
from casework.domain.actor import Role, policy_actor

TESTER = policy_actor("tests")


@dataclass
class Staydown:
    """
    A running service, asked as the roles it knows.

    Args:
        http: A client without a key.

        service: What is behind it.
    """

    http: TestClient
    service: Service
    _keys: dict[str, str] = field(default_factory=dict)

    def key(self, role: Role, name: str = "one", *, trusted: bool = True) -> str:
        """Return a key; another name is another person."""
        wanted = f"{role} {name} {trusted}"
        if wanted not in self._keys:
            with self.service.writing() as uow:
                self._keys[wanted] = create_key(uow, name=wanted, role=role, trusted=trusted, actor=TESTER).key
        return self._keys[wanted]

    def headers(self, role: Role, name: str = "one", *, trusted: bool = True) -> dict[str, str]:
        """Return the headers of a key."""
        return {"Authorization": f"Bearer {self.key(role, name, trusted=trusted)}"}


def settings_in(folder: Path, **overrides: object) -> Settings:
    """Return settings for a data folder of one test, whatever the environment says."""
    return Settings(_env_file=None, data=folder / "data", decode_workers=1, **overrides)


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open one service for the tests of a module; they keep apart by using other pictures."""
    settings = settings_in(tmp_path_factory.mktemp("staydown"))
    prepare_data(settings)
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as http:
        yield Staydown(http, app.state.service)
