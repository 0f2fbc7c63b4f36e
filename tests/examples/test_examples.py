"""Every example does what it is there to show, at a real server."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from examples import fastapi_uploads, fediverse_check, webhook_receiver
from tests.crash.processes.servers import free_port
from tests.examples.conftest import World
from tests.helpers.running.waiting import eventually

FOLDER = Path(__file__).parents[2] / "examples"


def test_copy_is_refused_with_reasons_by_fastapi(world: World) -> None:
    """Allowed is published, blocked is refused, and what cannot be read is neither."""
    with TestClient(fastapi_uploads.app) as http:
        posted = http.post("/posts", files={"media": world.stranger}, data={"text": "look"})
        assert (posted.status_code, posted.json()["state"]) == (201, "published")
        assert posted.json()["post"] in fastapi_uploads.published
        refused = http.post("/posts", files={"media": world.copy})
        assert refused.status_code == 451
        assert refused.json()["detail"]["reasons"] is not None
        assert http.post("/posts", files={"media": b"no picture"}).status_code == 415


def test_copy_is_refused_with_reasons_by_django(world: World) -> None:
    """The same with Django."""
    pytest.importorskip("django", reason="Django is not installed")
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from examples import django_uploads

    def posted(content: bytes) -> tuple[int, dict]:
        answer = Client().post("/posts", {"media": SimpleUploadedFile("a.jpg", content)})
        return answer.status_code, answer.json()

    status, answer = posted(world.stranger)
    assert (status, answer["state"]) == (201, "published")
    assert answer["post"] in django_uploads.published
    status, answer = posted(world.copy)
    assert (status, answer["reasons"] is not None) == (451, True)
    assert posted(b"no picture")[0] == 415
    assert Client().post("/posts").status_code == 422
    django_uploads.staydown().close()
    django_uploads.staydown.cache_clear()


def test_nobody_there_keeps_the_upload_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is away publishes nothing unasked."""
    monkeypatch.setenv("STAYDOWN_URL", f"http://127.0.0.1:{free_port()}")
    with TestClient(fastapi_uploads.app) as http:
        posted = http.post("/posts", files={"media": world.stranger})
        assert posted.json()["state"] == "checking"
        assert posted.json()["post"] not in fastapi_uploads.published
    with TestClient(fediverse_check.app) as http:
        assert http.post("/check", content=world.stranger).status_code == 503


def test_media_server_is_told_by_the_status(world: World) -> None:
    """pict-rs reads nothing but that."""
    with TestClient(fediverse_check.app) as http:
        assert http.post("/check", content=world.stranger).status_code == 204
        assert http.post("/check", content=world.copy).status_code == 451
        assert http.post("/check", content=b"no picture").status_code == 415


@contextmanager
def serving(app: object) -> Iterator[str]:
    """Serve an application on loopback, and yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        server.should_exit = True
        thread.join()


def test_receiver_hides_and_shows_posts_as_it_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the real dispatcher, signed; what nobody signed is refused."""
    with serving(webhook_receiver.app) as address:
        made = world.server.http.post(
            "/v1/destinations",
            json={"name": "example", "kind": "webhook", "url": f"{address}/staydown", "events": ["upload.matched"]},
        )
        assert made.status_code == 201, made.text
        monkeypatch.setenv("STAYDOWN_WEBHOOK_SECRET", made.json()["secret"])
        sent = {"upload": (None, '{"upload_id": "example-post"}'), "media": ("a.jpg", world.copy)}
        assert world.server.http.post("/v1/uploads", files=sent).json()["verdict"] == "block"
        eventually(lambda: "example-post" in webhook_receiver.hidden)
        with TestClient(webhook_receiver.app) as http:
            assert http.post("/staydown", json={"type": "upload.reinstated", "data": {}}).status_code == 401
        world.server.http.delete(f"/v1/destinations/{made.json()['id']}").raise_for_status()


def test_every_example_is_on_the_page_and_short() -> None:
    """60 lines each: whoever reads one sees all of it."""
    files = {path.name for path in FOLDER.glob("*.py")}
    assert files == set(re.findall(r"\]\((\w+\.py)\)", (FOLDER / "README.md").read_text()))
    assert all(len((FOLDER / name).read_text().splitlines()) <= 60 for name in files)
