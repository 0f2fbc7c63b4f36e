"""A real server with one takedown, for the examples to ask."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PIL import ImageOps

from tests.crash.processes.servers import Server, servers
from tests.helpers.media.pictures import jpeg, photo, photo_bytes

REMOVED = 91
"""Seed of the picture that is taken down."""


@dataclass(frozen=True)
class World:
    """
    What the examples meet.

    Args:
        server: The service.

        takedown_id: Of the one takedown.
    """

    server: Server
    takedown_id: str

    @property
    def copy(self) -> bytes:
        """A copy that two signals find: blocked."""
        return jpeg(ImageOps.mirror(photo(REMOVED)))

    @property
    def stranger(self) -> bytes:
        """A picture of something else."""
        return photo_bytes(REMOVED + 1)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a server, report a picture, look at it and uphold."""
    with servers(tmp_path_factory.mktemp("examples"), 1, allow_private_destinations="true") as [server]:
        report = {
            "reporter": {"relation": "subject", "contact": "a.person@example.org"},
            "statement": {"non_consent": True, "good_faith": True, "signature": "A. Person"},
            "content": {"url": "https://example.org/post/1"},
            "facts": {"nudity": True},
        }
        sent = {"report": (None, json.dumps(report)), "media": ("a.jpg", photo_bytes(REMOVED))}
        case_id = server.http.post("/v1/reports", files=sent, headers=server.as_reporter).json()["case_id"]
        server.http.get(f"/v1/cases/{case_id}/media/0").raise_for_status()
        decided = server.http.post(f"/v1/cases/{case_id}/decision", json={"outcome": "uphold"})
        assert decided.status_code == 200, decided.text
        yield World(server, decided.json()["takedown_id"])


@pytest.fixture(autouse=True)
def _addressed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell the examples where the service is, as their page says."""
    monkeypatch.setenv("STAYDOWN_URL", str(world.server.http.base_url))
    monkeypatch.setenv("STAYDOWN_KEY", world.server.http.headers["authorization"].removeprefix("Bearer "))
